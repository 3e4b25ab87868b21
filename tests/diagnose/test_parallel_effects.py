"""Proportional odds: effects at each threshold by itself, and how unlikely their differences are.

Answers of R stand in `reference/splits.json`, next to the script that made them.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats
from tests.families.ordered.test_cumulative import DATA, at_estimates

import mixwell as mw
from mixwell.diagnose.parallel_effects import parallel_effects
from mixwell.diagnose.rating_splits import differing, splits_of, terms_of

KNOWN = json.loads((Path(__file__).parent / "reference" / "splits.json").read_text())
CUTS = np.array([-1.0, 0.2, 1.3])
N = 400
RNG = np.random.default_rng(5)
X, A = RNG.normal(size=N), np.resize([0.0, 1.0], N)


def rated(effects: np.ndarray) -> pd.DataFrame:
    """Ratings of which `a` has an effect of its own at each threshold."""
    above = special.expit(0.8 * X[:, None] + A[:, None] * effects - CUTS)
    y = (np.random.default_rng(6).random((N, 1)) < above).sum(axis=1)
    return pd.DataFrame({"y": y, "x": X, "a": np.where(A == 1, "yes", "no")})


@pytest.fixture(scope="module")
def violated():
    data = rated(np.array([-0.2, 0.6, 1.4]))
    return mw.Model("y ~ x + a", data, "cumulative").fit(draws=100, seed=1)


def test_one_step_from_the_common_effect_is_near_rs_regression_of_each_split() -> None:
    posterior = at_estimates()
    [(splits, b), *_] = splits_of(posterior, 1)
    step = splits.step(posterior.spec.response.values)
    known = np.array(KNOWN["coefficients"])
    np.testing.assert_allclose(b + step[:, 1:], known[:, 1:], rtol=0.02)
    found = [splits.distances(step, places) for places in terms_of(posterior.spec).values()]
    np.testing.assert_allclose(found, list(KNOWN["brant"].values()), rtol=0.05)
    chances = stats.chi2.sf(found, 2)
    np.testing.assert_allclose(list(differing(posterior, 1).values()), chances)


LINKS = [("cumulative", "logit"), ("cumulative", "probit"), ("cumulative", "cloglog")]
FAMILIES = [*LINKS, ("sratio", "logit"), ("cratio", "probit"), ("acat", "logit")]


def splits_at_truth(pretend, family, link):
    data = rated(np.full(3, 0.5)).assign(f=np.resize(["u", "v", "w"], N))
    vectors = {"threshold": (("cut",), CUTS)}
    choices = {"link": link}
    fit = pretend("y ~ x + f", data, [0.7, 0.4, -0.3], family, choices, draws=1, **vectors)
    return splits_of(fit.drawn, 1)[0][0], terms_of(fit.spec)


@pytest.mark.parametrize(("family", "link"), FAMILIES)
def test_distances_of_replicated_ratings_are_chi_squared(pretend, family, link) -> None:
    splits, terms = splits_at_truth(pretend, family, link)
    rng = np.random.default_rng(1)
    steps = np.array([splits.step(splits.replicated(rng)) for _ in range(600)])
    for places in terms.values():
        p = stats.chi2.sf(splits.distances(steps, places), 2 * len(places))
        assert stats.kstest(p, "uniform").pvalue > 0.005
    found = np.einsum("sij,skl->ijkl", steps, steps) / len(steps)
    scale = np.sqrt(np.einsum("ijij->ij", splits.covariance))
    both = scale[:, :, None, None] * scale
    assert (np.abs(found - splits.covariance) / both).max() < 0.25


@pytest.mark.parametrize(("family", "link"), FAMILIES)
def test_probabilities_above_thresholds_rise_as_their_differences(pretend, family, link) -> None:
    data, h = rated(np.full(3, 0.5)), 1e-5
    at = [
        splits_of(
            pretend(
                "y ~ x + offset(o)",
                data.assign(o=o),
                [0.7],
                family,
                {"link": link},
                draws=1,
                threshold=(("cut",), CUTS),
            ).drawn,
            1,
        )[0][0]
        for o in (-h, 0.0, h)
    ]
    np.testing.assert_allclose(at[1].rise, (at[2].above - at[0].above) / (2 * h), rtol=1e-6)


def test_a_planted_violation_is_found_named_and_its_next_step_runs(violated) -> None:
    made = violated.proportional_odds(seed=1)
    assert made.differing == ("a",)
    assert made.frame.set_index("effect")["p"]["x"] > 0.01
    shown = made.frame.set_index("effect").loc["a[yes]", ["0|1", "1|2", "2|3"]]
    assert (np.diff(shown.to_numpy(dtype=float)) > 0).all()
    assert "a: its effect is another one at other thresholds" in str(made)
    [finding] = [f for f in violated.diagnose() if f.measure.startswith("p-value of the same")]
    assert finding.parameters == ("a",)
    assert "odds are not proportional" in finding.meaning
    assert str(finding.advice.step) == "fit.refit(formula=['y ~ x + a', 'disc ~ a'])"
    wider = mw.Model(["y ~ x + a", "disc ~ a"], rated(np.zeros(3)), "cumulative")
    assert "disc" in wider.spec.predictors


def test_nothing_is_found_where_effects_are_parallel() -> None:
    fit = mw.Model("y ~ x + a", rated(np.full(3, 0.5)), "cumulative").fit(draws=100, seed=1)
    made = fit.proportional_odds(seed=1)
    assert made.differing == ()
    assert "nothing speaks against the same effect" in str(made)
    assert not [f for f in fit.diagnose() if f.measure.startswith("p-value of the same")]


def test_the_same_seed_gives_the_same_p_values(violated) -> None:
    one, other = (violated.proportional_odds(seed=3, draws=8).frame for _ in range(2))
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize(
    ("formula", "family"), [("x ~ a", "gaussian"), ("rating ~ 1", "cumulative")]
)
def test_models_without_effects_on_ratings_are_refused(formula, family) -> None:
    spec = mw.Model(formula, DATA, family).spec
    with pytest.raises(mw.DataError, match="ratings of three categories or more"):
        parallel_effects(at_estimates().__class__(at_estimates().draws, spec))
