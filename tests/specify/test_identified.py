import numpy as np
import pandas as pd
import pytest

from mixwell import DataError, MixwellWarning, Model


def data() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    n = 24
    return pd.DataFrame(
        {
            "y": rng.normal(size=n),
            "count": rng.poisson(2, n),
            "x": np.arange(n) / n,
            "g": np.arange(n) % 4,
            "row": [f"r{i}" for i in range(n)],
            "se": 1.0,
            "same": 2.0,
        }
    )


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("y ~ x + (1 | row)", "a level for each of the 24 rows"),
        ("y ~ x + (1 | g:row)", "a level for each of the 24 rows"),
        ("y ~ row", "24 fixed-effect columns for 24 rows"),
        ("same ~ x + (1 | g)", "is 2 in every row"),
    ],
)
def test_what_the_residuals_already_have_is_refused(formula: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        Model(formula, data())


@pytest.mark.parametrize(
    ("formula", "family"),
    [
        ("y | se(se) ~ 1 + (1 | row)", "gaussian"),
        ("count ~ x + (1 | row)", "poisson"),
        ("y ~ x + (1 | g)", "gaussian"),
    ],
)
def test_levels_of_one_row_are_allowed_where_they_can_be_told_apart(
    formula: str, family: str
) -> None:
    assert Model(formula, data(), family=family).design.n == 24


def test_a_residual_sd_beside_known_errors_and_a_level_a_row_is_said_to_be_the_priors() -> None:
    with pytest.warns(MixwellWarning, match="comes from their priors alone"):
        model = Model("y | se(se, sigma = TRUE) ~ 1 + (1 | row)", data())
    assert {"sd_row[Intercept]", "sigma"} <= set(model.priors["parameter"])


@pytest.mark.parametrize(
    ("family", "value"),
    [("gaussian", 3.0), ("student", 3.0), ("lognormal", 3.0), ("gamma", 3.0), ("beta", 0.4)],
)
def test_a_constant_response_is_refused_in_every_continuous_family(
    family: str, value: float
) -> None:
    with pytest.raises(DataError, match="in every row used"):
        Model("y ~ x + (1 | g)", data().assign(y=value), family=family)


@pytest.mark.parametrize("family", ["poisson", "negativebinomial"])
def test_constant_counts_are_not_refused(family: str) -> None:
    assert Model("y ~ x + (1 | g)", data().assign(y=3), family=family).design.n == 24


def test_an_effect_by_group_that_is_constant_is_refused() -> None:
    with pytest.raises(DataError, match="The effect same of g is 2 in every row used"):
        Model("y ~ x + (same | g)", data())
    assert Model("y ~ x + (0 + same | g)", data()).design.blocks[0].effects == ("same",)


@pytest.mark.parametrize(
    ("formula", "se", "said"),
    [
        ("y | se(se) ~ 1 + (1 | row)", 1e-8, "times smaller than the sd of y"),
        ("y | se(se) ~ x", 1e-150, "times smaller than the sd of y"),
        ("y | se(se) ~ x", np.array([1e-8, *[1.0] * 23]), "times smaller than the largest"),
    ],
)
def test_known_errors_that_floats_cannot_weigh_are_refused(
    formula: str, se: object, said: str
) -> None:
    with pytest.raises(DataError, match=said):
        Model(formula, data().assign(se=se))


@pytest.mark.parametrize("offset", [1e14, -1e16])
def test_a_response_far_from_zero_is_refused_where_floats_do_not_hold_it(offset: float) -> None:
    moved = data().assign(y=lambda d: d["y"] + offset)
    with pytest.raises(DataError, match="in digits that floating-point numbers do not hold"):
        Model("y ~ x + (1 | g)", moved)
