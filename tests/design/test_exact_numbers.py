"""Long whole numbers and decimals are numbers too: right values are those of the same floats."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

import mixwell as mw

RNG = np.random.default_rng(1)
CENTS = RNG.integers(100, 900, 40)
PLAIN = pd.DataFrame({"y": RNG.normal(size=40), "x": CENTS / 100, "n": 2.0**60 + 2.0**20 * CENTS})
EXACT = PLAIN.assign(
    x=pd.Series([Decimal(int(cents)) / 100 for cents in CENTS], dtype=object),
    n=[2**60 + 2**20 * int(cents) for cents in CENTS],
)


@pytest.fixture(scope="module")
def both():
    def fits(formula):
        return [
            mw.Model(formula, data).fit(engine="exact", draws=50, seed=1) for data in (PLAIN, EXACT)
        ]

    return fits


@pytest.mark.parametrize("formula", ["y ~ x + n", "y ~ poly(x, 2) + scale(n)", "y ~ I(x^2) + x"])
def test_columns_and_sentences_are_those_of_floats(both, formula):
    floats, exact = both(formula)
    pd.testing.assert_frame_equal(exact.spec.design.common, floats.spec.design.common)
    assert str(exact.explain()) == str(floats.explain())


@pytest.mark.parametrize("over", ["grid", "data"])
def test_slopes_and_steps_are_those_of_floats(both, over):
    floats, exact = both("y ~ x * scale(n)")
    for ask in (
        lambda fit: fit.slopes("x", over=over),
        lambda fit: fit.comparisons("x", over=over),
    ):
        np.testing.assert_allclose(ask(exact)["estimate"], ask(floats)["estimate"])


def test_responses_may_be_decimals():
    made = mw.Model("x ~ y", EXACT).spec.response
    np.testing.assert_array_equal(made.values, PLAIN["x"])


def test_comparisons_with_a_number_are_exact():
    data = pd.DataFrame({"y": np.arange(4.0), "id": [2**53, 2**53 + 1, 2**53 + 2, 5]})
    design = mw.Model(f"y ~ I(id > {2**53})", data).design
    assert design.common.iloc[:, 1].tolist() == [0, 1, 1, 0]
    kept = mw.Model(f"y | subset(id != {2**53 + 1}) ~ 1", data).design
    assert kept.data["id"].tolist() == [2**53, 2**53 + 2, 5]


@pytest.mark.parametrize("formula", ["y ~ id", "y ~ scale(id)", f"y ~ I(id - {2**53})", "y ~ x:id"])
def test_numbers_that_calculations_take_for_one_are_refused_as_numbers(formula):
    data = PLAIN.assign(id=[2**53, 2**53 + 1] * 20)
    with pytest.raises(
        mw.MixwellError, match=r"9007199254740992 and 9007199254740993, .* one number"
    ):
        mw.Model(formula, data)
    assert len(mw.Model("y ~ factor(id)", data).design.common.columns) == 2
