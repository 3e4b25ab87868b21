"""Where chains of the direct engine begin: the mode, or a normal with no need of one."""

import numpy as np
import pytest

import mixwell as mw
from mixwell.infer.declined import Declined
from mixwell.infer.direct import peak as search
from mixwell.infer.direct.chain import Chain
from mixwell.infer.direct.peak import find_peak
from mixwell.infer.direct.target import Target, build_target

from .test_target import crossed, model_of


def scattered(seed: int) -> Target:
    """Ninety rows whose joint mode is where a group is fitted without an error."""
    formulas = {
        26: ["y ~ x + (1 + x | g) + (1 | h)", "sigma ~ x + (1 | g)"],
        29: ["y ~ x + (1 | p | g)", "sigma ~ x + (1 | p | g)"],
    }
    return build_target(mw.Model(formulas[seed], crossed(seed)).spec)


@pytest.mark.parametrize("seed", [26, 29])
def test_a_posterior_without_a_mode_of_use_is_drawn_from_a_normal_without_it(seed: int) -> None:
    target = scattered(seed)
    assert isinstance(search._mode(target, search._unnoted), Declined)
    peak = find_peak(target)
    assert not isinstance(peak, Declined)
    chain = Chain(peak, np.random.default_rng(1))
    for _ in range(100):
        chain.iterate(100)
    for _ in range(300):
        chain.iterate()
    assert chain.step_size > 0.5
    assert chain.counts.acceptance > 0.7 * 300


def test_the_normal_without_a_mode_is_near_the_mode_where_that_is_of_use() -> None:
    """Apart by less than a standard deviation of each parameter."""
    target = build_target(model_of("two formulas").spec)
    mode, normal = search._mode(target, search._unnoted), search._normal(target, search._unnoted)
    assert not isinstance(mode, Declined)
    assert normal is not None
    sds = np.sqrt((mode.axes**2).sum(axis=1))
    assert (np.abs(mode.t - normal.t) < sds).all()


def test_a_density_that_is_level_to_rounding_takes_no_step(monkeypatch) -> None:
    level = np.zeros(2), np.zeros((2, 2))
    monkeypatch.setattr(search, "_marginal", lambda conditional: lambda t: 1.0)
    monkeypatch.setattr(search, "_derivatives", lambda *given: level)
    t = np.array([0.3, -0.2])
    assert search._climb(None, t).tolist() == t.tolist()  # type: ignore[arg-type, union-attr]


def test_a_search_without_effects_of_groups_takes_no_step_in_their_standard_deviations() -> None:
    """The mode of a shifted lognormal is not found from afar: the normal is tried next."""
    sleep = mw.load_data("sleepstudy")
    target = build_target(mw.Model("Reaction ~ Days", sleep, "shifted_lognormal").spec)
    peak = find_peak(target)
    assert isinstance(peak, Declined) or peak.t.size == 0
