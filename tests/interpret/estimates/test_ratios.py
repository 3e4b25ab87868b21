"""Ratios are summarized as logarithms and taken back, however skewed: a cell has no success."""

import arviz_stats.base
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.errors import DataError
from mixwell.fit import Fit
from mixwell.interpret.estimates.estimates import estimates_of
from mixwell.r import emmeans, glm

SHARES = [0.5, 0.055, 0.945]


@pytest.fixture(scope="module")
def separated() -> Fit:
    data = pd.DataFrame({"g": np.repeat(list("abc"), 20), "y": [0] * 20 + [0, 1, 1, 0] * 10})
    return mw.Model("y ~ g", data, family="bernoulli").fit(engine="exact", seed=1)


@pytest.fixture(scope="module")
def probabilities(separated: Fit) -> np.ndarray:
    """The probabilities of a, b and c in every draw, (cell, sample)."""
    b = separated.posterior["b"].to_numpy().reshape(-1, 3).T
    eta = np.stack([b[0], b[0] + b[1], b[0] + b[2]])
    return 1 / (1 + np.exp(-eta))


def summaries(logs: np.ndarray) -> np.ndarray:
    return np.exp(np.quantile(logs, SHARES, axis=-1))


COLUMNS = ["estimate", "lower", "upper"]


def test_an_odds_ratio_is_the_median_and_the_quantiles_of_its_logarithm(separated, probabilities):
    made = separated.contrasts("pairwise", of="g")
    logs = np.log(probabilities / (1 - probabilities))
    expected = summaries(np.stack([logs[0] - logs[1], logs[0] - logs[2], logs[1] - logs[2]]))
    np.testing.assert_allclose(made[COLUMNS].to_numpy().T, expected, rtol=1e-9)


def test_a_ratio_of_means_is_the_median_and_the_quantiles_of_its_logarithm(
    separated, probabilities
):
    logs = np.log(probabilities[1:]) - np.log(probabilities[0])
    for made in (
        separated.comparisons("g", kind="ratio"),
        separated.contrasts("reference(a)", of="g", compare="ratio"),
    ):
        np.testing.assert_allclose(made[COLUMNS].to_numpy().T, summaries(logs), rtol=1e-9)


def test_a_lift_is_the_ratio_less_1(separated):
    ratios, lifts = (separated.comparisons("g", kind=kind) for kind in ("ratio", "lift"))
    np.testing.assert_allclose(lifts[COLUMNS] + 1, ratios[COLUMNS], rtol=1e-9)
    np.testing.assert_allclose(lifts["sd"], ratios["sd"], rtol=1e-9)


@pytest.mark.parametrize("ci_prob", [0.5, 0.89])
def test_no_interval_leaves_out_its_estimate(separated, ci_prob):
    made = [
        separated.contrasts("pairwise", of="g", ci_prob=ci_prob),
        separated.contrasts("eff", of="g", ci_prob=ci_prob),
        separated.comparisons("g", kind="ratio", ci_prob=ci_prob),
        separated.comparisons("g", kind="lift", ci_prob=ci_prob),
        separated.comparisons("g", kind="ratio").with_interval(ci_prob),
        separated.comparisons("g", kind="ratio", step="pairwise").contrasts(ci_prob=ci_prob),
    ]
    for table in made:
        assert (table["lower"] <= table["estimate"]).all()
        assert (table["estimate"] <= table["upper"]).all()
    # where the mean of the draws would stand: above three quarters of them
    draws = separated.contrasts("revpairwise", of="g").samples[0]
    assert draws.mean() > np.quantile(draws, 0.75)


@pytest.mark.parametrize("settings", [{}, {"stats.ci_kind": "hdi"}])
def test_a_ratio_the_other_way_is_the_inverse(separated, settings):
    import arviz_base

    with arviz_base.rc_context(settings):
        one = separated.contrasts("pairwise", of="g").frame
        other = separated.contrasts("revpairwise", of="g").frame
    np.testing.assert_allclose(one["estimate"], 1 / other["estimate"], rtol=1e-9)
    np.testing.assert_allclose(one["lower"], 1 / other["upper"], rtol=1e-9)
    np.testing.assert_allclose(one["upper"], 1 / other["lower"], rtol=1e-9)
    np.testing.assert_allclose(one["p_direction"], other["p_direction"])


def test_the_sd_of_a_ratio_is_that_of_its_logarithm_times_the_ratio(separated, probabilities):
    """As the SE of emmeans, by the delta method."""
    made = separated.comparisons("g", kind="ratio")
    logs = np.log(probabilities[1:]) - np.log(probabilities[0])
    np.testing.assert_allclose(made["sd"], made["estimate"] * logs.std(axis=1, ddof=1), rtol=1e-9)


def test_tables_figures_sentences_and_reports_say_what_the_columns_hold(separated):
    said = "median and 89% equal-tailed interval of the logarithm, taken back"
    made = separated.contrasts("pairwise", of="g")
    assert f"Posterior {said}; sd: that of the logarithm, times the ratio." in flat(str(made))
    assert said in flat(str(separated.explain()))
    assert said in flat(str(separated.report()))
    figure = made.plot()
    assert said in figure.get_supxlabel()
    plt.close(figure)


def flat(text: str) -> str:
    return " ".join(text.split())


def test_exponentials_of_coefficients_are_those_of_the_odds_ratios(separated):
    made = separated.contrasts("reference(a)", of="g").frame
    table = separated.report().table.set_index("parameter")
    for row, name in enumerate(("g[b]", "g[c]")):
        expected = made.loc[row, COLUMNS].to_numpy(dtype=float)
        assert separated.explain(name).exp_values == pytest.approx(expected)
        found = table.loc[name, ["exp_estimate", "exp_lower", "exp_upper"]].to_numpy(dtype=float)
        np.testing.assert_allclose(found, expected)


def test_rs_verbs_have_the_same_numbers_and_say_what_se_is(separated):
    data = separated.spec.design.data
    fit = glm("y ~ g", data=data, family="binomial", engine="exact", seed=1)
    table = emmeans(fit, "pairwise ~ g", type="response")["contrasts"]
    ours = separated.contrasts("pairwise", of="g").frame
    np.testing.assert_allclose(table.frame["odds.ratio"], ours["estimate"])
    np.testing.assert_allclose(table.frame["upper.ETI"], ours["upper"])
    assert "SE: posterior standard deviation of the log, times the ratio" in flat(repr(table))


def test_ratios_of_means_of_either_sign_have_the_median_of_the_ratios_and_say_so():
    data = pd.DataFrame({"g": np.repeat(["a", "b"], 10), "y": np.tile([-1.0, 1.0], 10)})
    fit = mw.Model("y ~ g", data).fit(engine="exact", seed=1)
    for kind in ("ratio", "lift"):
        made = fit.comparisons("g", kind=kind)
        np.testing.assert_allclose(made[COLUMNS].to_numpy()[0], np.quantile(made.samples, SHARES))
        assert "a mean is 0 or the two have different signs" in str(made)
        assert "logarithm, taken back" not in str(made)


def test_diagnostics_of_estimates_are_arvizs_row_by_row(separated):
    made = separated.means("g", scale="link")
    found = made.diagnostics()
    assert list(found) == ["g", "rhat", "ess_bulk", "ess_tail", "mcse"]
    draws = made.draws.to_numpy()
    stats = arviz_stats.base.array_stats
    for row in range(3):
        one = draws[:, :, row]
        assert found["rhat"][row] == pytest.approx(float(stats.rhat(one)))
        assert found["ess_bulk"][row] == pytest.approx(float(stats.ess(one, method="bulk")))
        assert found["mcse"][row] == pytest.approx(float(stats.mcse(one, method="mean")))
    # a mean that is a coefficient has the coefficient's own measures
    own = separated.summary().loc["Intercept", ["rhat", "ess_bulk", "ess_tail", "mcse"]]
    np.testing.assert_allclose(found.iloc[0, 1:].astype(float), own.astype(float))


def test_the_error_of_a_ratio_is_that_of_the_median_of_its_logarithm_times_the_ratio(separated):
    made = separated.comparisons("g", kind="ratio")
    logs = np.log(made.draws.to_numpy()[:, :, 0])
    error = float(arviz_stats.base.array_stats.mcse(logs, method="median"))
    assert made.diagnostics()["mcse"][0] == pytest.approx(error * made["estimate"][0])


def test_the_lower_end_of_a_ratio_never_looks_like_0():
    draws = np.exp(np.random.default_rng(1).normal(-7.0, 4.0, (1, 400)))
    made = estimates_of(
        draws, (4, 100), pd.DataFrame({"g": ["a / b"]}), null=1.0, scale="ratio", ratios="ratio"
    )
    row = next(line for line in str(made).splitlines() if line.startswith("a / b")).split()
    assert float(row[-2]) > float(row[-3]) > 0.0
    assert float(row[5]) == pytest.approx(made["lower"][0], rel=0.5)


def test_a_rope_of_ratios_is_the_same_whichever_is_divided_by_which(separated):
    one = separated.contrasts("pairwise", of="g", rope=0.25)
    other = separated.contrasts("revpairwise", of="g", rope=0.25)
    assert one.region == other.region == (0.8, 1.25)
    np.testing.assert_allclose(one["p_rope"], other["p_rope"])
    assert one["decision"].tolist() == other["decision"].tolist()


def test_a_hypothesis_on_ratios_is_summarized_by_their_logarithms(separated):
    made = separated.contrasts("pairwise", of="g")
    found = made.hypothesis(f"`{made.labels[2]}` > 1")
    np.testing.assert_allclose(found["estimate"] + 1, made["estimate"][2:])
    assert "Posterior median" in str(found)


def test_a_rope_of_ratios_has_1_between_its_ends(separated: Fit) -> None:
    with pytest.raises(DataError, match=r"-0.05 to 0.05 leaves out 1.*ratios"):
        separated.contrasts("pairwise", of="g", rope=(-0.05, 0.05))
    made = separated.contrasts("pairwise", of="g", rope=(-0.05, 0.05), compare="difference")
    assert "p_rope" in made.frame
    assert "p_rope" in separated.contrasts("pairwise", of="g", rope=(0.9, 1.1)).frame
