"""Leave-one-group-out densities against refits without the group."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import mixwell as mw
from mixwell.infer.exact.exact_draws import build_target, exact_draws, exact_tree
from mixwell.infer.exact.leave_group_out import LeftOut, leave_one_group_out
from mixwell.infer.exact.quadrature.quadrature_target import QuadratureTarget
from mixwell.posterior import row_blocks
from mixwell.posterior.posterior import Posterior

SLEEP_PRIORS = {
    "Intercept": "Normal(300, 100)",
    "sd_Subject": "HalfNormal(50)",
    "sigma": "HalfNormal(50)",
}


def fitted(model: mw.Model, n: int) -> tuple[float, xr.Dataset]:
    """Draw from a model; return its log evidence and the posterior."""
    found = exact_draws(build_target(model.spec), n, 1)
    tree = exact_tree(found, (1, n))
    return found.log_evidence, tree["posterior"].to_dataset()


def compare_with_refits(
    formula: str, data: pd.DataFrame, group: str, n: int, **options: Any
) -> tuple[LeftOut, list[float]]:
    """Return densities from all data, and the evidence that leaving out each of three costs."""
    model = mw.Model(formula, data, **options)
    whole, posterior = fitted(model, n)
    left = leave_one_group_out(Posterior(posterior, model.spec), group)
    lost = []
    for j in (0, 2, 5):
        rest = data[data[group].astype(str) != left.levels[j]].copy()
        lost.append(whole - fitted(mw.Model(formula, rest, **options), n)[0])
    return left, lost


def test_a_level_is_predicted_as_well_as_by_a_fit_without_it() -> None:
    data = mw.load_data("sleepstudy")
    formula = "Reaction ~ 1 + (1 | Subject)"
    left, lost = compare_with_refits(formula, data, "Subject", 40_000, priors=SLEEP_PRIORS)
    np.testing.assert_allclose(left.elpd[[0, 2, 5]], lost, atol=0.03)
    assert left.frame.index.name == "Subject"


def test_a_factor_crossed_with_others_can_be_left_out() -> None:
    priors = {
        "Intercept": "Normal(23, 3)",
        "sd_plate": "HalfNormal(1)",
        "sd_sample": "HalfNormal(3)",
        "sigma": "HalfNormal(1)",
    }
    formula = "diameter ~ 1 + (1 | plate) + (1 | sample)"
    data = mw.load_data("penicillin")
    left, lost = compare_with_refits(formula, data, "plate", 20_000, priors=priors)
    np.testing.assert_allclose(left.elpd[[0, 2, 5]], lost, atol=0.06)


def test_factors_nested_in_the_group_are_left_out_with_it() -> None:
    priors = {
        "Intercept": "Normal(60, 5)",
        "sd_batch": "HalfNormal(3)",
        "sd_batch:cask": "HalfNormal(3)",
        "sigma": "HalfNormal(1)",
    }
    data = mw.load_data("pastes")
    formula = "strength ~ 1 + (1 | batch/cask)"
    left, lost = compare_with_refits(formula, data, "batch", 20_000, priors=priors)
    np.testing.assert_allclose(left.elpd[[0, 2, 5]], lost, atol=0.06)


def test_a_level_of_a_generalized_model_is_predicted_as_well_as_by_a_fit_without_it() -> None:
    formula = "cbind(incidence, size - incidence) ~ period + (1 | herd)"
    data = mw.load_data("cbpp")
    # predictors are centered at the means of the rows used: the prior must not move with them
    priors = {"Intercept": "Normal(-1, 1)", "b": "Normal(-1, 1)", "sd_herd": "HalfNormal(1)"}
    left, lost = compare_with_refits(
        formula, data, "herd", 20_000, family="binomial", priors=priors
    )
    np.testing.assert_allclose(left.elpd[[0, 2, 5]], lost, atol=0.06)


@pytest.mark.parametrize(
    ("formula", "data", "family"),
    [
        ("cbind(incidence, size - incidence) ~ period + (1 | herd)", "cbpp", "binomial"),
        ("TICKS ~ YEAR + (1 | LOCATION)", "grouseticks", "negativebinomial"),
    ],
)
def test_levels_of_generalized_models_left_out_some_at_a_time_are_those_at_once(
    formula: str, data: str, family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = mw.Model(formula, mw.load_data(data), family)
    posterior = Posterior(fitted(model, 50)[1], model.spec)
    asked: list[int] = []
    by_level = QuadratureTarget.by_level

    def counted(target: QuadratureTarget, t: np.ndarray) -> np.ndarray:
        asked.append(target.tallies.n_levels)
        return by_level(target, t)

    monkeypatch.setattr(QuadratureTarget, "by_level", counted)
    monkeypatch.setattr(row_blocks, "PART", 50 * 1000)
    whole = leave_one_group_out(posterior)
    monkeypatch.setattr(row_blocks, "PART", 50 * 4)
    parts = leave_one_group_out(posterior)
    n = len(whole.levels)
    assert (asked[0], max(asked[1:]), sum(asked[1:])) == (n, 4, n)
    # nodes lie around modes that are found together, to within a tolerance
    for name in ("elpd", "lpd", "k_hat", "rows", "responses"):
        one, other = getattr(whole, name), getattr(parts, name)
        np.testing.assert_allclose(other, one, rtol=1e-6, atol=1e-6, err_msg=name)


def test_effects_with_a_correlation_are_integrated_out_together() -> None:
    data = mw.load_data("sleepstudy")
    priors = SLEEP_PRIORS | {"Days": "Normal(10, 10)"}
    formula = "Reaction ~ Days + (Days | Subject)"
    left, lost = compare_with_refits(formula, data, "Subject", 20_000, priors=priors)
    np.testing.assert_allclose(left.elpd[[0, 2]], lost[:2], atol=0.1)
    # 332, whose sixth day is an outlier, moves the posterior too far, and k-hat says so
    assert left.k_hat[5] > 0.7 > left.k_hat[[0, 2]].max()
    assert "1 level has a k-hat above 0.7" in str(left)


def test_which_of_several_factors_must_be_said() -> None:
    model = mw.Model("diameter ~ 1 + (1 | plate) + (1 | sample)", mw.load_data("penicillin"))
    _, posterior = fitted(model, 100)
    with pytest.raises(mw.DataError, match="plate and sample"):
        leave_one_group_out(Posterior(posterior, model.spec))
    with pytest.raises(mw.DataError, match="sample"):
        leave_one_group_out(Posterior(posterior, model.spec), "sampel")
    assert leave_one_group_out(Posterior(posterior, model.spec), "sample").levels == tuple("ABCDEF")


def test_models_without_groups_or_of_other_kinds_are_refused() -> None:
    data = mw.load_data("sleepstudy")
    plain = mw.Model("Reaction ~ Days", data)
    _, posterior = fitted(plain, 100)
    with pytest.raises(mw.SamplingError, match="no grouping factor"):
        leave_one_group_out(Posterior(posterior, plain.spec))
    scaled = mw.Model(["Reaction ~ Days + (1 | Subject)", "sigma ~ Days"], data)
    with pytest.raises(mw.SamplingError, match="formula of its own"):
        leave_one_group_out(Posterior(posterior, scaled.spec))


def test_fits_leave_groups_out_and_are_ranked_by_it() -> None:
    data = mw.load_data("sleepstudy")
    slopes = mw.Model("Reaction ~ Days + (Days | Subject)", data).fit(seed=1)
    intercepts = mw.Model("Reaction ~ Days + (1 | Subject)", data).fit(seed=1)
    left = slopes.loo(group="Subject")
    assert left.levels[0] == "308"
    # at most two deviations a subject, and more than the population's own six parameters
    assert 6 < left.effective_parameters < 2 * len(left.levels)
    assert left.effective_parameters == pytest.approx((left.lpd - left.elpd).sum())
    assert (left.lpd > left.elpd).all()
    table = mw.compare({"intercepts": intercepts, "slopes": slopes}, group="Subject")
    assert list(table.index) == ["slopes", "intercepts"]
    assert table.loc["slopes", "elpd"] == pytest.approx(left.total)
    difference = intercepts.loo(group="Subject").total - left.total
    assert table.loc["intercepts", "elpd_diff"] == pytest.approx(difference)
    with pytest.raises(mw.DataError, match="no grouping factor"):
        slopes.loo(group="Subjects")


def test_rows_that_weigh_too_much_are_named_whatever_their_dim_is_called() -> None:
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"y": rng.poisson(3, 30), "obs": np.arange(30)})
    fit = mw.Model("y ~ 1 + (1 | obs)", data, "poisson", priors={"sd_obs": "Gamma(400, 200)"})
    with pytest.warns(mw.MixwellWarning, match="rows weigh too much"):
        fit.fit(seed=1).loo()
