"""The standard checks, on draws made by hand."""

import numpy as np
import pytest
import xarray as xr

from mixwell.diagnose import check
from mixwell.posterior import row_blocks
from mixwell.posterior.screened import screen


def put(idata, group, name, values):
    """Exchange one variable of a group."""
    dataset = idata[group].to_dataset()
    idata[group] = xr.DataTree(dataset.assign({name: (dataset[name].dims, values)}))


def measures(findings):
    return [finding.measure for finding in findings]


def test_independent_draws_pass_every_check(make_idata):
    findings = check(make_idata())
    assert findings.ok
    assert list(findings) == []
    assert set(findings.measured) == {
        "R-hat",
        "bulk ESS",
        "tail ESS",
        "BFMI",
        "divergences",
        "saturated trees",
    }


def test_the_verdict_on_healthy_chains_is_one_sentence_with_the_worst_values(make_idata):
    verdict = check(make_idata()).verdict
    assert verdict.startswith("The chains have converged: R-hat at most 1.0")
    assert verdict.endswith("no divergences.")
    assert "\n" not in verdict


def test_a_chain_elsewhere_is_found_with_the_parameters_worst_first(make_idata):
    findings = check(make_idata(shift=30.0))
    assert not findings.ok
    (found,) = [finding for finding in findings if finding.measure == "R-hat"]
    assert found.value > found.threshold == 1.01
    assert found.parameters == ("Days", "Intercept")
    assert found.next_step == {f.measure: f for f in findings}["bulk ESS"].next_step


@pytest.mark.parametrize(("diverging", "step"), [(0, "print(fit.spec)"), (3, "fit.refit(target_")])
def test_hopeless_chains_are_told_to_draw_more_only_up_to_a_point(make_idata, diverging, step):
    findings = check(make_idata(shift=30.0, diverging=diverging))
    (found,) = [finding for finding in findings if finding.measure == "bulk ESS"]
    assert found.next_step.startswith(step)


def test_divergences_are_counted_and_come_first(make_idata):
    findings = check(make_idata(diverging=3, shift=30.0))
    assert measures(findings)[0] == "divergences"
    assert findings.findings[0].value == 3
    assert "target_accept" in findings.verdict


def test_autocorrelated_draws_are_too_few(make_idata):
    idata = make_idata()
    walk = np.random.default_rng(2).normal(size=(4, 250)).cumsum(axis=1)
    put(idata, "posterior", "sigma", walk)
    findings = check(idata)
    found = {finding.measure: finding for finding in findings}
    assert found["bulk ESS"].parameters == ("sigma",)
    assert found["bulk ESS"].value < 400 == found["bulk ESS"].threshold


def test_all_measures_of_the_chains_have_the_same_next_step(make_idata):
    idata = make_idata()
    slow = np.random.default_rng(2).normal(size=(4, 50)).repeat(5, axis=1)
    put(idata, "posterior", "sigma", slow)
    findings = [f for f in check(idata) if f.measure in ("R-hat", "bulk ESS", "tail ESS")]
    assert len(findings) > 1
    (step,) = {finding.next_step for finding in findings}
    worst = min(f.value for f in findings if f.measure != "R-hat")
    assert int(step.removeprefix("fit.refit(draws=").partition(",")[0]) >= 250 * 400 / worst


def test_few_draws_of_coordinates_that_a_user_chose_are_told_the_rule(make_idata):
    idata = make_idata()
    put(idata, "posterior", "sigma", np.random.default_rng(2).normal(size=(4, 25)).repeat(10, 1))
    idata["posterior"].attrs.update(geometry_by="user", target_accept=0.95)
    found = {finding.measure: finding for finding in check(idata)}
    assert found["bulk ESS"].next_step == 'fit.refit(parameterization="auto")'


def test_slow_energy_names_the_chain(make_idata):
    idata = make_idata()
    energy = np.random.default_rng(3).normal(size=(4, 250))
    energy[2] = energy[2].cumsum()
    put(idata, "sample_stats", "energy", energy)
    (found,) = check(idata)
    assert found.measure == "BFMI"
    assert found.parameters == ("chain 3",)


def test_causes_come_before_what_they_do_to_the_chains(make_idata):
    idata = make_idata(shift=30.0)
    energy = np.random.default_rng(3).normal(size=(4, 250)).cumsum(axis=1)
    put(idata, "sample_stats", "energy", energy)
    put(idata, "sample_stats", "reached_max_treedepth", np.ones((4, 250), bool))
    assert measures(check(idata))[:3] == ["saturated trees", "BFMI", "R-hat"]


def test_saturated_trees_are_counted(make_idata):
    idata = make_idata()
    put(idata, "sample_stats", "reached_max_treedepth", np.ones((4, 250), bool))
    (found,) = check(idata)
    assert (found.measure, found.value) == ("saturated trees", 1000)


def test_a_parameter_that_never_moves_is_found(make_idata):
    idata = make_idata()
    put(idata, "posterior", "sigma", np.ones((4, 250)))
    (found,) = check(idata)
    assert found.parameters == ("sigma",)


def test_infinite_draws_are_found(make_idata):
    idata = make_idata()
    broken = np.random.default_rng(1).normal(size=(4, 250))
    broken[1, 7] = np.inf
    put(idata, "posterior", "sigma", broken)
    (found,) = check(idata)
    assert found.parameters == ("sigma",)


def test_with_one_chain_the_verdict_says_what_cannot_be_judged(make_idata):
    findings = check(make_idata(chains=1, draws=1000))
    assert findings.ok
    assert "R-hat" not in findings.measured
    assert "With one chain R-hat cannot be judged" in findings.verdict


def test_missing_statistics_are_named(make_idata):
    findings = check(make_idata(statistics=()))
    assert findings.ok
    assert len(findings.unjudged) == 3
    assert "Divergences were not recorded." in findings.verdict


def test_a_posterior_without_statistics_is_judged_by_its_draws(make_idata):
    idata = xr.DataTree.from_dict({"posterior": make_idata()["posterior"].to_dataset()})
    assert check(idata).ok


@pytest.mark.parametrize("draws", [1, 3])
def test_too_few_draws_cannot_be_judged(make_idata, draws):
    findings = check(make_idata(draws=draws, statistics=()))
    assert not findings.ok
    assert "too few to judge" in findings.verdict


def test_zero_correlations_between_blocks_are_no_stuck_parameters(make_idata):
    idata = make_idata()
    put(idata, "posterior", "corr_Subject", np.broadcast_to(np.eye(2), (4, 250, 2, 2)))
    assert check(idata).ok


def test_the_screen_ranks_a_shifted_and_a_slow_parameter_worst():
    rng = np.random.default_rng(4)
    values = rng.normal(size=(4, 400, 50))
    values[0, :, 17] += 3
    values[:, :, 31] = np.repeat(rng.normal(size=(4, 40)), 10, axis=1)
    between, slowness = screen(values)
    assert between.argmax() == 17
    assert set(np.argsort(-slowness)[:2]) == {17, 31}


def test_a_bad_one_among_thousands_of_levels_is_found(make_idata):
    idata = make_idata(levels=1500)
    deviations = idata["posterior"]["r_Subject"].values.copy()
    deviations[0, :, 1234, 1] += 4
    put(idata, "posterior", "r_Subject", deviations)
    findings = check(idata)
    assert findings.findings[0].parameters[0] == "r_Subject[s1234, Days]"


@pytest.mark.parametrize("independent", [False, True])
def test_levels_are_looked_at_in_blocks_and_none_is_passed_over(
    make_idata, monkeypatch, independent
):
    idata = make_idata(levels=1500)
    if independent:
        idata["posterior"].attrs |= {"engine": "exact", "k_hat": 0.1}
    deviations = idata["posterior"]["r_Subject"].values.copy()
    deviations[:, :, 700, 0] = 2.5
    deviations[2, 33, 1499, 1] = np.inf
    put(idata, "posterior", "r_Subject", deviations)
    whole = check(idata)
    monkeypatch.setattr(row_blocks, "WHOLE", 1)
    monkeypatch.setattr(row_blocks, "PART", 100_000)
    for findings in (whole, check(idata)):
        (found,) = [f for f in findings if f.measure.startswith("parameters without movement")]
        assert found.parameters == ("r_Subject[s700, Intercept]", "r_Subject[s1499, Days]")
    assert str(check(idata)) == str(whole)


def direct(idata):
    """Make chains of draws those of the direct engine: without trees, of whatever coordinates."""
    idata["posterior"].attrs = {"engine": "direct"}
    kept = idata["sample_stats"].to_dataset()[["diverging"]]
    idata["sample_stats"] = xr.DataTree(kept)
    return idata


@pytest.mark.parametrize(
    ("made", "step"),
    [
        ({"shift": 30.0}, 'fit.refit(engine="nuts")'),
        ({"diverging": 3}, 'fit.refit(engine="nuts")'),
    ],
)
def test_advice_for_chains_without_trees_is_about_them(make_idata, made, step):
    findings = check(direct(make_idata(**made)))
    assert findings.of_draws
    for found in findings.of_draws:
        text = str(found)
        assert "target_accept" not in text
        assert "parameterization" not in text
        assert "tune=" not in text
    assert findings.of_draws[0].next_step.startswith(step)


def test_too_few_draws_of_chains_without_trees_can_be_made_until_they_are_there(make_idata):
    idata = make_idata()
    slow = np.random.default_rng(2).normal(size=(4, 50)).repeat(5, axis=1)
    put(idata, "posterior", "sigma", slow)
    findings = check(direct(idata))
    assert "or until they are there: fit.refit(min_ess=400)" in str(findings)
    assert findings.for_command_line().of_draws[0].next_step.endswith("--min-ess 400")
    assert not findings.grave
