"""Modes of likelihoods that are hard to climb: never below the best of lme4's optimizers.

The data and lme4's numbers are those of `tests/infer/reference/modes.R`.
"""

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mixwell as mw

CASES = json.loads((Path(__file__).parents[1] / "reference/modes.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['formula']}, {case['seed']}")
def test_the_mode_is_at_least_as_high_as_lme4s_best(case) -> None:
    found = mw.Model(case["formula"], pd.DataFrame(case["data"])).mode(flat=True)
    assert found.log_likelihood > case["logLik"] - 1e-5
    if found.log_likelihood < case["logLik"] + 1e-5:
        assert found.singular == case["singular"]


def test_a_factor_without_variance_is_estimated_as_zero_and_singular() -> None:
    data = pd.DataFrame({"y": np.tile([-1.2, -0.4, 0.1, 0.3, 1.1], 6), "g": np.repeat(range(6), 5)})
    found = mw.Model("y ~ 1 + (1 | g)", data).mode(flat=True)
    assert found.sd["g"][0] < 1e-5
    assert found.singular
    assert "Singular: a standard deviation is estimated as 0" in str(found)


#: Simulated rows whose likelihood has two tops: the highest, where lme4 ends, has REML criterion
#: 76.087, the other one 77.994.
TWO_TOPS = """\
y,x,g,h
-0.6095,6.476,a,q
0.921,5.201,a,r
1.563,6.01,a,q
1.351,1.891,b,v
2.249,2.276,b,t
2.462,6.229,b,s
3.846,7.651,c,p
2.55,6.048,c,v
1.267,5.003,c,s
17.75,0.1308,d,t
6.773,7.623,d,p
2.956,6.171,d,s
8.205,9.033,e,v
4.516,6.872,e,q
2.908,6.419,e,u
"""


def test_starts_that_end_at_different_tops_are_said_and_the_highest_is_kept() -> None:
    data = pd.read_csv(io.StringIO(TWO_TOPS))
    found = mw.Model("y ~ x + (1 | g) + (x | h)", data).mode(flat=True)
    assert -2 * found.log_likelihood == pytest.approx(76.087, abs=0.002)
    assert found.shortfall == pytest.approx(0.953, abs=0.002)
    for text in (str(found), found.lmer()):
        assert "this is the highest, and the lowest lies 0.953 below" in text


def test_nothing_is_said_where_all_starts_agree() -> None:
    model = mw.Model("Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"))
    assert model.mode(flat=True).notes == ()
