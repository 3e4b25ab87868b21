import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell import Model, SamplingError
from mixwell.families.lookup import get_family
from mixwell.specify.exact_fit import refuse_exact_fit

RNG = np.random.default_rng(0)
X = RNG.normal(size=24)
GROUP = np.arange(24) % 4


def frame(y: object) -> pd.DataFrame:
    return pd.DataFrame({"y": y, "x": X, "g": GROUP.astype(str), "o": 2.0 * X})


@pytest.mark.parametrize("engine", ["auto", "nuts"])
@pytest.mark.parametrize(
    ("family", "formula", "y", "said"),
    [
        ("gaussian", "y ~ x", 2 * X + 1, "fixed effects determine"),
        ("gaussian", "y ~ 1 + offset(o)", 2 * X + 1, "fixed effects determine"),
        ("student", "y ~ x", 2 * X + 1, "fixed effects determine"),
        ("lognormal", "y ~ x + (1 | g)", np.exp(2 * X + 1), "fixed effects determine"),
        ("gamma", "y ~ x", np.exp(2 * X + 1), "fixed effects determine"),
        ("gamma", "y ~ g", 1.0 + GROUP, "fixed effects determine"),
        ("beta", "y ~ x", 1 / (1 + np.exp(-X)), "fixed effects determine"),
        ("gamma", "y ~ 1 + (1 | g)", 1.0 + GROUP, "same in all rows of each level of g"),
        ("gaussian", "y ~ 1 + (1 | g)", 1.0 + GROUP, "same in all rows of each level of g"),
    ],
)
def test_a_response_without_residuals_is_refused_before_sampling(
    family: str, formula: str, y: object, said: str, engine: str
) -> None:
    model = Model(formula, frame(y), family=family)
    with pytest.raises(SamplingError, match=said):
        model.fit(engine=engine)


@pytest.mark.parametrize("family", ["gaussian", "student"])
@pytest.mark.parametrize("link", get_family("gaussian").parameters[0].links)
def test_a_response_that_no_linear_predictor_has_is_no_exact_fit(family: str, link: str) -> None:
    model = Model("y ~ x", frame(X + RNG.normal(size=24)), family=family, link=link)
    refuse_exact_fit(model.spec)  # values below 0 have no logarithm, as warnings are errors here


def test_a_mode_of_a_response_without_residuals_is_refused() -> None:
    with pytest.raises(SamplingError, match="fixed effects determine"):
        Model("y ~ x", frame(np.exp(2 * X + 1)), family="gamma").mode()


def test_counts_that_are_the_same_in_every_row_of_a_group_are_not_refused() -> None:
    mode = Model("y ~ 1 + (1 | g)", frame(1 + GROUP), family="poisson").mode()
    assert mode.sd["g"][0] > 0


@pytest.mark.parametrize("scatter", [1e-6, 1e-10])
def test_residuals_that_are_lost_next_to_groups_are_refused(scatter: float) -> None:
    model = Model("y ~ 1 + (1 | g)", frame(1.0 + GROUP + scatter * X))
    for call in (model.fit, model.mode):
        with pytest.raises(SamplingError, match="floating-point numbers lose the smaller variance"):
            call()


def test_residuals_that_are_lost_next_to_groups_and_predictors_are_refused() -> None:
    noise = 1e-8 * np.random.default_rng(2).normal(size=24)
    model = Model("y ~ x + (1 | g)", frame(1.0 + GROUP + 2 * X + noise))
    for call in (model.fit, model.mode):
        with pytest.raises(SamplingError, match=r"residuals|data for extreme values|an error"):
            call()


def test_small_residuals_next_to_groups_have_the_closed_form_of_balanced_groups() -> None:
    y = 1.0 + GROUP + 1e-4 * X
    means = np.array([y[k == GROUP].mean() for k in range(4)])
    within = ((y - means[GROUP]) ** 2).sum() / 20
    between = 6 * ((means - means.mean()) ** 2).sum() / 3
    mode = Model("y ~ 1 + (1 | g)", frame(y)).mode(flat=True)
    assert np.isclose(mode.parameters["sigma"], np.sqrt(within), rtol=1e-4)
    assert np.isclose(mode.sd["g"][0], np.sqrt((between - within) / 6), rtol=1e-4)


@pytest.mark.parametrize("offset", [1e9, 1e12])
def test_a_response_far_from_zero_is_fitted_as_near_it(offset: float) -> None:
    y = 1 + X + 0.3 * np.random.default_rng(1).normal(size=24)
    near, far = (Model("y ~ x", frame(y + o)).mode(flat=True) for o in (0.0, offset))
    assert np.allclose(far.b - [offset, 0], near.b, atol=2e-3)
    assert np.isclose(far.parameters["sigma"], near.parameters["sigma"], rtol=1e-3)


def test_equal_counts_of_a_family_that_scatters_as_little_as_it_likes_are_refused():
    """Generalized Poisson's density of counts at their mean grows without an end as phi falls."""
    data = pd.DataFrame({"y": [3] * 40, "x": range(40), "g": list("abcd") * 10})
    with pytest.raises(SamplingError, match="no residuals are left"):
        Model("y ~ x", data, "genpois").mode()
    with pytest.raises(SamplingError, match="the same in all rows of each level of g"):
        Model("y ~ 1 + (1 | g)", data, "genpois").fit()
    assert Model("y ~ x", data, "poisson").mode().fixef().shape[0] == 2


def test_sums_of_rows_elsewhere_show_what_leaves_no_residuals(tmp_path) -> None:
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"x": rng.normal(size=60), "g": np.arange(60) % 6})
    data["of_x"], data["of_g"] = 2 * data["x"] + 1e5, rng.normal(size=6)[data["g"]]
    data["near"] = data["of_g"] + 1e-4 * rng.normal(size=60)
    data["small"] = 1e-9 * (data["x"] + 0.1 * rng.normal(size=60))
    data.to_parquet(path := tmp_path / "rows.parquet")
    mw.options.rows_in_memory = 0
    try:
        made = {
            name: mw.Model(f"{name} ~ x + (1 | g)", str(path))
            for name in ("of_x", "of_g", "near", "small")
        }
    finally:
        mw.options.rows_in_memory = None
    with pytest.raises(SamplingError, match='fixed effects determine the response "of_x"'):
        made["of_x"].fit(seed=1)
    with pytest.raises(SamplingError, match=r'"of_g" varies by less than .* within levels of g'):
        made["of_g"].mode()
    for name in ("near", "small"):
        sigma = made[name].fit(seed=1, draws=25).summary()["estimate"]["sigma"]
        assert sigma == pytest.approx({"near": 1e-4, "small": 1e-10}[name], rel=0.3)
