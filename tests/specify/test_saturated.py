"""Random effects that take up the residuals: refused with a formula that does not, or allowed.

lme4's refusals are those of R (reference/saturated.R). Where ours differ, the test says why.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.families import FAMILIES

REFERENCE = json.loads((Path(__file__).parent / "reference" / "saturated.json").read_text())
FRAMES = {name: pd.DataFrame(columns) for name, columns in REFERENCE["frames"].items()}
CELLS = FRAMES["cells"].assign(
    se=0.5 + np.arange(60) % 3, count=np.arange(60) % 7, part=(1 + np.arange(60)) / 62
)
#: The variances sum to that of residuals, though no term alone has as many effects as rows.
SUMS = {
    "y ~ cond + (0 + A | id) + (0 + B | id) + (0 + C | id)",
    "y ~ s + (s || id)",
}
#: As many effects as rows by number, but rows repeat within levels: these have the residuals alone.
REPEATS = {
    ("half_more", "y ~ x + (cond * x | id)"),
    ("nine_moved", "y ~ cond + (cond | id)"),
    ("pairs", "y ~ same + (same | id)"),
    ("uneven", "y ~ x + (x | id)"),
}


def refusal(formula, data=CELLS, **choices):
    """The error of a model, None where there is none."""
    try:
        mw.Model(formula, data, **choices)
    except mw.DataError as error:
        return error
    return None


@pytest.mark.parametrize(
    "design",
    REFERENCE["designs"],
    ids=lambda d: f"{d['frame']}: {d['formula']}{' weighted' * d['weights']}",
)
def test_what_lme4_refuses_is_refused_unless_rows_repeat(design):
    frame, formula = design["frame"], design["formula"]
    found = refusal(formula, FRAMES[frame], weights="w" if design["weights"] else None)
    wanted = (bool(design["error"]) or formula in SUMS) and (frame, formula) not in REPEATS
    assert (found is not None) == wanted, found


@pytest.mark.parametrize(
    "design",
    [d for d in REFERENCE["designs"] if d["error"]],
    ids=lambda d: f"{d['frame']}: {d['formula']}{' weighted' * d['weights']}",
)
def test_the_formula_that_a_refusal_gives_is_accepted(design):
    data, weights = FRAMES[design["frame"]], "w" if design["weights"] else None
    found = refusal(design["formula"], data, weights=weights)
    if found is not None:
        instead = found.hint.split('"')[1]
        assert mw.Model(instead, data, weights=weights).formula == instead


@pytest.mark.parametrize(
    ("frame", "formula", "instead"),
    [
        ("cells", "y ~ cond + (cond | id)", "y ~ cond + (1 | id)"),
        ("cells", "y ~ cond + (0 + cond | id)", "y ~ cond + (1 | id)"),
        ("cells", "y ~ cond + (0 + cond || id)", "y ~ cond + (1 | id)"),
        ("cells", "y ~ cond * x + (cond * x | id)", "y ~ cond * x + (x | id)"),
        ("cells", "y ~ x + (1 | obs)", "y ~ x"),
        ("cells", "y~x+(1|id)+(1|obs)", "y ~ x + (1|id)"),
        ("cells", "y ~ x + (1 | id:cond)", "y ~ x + (1 | id)"),
        ("cells", "y ~ x + (1 | cond:id)", "y ~ x + (1 | id)"),
        ("cells", "y ~ x + (1 | id/cond)", "y ~ x + (1 | id)"),
        ("cells", "y ~ (1 | obs)", "y ~ 1"),
        ("cells", "y ~ x + (1 | i | id) + (0 + cond | i | id)", "y ~ x + (1 | i | id)"),
        ("pairs", "y ~ x + (x | id)", "y ~ x + (1 | id)"),
        ("pairs", "y ~ s + (s || id)", "y ~ s + (1 | id)"),
        ("pairs", "y ~ id + (0 + s | id)", "y ~ id"),
        ("four", "y ~ p * q + (p * q | id)", "y ~ p * q + (p + q | id)"),
        ("four", "y ~ p + (p:q | id)", "y ~ p + (1 | id)"),
    ],
)
def test_the_formula_to_use_keeps_what_can_be_kept(frame, formula, instead):
    found = refusal(formula, FRAMES[frame])
    assert found is not None
    assert found.hint.startswith(f'Write "{instead}".')
    assert refusal(instead, FRAMES[frame]) is None


@pytest.mark.parametrize("family", ["gaussian", "student", "lognormal", "gamma", "beta"])
def test_families_with_a_free_residual_variance_refuse(family):
    found = refusal("part ~ cond + (cond | id)", family=family)
    assert f"residuals ({FAMILIES[family].spread.name}) cannot be separated" in str(found)
    assert ("se(s)" in found.hint) == ("se" in FAMILIES[family].additions)


@pytest.mark.parametrize(
    ("formula", "family"),
    [
        ("y | se(se) ~ cond + (cond | id)", "gaussian"),
        ("y | se(se) ~ 1 + (1 | obs)", "student"),
        ("count ~ x + (1 | obs)", "poisson"),
        ("count ~ cond + (cond | id)", "negativebinomial"),
        ("count | trials(9) ~ x + (1 | id) + (1 | obs)", "binomial"),
        ("A ~ x + (1 | obs)", "bernoulli"),
        ("count ~ x + (1 | obs)", "cumulative"),
    ],
)
def test_known_errors_counts_and_outcomes_may_have_an_effect_a_row(formula, family):
    assert refusal(formula, family=family) is None


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_a_family_says_which_parameter_makes_its_variance_as_small_as_one_likes(family):
    """The limits of its own variance function at a mean of 1/2.

    Not of chances, which leave one outcome at their ends, nor of counts, which have no density;
    zeros among the others, and the exponential part of an exgaussian response, are left out.
    """
    if family.support.kind in ("ordered", "categories"):
        assert family.spread is None
    if family.variance_function is None or family.support.whole:
        return
    units = dict.fromkeys(("spread", "root", "mean", "least"), 1.0)
    spread = None if family.spread is None else family.spread.name
    for parameter in family.further:
        if np.isfinite(parameter.domain[1]):
            continue
        others = {p.name: p.start(units) for p in family.further if p is not parameter}
        others |= {name: 1e-12 for name in ("zi", "hu", "zoi", "beta") if name in others}
        with np.errstate(over="ignore"):  # of lognormal responses
            at = [
                family.variance(0.5, trials=1.0, **others, **{parameter.name: value})
                for value in (1e-6, 1e6)
            ]
        assert (min(at) < 1e-5) == (parameter.name == spread)


def test_formulas_of_sigma_do_not_help():
    assert refusal(["y ~ cond + (cond | id)", "sigma ~ x"]) is not None
    assert refusal(["y ~ cond + (1 | id)", "sigma ~ x + (1 | obs)"]) is None


def test_rows_of_weight_zero_do_not_count():
    twice = pd.concat([CELLS, CELLS], ignore_index=True)
    once = np.repeat([1.0, 0.0], 60)
    assert refusal("y ~ cond + (cond | id)", twice, family="gamma") is None
    assert refusal("y ~ cond + (cond | id)", twice, family="gamma", weights=once) is not None


def test_a_large_offset_does_not_make_rows_alike():
    pairs = FRAMES["pairs"].assign(x=lambda d: d["x"] + 1e7)
    assert refusal("y ~ x + (x | id)", pairs) is not None
    assert refusal("y ~ x + (1 | id)", pairs) is None


def test_who_insists_is_warned_that_priors_alone_separate_the_two():
    with pytest.warns(mw.MixwellWarning, match="only the sum .* from their priors alone") as seen:
        model = mw.Model("y ~ cond + (cond | id)", CELLS, saturated="allow")
    assert str(seen[0].message) in repr(model)
    assert " ".join(str(model.spec).split()).endswith("comes from their priors alone.")
    with pytest.warns(mw.MixwellWarning, match="their priors, more than the data, separate"):
        mw.Model("y ~ x + (x | id)", FRAMES["pairs"], saturated="allow")


def test_the_choice_is_refuse_or_allow():
    with pytest.raises(mw.DataError, match="Choices: refuse, allow"):
        mw.Model("y ~ x", CELLS, saturated="yes")


@pytest.mark.filterwarnings("ignore:The grouping factor obs")
def test_the_choice_goes_with_a_fit_into_files_and_refits(tmp_path):
    model = mw.Model("y ~ x + (1 | obs)", CELLS, saturated="allow")
    fit = model.fit(draws=20, chains=2, seed=1)
    assert fit.engine["name"] == "exact"
    loaded = mw.load(fit.save(tmp_path / "fit.nc"))
    again = loaded.refit(seed=2)
    assert again.spec.saturated is not None
    with pytest.raises(mw.DataError, match="a level for each of the 60 rows"):
        loaded.refit(saturated="refuse")
    finding = next(f for f in again.diagnose() if f.measure.startswith("saturated"))
    assert finding.parameters == ("sd_obs", "sigma")
    assert finding.next_step == 'fit.refit(formula="y ~ x")'


def test_the_sum_of_the_two_variances_is_all_that_the_exact_engine_learns():
    """The variance of the rows is that of a model without the term; how it is divided is not."""
    with pytest.warns(mw.MixwellWarning):
        both = mw.Model("y ~ 1 + (1 | obs)", CELLS, saturated="allow").fit(seed=1)
    drawn = both.idata["posterior"]
    sd, sigma = drawn["sd_obs"].values.ravel(), drawn["sigma"].values.ravel()
    total = np.sqrt(sd**2 + sigma**2)
    assert np.median(total) == pytest.approx(CELLS["y"].std(), rel=0.03)
    share = np.quantile(sigma / total, [0.05, 0.95])
    assert share[1] - share[0] > 0.7


def test_few_rows_beyond_the_effects_are_said_before_sampling():
    model = mw.Model("y ~ cond + (cond | id)", FRAMES["three_more"])
    assert "can fit all rows but 3, which alone separate" in repr(model)
    assert "can fit" not in repr(mw.Model("y ~ cond + (cond | id)", FRAMES["half_more"]))


def test_verbs_of_r_take_the_choice():
    from mixwell.r import lmer

    with pytest.raises(mw.DataError, match=r'Write "y ~ cond \+ \(1 | id\)"'):
        lmer("y ~ cond + (cond | id)", CELLS)
    with pytest.warns(mw.MixwellWarning, match="priors alone"):
        lmer("y ~ x + (1 | obs)", CELLS, saturated="allow", seed=1, draws=20)
