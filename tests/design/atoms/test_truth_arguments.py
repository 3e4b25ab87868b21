"""Truth values among the arguments of a formula's calls: TRUE and FALSE, R's 1 and 0, no text."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw

DATA = pd.DataFrame(
    {"x": np.linspace(1, 5, 24), "f": list("abc") * 8, "h": list("pq") * 12, "e": [0.5] * 24}
).assign(y=np.arange(24.0))


@pytest.mark.parametrize(
    ("said", "yes", "argument"),
    [
        ("y ~ poly(x, 2, raw = {})", "TRUE", "raw"),
        ("y ~ bs(x, df = 5, intercept = {})", "TRUE", "intercept"),
        ("y ~ ns(x, df = 3, intercept = {})", "TRUE", "intercept"),
        ("y ~ cut(x, 3, right = {})", "TRUE", "right"),
        ("y ~ cut(x, 3, include.lowest = {})", "TRUE", "include.lowest"),
        ("y ~ cut(x, 3, ordered_result = {})", "TRUE", "ordered.result"),
        ("y ~ factor(f, ordered = {})", "TRUE", "ordered"),
        ("y ~ interaction(f, h, drop = {})", "TRUE", "drop"),
        ("y ~ interaction(f, h, lex.order = {})", "TRUE", "lex.order"),
        ("y | se(e, sigma = {}) ~ x", "TRUE", "sigma"),
        ("y | weights(e, scale = {}) ~ x", "TRUE", "scale"),
    ],
)
def test_an_argument_that_is_true_or_false_is_no_text(said, yes, argument):
    made = mw.Model(said.format(yes), DATA).design.common.to_numpy()
    np.testing.assert_array_equal(mw.Model(said.format(1), DATA).design.common.to_numpy(), made)
    for other in ('"no"', "2"):
        with pytest.raises(mw.MixwellError, match=f"{argument} of .*TRUE or FALSE"):
            mw.Model(said.format(other), DATA)


def test_a_truth_value_is_no_position_of_a_level():
    assert mw.Model("y ~ relevel(f, 2)", DATA).design.common.shape == (24, 3)
    with pytest.raises(mw.MixwellError, match="no level 'True'"):
        mw.Model("y ~ relevel(f, TRUE)", DATA)
