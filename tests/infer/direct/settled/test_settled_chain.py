"""Chains in the coordinates of one t, against independent draws and the whole density."""

import numpy as np
import pandas as pd
import pytest
from tests.infer.direct.independent import distances

import mixwell as mw
from mixwell.infer.declined import Declined
from mixwell.infer.direct.peak import find_peak
from mixwell.infer.direct.rounds import direct_draws
from mixwell.infer.direct.settled import settled_chain
from mixwell.infer.direct.settled.settled_chain import SettledChain, is_dear
from mixwell.infer.direct.sparse_factor import Pattern
from mixwell.infer.direct.target import build_target
from mixwell.infer.settings import Settings


def rows(n: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    g, h, x = rng.integers(0, 25, n), rng.integers(0, 8, n), rng.normal(size=n)
    eta = 0.3 + 0.6 * x + rng.normal(0, 0.7, 25)[g] + rng.normal(0, 0.4, 25)[g] * x
    return pd.DataFrame(
        {
            "y": (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int),
            "c": rng.poisson(np.exp(eta - 0.5)),
            "x": x,
            "g": np.char.add("g", g.astype(str)),
            "h": np.char.add("h", h.astype(str)),
        }
    )


def begun(formula: str, family: str, seed: int = 1, **given: object) -> SettledChain:
    target = build_target(mw.Model(formula, rows(), family=family, **given).spec)  # type: ignore[arg-type]
    peak = find_peak(target)
    assert not isinstance(peak, Declined)
    return SettledChain(peak, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("formula", "family", "priors", "dense"),
    [
        ("y ~ x + (1 + x | g)", "bernoulli", {}, False),
        ("y ~ x + (1 + x | g)", "bernoulli", {}, True),
        (
            "c ~ x + (1 | g)",
            "poisson",
            {"x": "student_t(3, 0, 0.3)", "sd_g": "uniform(0.1, 1)"},
            False,
        ),
    ],
)
def test_chains_agree_with_independent_draws(
    formula: str, family: str, priors: dict[str, str], dense: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Means and squares of all parameters within 4.5 Monte Carlo standard errors.

    In a `dense` factor every unit is a small one, whose coordinates follow it.
    """
    if dense:
        monkeypatch.setattr(Pattern, "split", 0)
    model = mw.Model(formula, rows(), family=family, priors=priors)
    exact = model.fit(engine="exact", seed=1, progressbar=False)
    monkeypatch.setattr(settled_chain, "_DEAR", 0.0)
    monkeypatch.setattr(settled_chain, "_TIMES", 0.0)
    chains = model.fit(engine="direct", seed=2, progressbar=False)
    assert chains.made.engine == "direct"
    found = distances(chains, exact)
    assert len(found) > 50
    assert max(found.values()) < 4.5


def test_the_log_density_is_the_targets() -> None:
    chain = begun("y ~ x + (1 + x | g) + (1 | h)", "bernoulli")
    for _ in range(30):
        chain.iterate(20)
        whole = chain.target.log_density(chain.x, chain.t)
        assert chain.log_density == pytest.approx(whole, rel=1e-10)
        np.testing.assert_allclose(chain._frame.place(chain.z), chain.x, atol=1e-9)


@pytest.mark.parametrize("dense", [False, True])
def test_a_chain_goes_on_with_the_draws_that_it_would_have_led_to(
    dense: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where units are small, the coordinates are those of the t that it goes on from."""
    if dense:
        monkeypatch.setattr(Pattern, "split", 0)
    chain = begun("y ~ x + (1 | g) + (1 | h)", "bernoulli", 8)
    for _ in range(40):
        chain.iterate(30)
    again = begun("y ~ x + (1 | g) + (1 | h)", "bernoulli", 0)
    again.go_on(chain.state)
    for _ in range(4):
        chain.iterate(), again.iterate()
        np.testing.assert_array_equal(chain.x, again.x)
        np.testing.assert_array_equal(chain.t, again.t)


def test_nothing_is_factorized_after_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = begun("c ~ x + (1 | g) + (1 | h)", "poisson")
    for _ in range(30):
        chain.iterate(30)

    def refuse(*_: object) -> bool:
        raise AssertionError

    monkeypatch.setattr(chain._frame._factor, "factorize", refuse)
    before = chain.t.copy()
    for _ in range(10):
        chain.iterate(30)
    assert (chain.t != before).all()


@pytest.mark.parametrize(
    ("n", "levels", "dear"),
    [(400, (25, 8), False), (40_000, (1_200, 1_000), True), (400_000, (60_000, 5), False)],
)
def test_factors_are_dear_that_take_longer_than_gradients(
    n: int, levels: tuple[int, int], dear: bool
) -> None:
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"y": rng.integers(0, 2, n)})
    for name, count in zip("gh", levels, strict=True):
        data[name] = np.char.add(name, rng.integers(0, count, n).astype(str))
    spec = mw.Model("y ~ 1 + (1 | g) + (1 | h)", data, family="bernoulli").spec
    assert is_dear(build_target(spec)) is dear


def test_models_with_dear_factors_are_drawn_so(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = mw.Model("c ~ x + (1 | g) + (1 | h)", rows(), family="poisson").spec
    _, begin = direct_draws._start(spec, Settings(progressbar=False))
    assert not isinstance(begin, Declined)
    assert not isinstance(begin(np.random.default_rng(1)), SettledChain)
    monkeypatch.setattr(direct_draws, "is_dear", lambda target: True)
    _, begin = direct_draws._start(spec, Settings(progressbar=False))
    assert not isinstance(begin, Declined)
    assert isinstance(begin(np.random.default_rng(1)), SettledChain)
