"""Chains of the direct engine: posterior, names, reproducibility, and what is said of them."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from tests.infer.direct.test_target import crossed

import mixwell as mw
from mixwell.infer.choose import run
from mixwell.infer.direct.rounds import direct_draws
from mixwell.infer.settings import Settings
from mixwell.numeric.chains import ess_bulk


def tree_of(model: mw.Model, engine: str = "direct", **options: Any) -> xr.DataTree:
    tree, _ = run(model.spec, Settings(engine=engine, **{"seed": 1, **options}))
    return tree


def nested(n: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    g, x = rng.integers(0, 25, n), rng.normal(size=n)
    eta = 0.4 + 0.5 * x + rng.normal(0, 0.7, 25)[g] + rng.normal(0, 0.4, 25)[g] * x
    frame = pd.DataFrame({"g": g.astype(str), "x": x, "count": rng.poisson(np.exp(eta))})
    return frame.assign(
        y=eta + rng.normal(0, 0.8, n), binary=rng.binomial(1, 1 / (1 + np.exp(-eta)))
    )


@pytest.mark.parametrize(
    ("formula", "family"),
    [
        ("count ~ x + (1 + x | g)", "poisson"),
        ("binary ~ x + (1 | g)", "bernoulli"),
        ("y ~ x + (1 + x || g)", "gaussian"),
    ],
)
def test_the_posterior_is_that_of_the_exact_engine(formula: str, family: str) -> None:
    """Within 4.5 Monte Carlo standard errors, of chains whose effective numbers are known."""
    model = mw.Model(formula, nested(), family=family)
    exact = tree_of(model, "exact", draws=2000)["posterior"].to_dataset()
    direct = tree_of(model, draws=600)["posterior"].to_dataset()
    for name in direct.data_vars:
        one, two = (d[name].values.reshape(-1, *d[name].shape[2:]) for d in (exact, direct))
        sd = one.std(axis=0)
        moving = sd > 1e-9  # not the ones of a correlation matrix
        error = 4.5 / np.sqrt(900)
        assert (np.abs(two.mean(axis=0) - one.mean(axis=0)) <= error * sd + 1e-12).all(), name
        ratio = (two.std(axis=0)[moving] / sd[moving]) if sd.ndim else np.atleast_1d(two.std() / sd)
        assert (np.abs(np.log(ratio)) < 0.15).all(), name


@pytest.fixture(scope="module")
def pair() -> mw.Fit:
    model = mw.Model(["y ~ x + (1 + x | g) + (1 | h)", "sigma ~ x"], crossed())
    return model.fit(engine="direct", draws=300, seed=1)


def test_the_names_and_coords_are_those_of_the_contract(pair: mw.Fit) -> None:
    posterior = pair.tree["posterior"]
    wanted = {"b", "b_sigma", "sd_g", "sd_h", "corr_g", "r_g", "r_h"}
    assert set(posterior.data_vars) == wanted
    assert posterior["b_sigma"].dims == ("chain", "draw", "sigma_effect")
    assert posterior["r_g"].dims == ("chain", "draw", "g", "g_effect")
    assert posterior["corr_g"].dims[2:] == ("g_effect", "g_effect_")
    statistics = pair.tree["sample_stats"]
    assert {"lp", "acceptance_rate", "step_size", "n_steps", "diverging"} == set(
        statistics.data_vars
    )


def test_the_draws_are_called_chains(pair: mw.Fit) -> None:
    assert pair.engine["label"].startswith("direct (chains)")
    assert not pair.made.independent
    assert "R-hat" in str(pair)
    assert "tree depth" not in str(pair)


def test_the_same_seed_gives_the_same_draws() -> None:
    model = mw.Model("count ~ x + (1 | g)", crossed(), family="poisson")
    one, two, other = (tree_of(model, draws=40, seed=seed)["posterior"] for seed in (3, 3, 4))
    assert one["b"].equals(two["b"])
    assert not one["b"].equals(other["b"])


def test_an_intercept_is_at_the_users_own_zero() -> None:
    frame = crossed().assign(far=lambda d: d.x + 50)
    near = tree_of(mw.Model("y ~ x + (1 | g)", frame), draws=400)["posterior"]["b"]
    far = tree_of(mw.Model("y ~ far + (1 | g)", frame), draws=400)["posterior"]["b"]
    moved = far[..., 0] + 50 * far[..., 1]
    assert float(moved.mean()) == pytest.approx(float(near[..., 0].mean()), abs=0.05)


def test_ratings_have_increasing_thresholds() -> None:
    model = mw.Model("rating ~ x + (1 | g)", crossed(), family="cumulative")
    threshold = tree_of(model, draws=100)["posterior"]["threshold"].values
    assert (np.diff(threshold, axis=-1) > 0).all()


def test_thresholds_of_crossed_ratings_are_worth_half_of_their_draws() -> None:
    """Where a reference took rows to tie them to each other less than they do, a twentieth."""
    model = mw.Model("rating ~ x + (1 | g) + (1 | h)", crossed(3, 400), family="cumulative")
    threshold = tree_of(model, "auto", draws=250)["posterior"]["threshold"].values
    assert (ess_bulk(threshold) > 0.5 * 1000).all()


def test_a_model_without_random_effects_is_drawn_too() -> None:
    posterior = tree_of(mw.Model("y ~ x", crossed()), draws=100)["posterior"]
    assert set(posterior.data_vars) == {"b", "sigma"}


@pytest.mark.parametrize(
    ("prior", "family", "said"),
    [
        ({"x": "flat"}, "bernoulli", r"posterior of x is improper.*separation"),
        (
            {"Intercept": "flat", "sd_two": "flat"},
            "poisson",
            r"posterior of sd_two.* is improper.*upper end",
        ),
    ],
)
def test_a_posterior_that_is_no_distribution_is_refused_before_its_mode_is_sought(
    prior: dict[str, str], family: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gelman (2006): two levels leave a flat standard deviation without an upper end."""
    frame = crossed().assign(
        two=lambda d: (d.x + d.o > 0).astype(str), side=lambda d: d.x > d.x.mean()
    )
    frame["side"] = frame.side.astype(int) if family == "bernoulli" else frame["count"]
    model = mw.Model("side ~ x + (1 | two) + (1 | h)", frame, family=family, priors=prior)
    monkeypatch.setattr(direct_draws, "find_peak", None)
    with pytest.raises(mw.SamplingError, match=said):
        model.fit(engine="auto", draws=20, seed=1)


def test_a_flat_prior_that_the_data_close_is_drawn_from() -> None:
    priors = {"sd_g": "HalfFlat()", "x": "Flat()"}
    model = mw.Model("count ~ x + (1 | g) + (1 | h)", crossed(), "poisson", priors=priors)
    assert np.isfinite(tree_of(model, draws=40)["posterior"]["sd_g"].values).all()
