"""The specification: one record of every choice, printable, and the layout of random effects."""

import numpy as np
import pandas as pd
import pytest

from mixwell.design import build_design
from mixwell.errors import DataError
from mixwell.formula import parse_formula
from mixwell.specify.spec import build_spec

RNG = np.random.default_rng(5)
N = 40
DATA = pd.DataFrame(
    {
        "y": RNG.normal(size=N),
        "x": RNG.normal(size=N),
        "z": RNG.normal(size=N),
        "s": RNG.uniform(1.0, 2.0, N),
        "g": np.tile(list("abcd"), 10),
    }
)


def spec(*formulas, family="gaussian", data=DATA):
    first, *rest = [parse_formula(f) for f in formulas]
    return build_spec(build_design([first, *(f.for_parameter() for f in rest)], data), family)


def test_the_text_shows_the_whole_model():
    text = str(spec("y ~ x + (x | g)"))
    for part in (
        "Formula: y ~ x + (x | g)",
        "gaussian",
        "y ~ Normal(mu, sigma)",
        "mu = Intercept + x + (x | g)",
        "4 levels of g; effects Intercept, x, correlated",
        "sd_g[Intercept]",
        "LKJ(1)",
        "sd(y)",
    ):
        assert part in text


def test_known_standard_errors_take_the_place_of_sigma():
    found = spec("y | se(s) ~ 1")
    assert found.auxiliary == ()
    assert "Normal(mu, se)" in str(found)
    assert spec("y | se(s, sigma = TRUE) ~ 1").auxiliary == ("sigma",)


def test_blocks_of_one_factor_share_its_names():
    layout = spec("y ~ x + (x | g) + (0 + z | g)").layout
    assert [f.r_name for f in layout.factors] == ["r_g"]
    assert layout.factors[0].effects == ("Intercept", "x", "z")
    assert [(u.size, u.correlated) for u in layout.units] == [(2, True), (1, False)]
    assert layout.correlations[0].labels == ("Intercept", "x", "z")


def test_an_id_shared_by_mean_and_sigma_makes_one_correlation_matrix():
    layout = spec("y ~ x + (1 | p | g)", "sigma ~ 1 + (1 | p | g)").layout
    assert [(u.size, u.correlated) for u in layout.units] == [(2, True)]
    assert layout.correlations[0].name == "corr_g"
    assert layout.correlations[0].labels == ("Intercept", "sigma_Intercept")


def test_a_diagonal_block_has_no_correlation():
    assert spec("y ~ x + (x || g)").layout.correlations == ()


def test_a_formula_for_a_parameter_that_the_family_has_not_is_refused():
    counts = DATA.assign(y=1.0)
    with pytest.raises(DataError, match="Families with sigma: gaussian, student"):
        spec("y ~ x", "sigma ~ x", family="poisson", data=counts)
    with pytest.raises(DataError, match="sigma = TRUE"):
        spec("y | se(s) ~ x", "sigma ~ x")
