"""One chain of the direct engine: the reference that it moves in."""

import numpy as np
import pytest

import mixwell as mw
from mixwell.infer.declined import Declined
from mixwell.infer.direct.chain import Chain
from mixwell.infer.direct.covariances import Covariances
from mixwell.infer.direct.peak import find_peak
from mixwell.infer.direct.reference import Expansion, Reference, build_reference
from mixwell.infer.direct.target import Target, build_target

from .test_target import crossed, model_of, somewhere


@pytest.mark.parametrize("name", ["ratings", "shares, effects of both", "own priors"])
def test_an_expansion_at_one_place_is_the_reference_there(name: str) -> None:
    target = build_target(model_of(name).spec)
    x, _ = somewhere(target)
    expansion = Expansion(target)
    for _ in range(3):
        expansion.add(x)
    one, other = expansion.reference(), build_reference(target, x)
    for field in ("weights", "pull", "prior_weights", "prior_pull", "values", "right"):
        np.testing.assert_allclose(getattr(one, field), getattr(other, field), rtol=1e-10)


@pytest.mark.parametrize(
    ("formula", "family"),
    [("binary ~ x + (1 | p)", "bernoulli"), ("rating ~ (1 | p)", "cumulative")],
)
def test_the_reference_of_draws_leaves_less_of_the_posterior_out(formula: str, family: str) -> None:
    """Two rows a level: the posterior is skewed, and its mode far from its mean."""
    frame = crossed(4, 120).assign(p=lambda d: (np.arange(len(d)) // 2).astype(str))
    lift = np.random.default_rng(5).normal(0, 2, 60)[frame.p.astype(int)]
    frame["binary"] = (lift + frame.o * 5 > 0.5).astype(int)
    frame["rating"] = np.digitize(lift + frame.o * 5, [0.5, 2.0, 3.5]) + 1
    peak = find_peak(build_target(mw.Model(formula, frame, family=family).spec))
    assert not isinstance(peak, Declined)
    chain = Chain(peak, np.random.default_rng(1))
    for _ in range(100):
        chain.iterate(100)
    assert chain.peak is not peak
    rests = []
    for _ in range(200):
        chain.iterate()
        rests.append([p.reference.rest(chain.x)[0] for p in (peak, chain.peak)])
    before, after = np.var(rests, axis=0)
    assert after < 0.7 * before


def test_a_chain_goes_on_as_if_nobody_had_broken_it_off() -> None:
    peak = find_peak(build_target(model_of("outcomes").spec))
    assert not isinstance(peak, Declined)
    one = Chain(peak, np.random.default_rng(1))
    for _ in range(40):
        one.iterate(40)
    for _ in range(3):
        one.iterate()
    other = Chain(peak, np.random.default_rng(2))
    other.go_on(one.state)
    for _ in range(5):
        one.iterate()
        other.iterate()
    np.testing.assert_array_equal(one.x, other.x)
    np.testing.assert_array_equal(one.t, other.t)
    assert one.log_density == other.log_density


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_no_move_goes_where_the_density_is_not_finite(
    value: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    peak = find_peak(build_target(model_of("outcomes").spec))
    assert not isinstance(peak, Declined)
    chain = Chain(peak, np.random.default_rng(1))
    chain.iterate()
    x, t = chain.x.copy(), chain.t.copy()
    monkeypatch.setattr(Reference, "rest", lambda self, x: (value, np.zeros_like(x)))
    monkeypatch.setattr(Target, "log_likelihood", lambda self, x: value)
    monkeypatch.setattr(Covariances, "drawn_given", lambda self, x, t, rng: None)
    for _ in range(20):
        chain.iterate()
    np.testing.assert_array_equal(chain.x, x)
    np.testing.assert_array_equal(chain.t, t)


def test_a_covariance_whose_correlation_is_1_to_rounding_is_passed_over(monkeypatch) -> None:
    """Effects that are the same but for rounding have products with a root, the draw has none."""
    spec = mw.Model("count ~ x + (1 + x | g)", crossed(), family="poisson").spec
    target = build_target(spec)
    (part,) = target.covariances.parts
    assert part.correlation is not None
    before = 0.1 * np.arange(3.0)
    t, rng, failed = before.copy(), np.random.default_rng(1), 0
    inner = type(part.correlation).unconstrained

    def watched(correlation, values):
        nonlocal failed
        try:
            return inner(correlation, values)
        except np.linalg.LinAlgError:
            failed += 1
            raise

    monkeypatch.setattr(type(part.correlation), "unconstrained", watched)
    same = np.array([[1.0, 1.0], [1.0, 1.0 + 4e-16]])
    for _ in range(50):
        target.covariances._draw_covariance(part, same, t, rng)
    assert failed > 0
    assert np.isfinite(t).all()
    assert np.isfinite(target.covariances.log_prior(t))


@pytest.mark.parametrize("name", ["outcomes", "trials", "ratings"])
def test_a_stretch_is_weighed_by_the_density_of_all_that_it_stretches(name: str) -> None:
    """Of thresholds, too: the log posterior of x and t, and a factor for each number in x."""
    target = build_target(model_of(name).spec)
    peak = find_peak(target)
    assert not isinstance(peak, Declined)
    chain = Chain(peak, np.random.default_rng(1))
    x, t, sds = chain.x, chain.t, len(target.covariances.coordinates)
    for log_factor in (-0.3, 0.2):
        stretched, wider = np.exp(log_factor) * x, t + log_factor * (np.arange(t.size) < sds)
        whole = target.log_density(stretched, wider) - target.log_density(x, t)
        ends = []
        for a, b in ((x, t), (stretched, wider)):
            priors = target.priors.value(target.priors.of(target.coefficients(a)))
            ends.append(target.log_likelihood(a) + priors + target.covariances.log_prior(b))
        found = ends[1] - ends[0] + chain._gained(log_factor)
        assert found == pytest.approx(whole + x.size * log_factor, abs=1e-8)
