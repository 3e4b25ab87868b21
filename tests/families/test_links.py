"""Links are distribution functions or powers: SciPy's values, in the tails too."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from mixwell.families import LINKS, get_family
from mixwell.numeric.moments import ResponseMoments

ETA = np.array([-33.0, -6.0, -1.3, -0.2, 0.4, 1.7, 3.1, 5.5, 30.5, 40.0])
LAWS = {"logit": stats.logistic, "probit": stats.norm, "cloglog": stats.gumbel_l}
#: The second derivative of each distribution function.
BENDS = {
    "logit": lambda eta: stats.logistic.pdf(eta) * (1 - 2 * stats.logistic.cdf(eta)),
    "probit": lambda eta: -eta * stats.norm.pdf(eta),
    "cloglog": lambda eta: (1 - np.exp(eta)) * stats.gumbel_l.pdf(eta),
}
POWERS: dict[str, tuple[Any, ...]] = {
    "identity": (lambda eta: eta, lambda eta: 1 + 0 * eta, lambda eta: 0 * eta),
    "log": (np.exp, np.exp, np.exp),
    "inverse": (lambda eta: 1 / eta, lambda eta: -1 / eta**2, lambda eta: 2 / eta**3),
    "sqrt": (lambda eta: eta**2, lambda eta: 2 * eta, lambda eta: 2 + 0 * eta),
}


@pytest.mark.parametrize("name", LAWS)
def test_a_link_of_chances_is_a_distribution_function_to_all_digits(name: str) -> None:
    link, law, size = LINKS[name], LAWS[name], {"rtol": 1e-10, "atol": 1e-300}
    np.testing.assert_allclose(link.inverse(ETA), law.cdf(ETA), **size)
    np.testing.assert_allclose(link.slope(ETA), law.pdf(ETA), **size)
    np.testing.assert_allclose(link.curvature(ETA), BENDS[name](ETA), **size)
    found = get_family("binomial", name).arguments(eta=ETA)
    np.testing.assert_allclose(found["complement"], law.sf(ETA), **size)
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(found["log_mu"], law.logcdf(ETA), rtol=1e-10, atol=1e-15)
        np.testing.assert_allclose(found["log_complement"], law.logsf(ETA), rtol=1e-10, atol=1e-15)
    odds = law.logcdf(ETA[1:7]) - law.logsf(ETA[1:7])
    np.testing.assert_allclose(found["log_odds"][1:7], odds, rtol=1e-10)
    p = np.array([1e-12, 0.01, 0.4, 0.99])
    np.testing.assert_allclose(link(p), law.ppf(p), rtol=1e-10)
    assert link.domain == (0, 1)
    assert link.null == pytest.approx(law.cdf(0.0), rel=1e-14)
    assert link.latent_variance == pytest.approx(law.var(), rel=1e-14)
    assert link.exponential


@pytest.mark.parametrize("name", LAWS)
def test_far_from_the_middle_chances_no_longer_change(name: str) -> None:
    far = np.array([-800.0, 800.0])
    assert LINKS[name].slope(far).tolist() == [0.0, 0.0]
    assert np.abs(LINKS[name].curvature(far)).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("name", POWERS)
def test_other_links_and_their_derivatives_are_powers_or_exponentials(name: str) -> None:
    link, eta = LINKS[name], np.array([0.2, 1.0, 3.5] if name == "inverse" else [0.0, 0.2, 3.5])
    for found, expected in zip(
        (link.inverse, link.slope, link.curvature), POWERS[name], strict=True
    ):
        np.testing.assert_allclose(found(eta), expected(eta), rtol=1e-14)
        assert np.shape(found(eta)) == eta.shape
    np.testing.assert_allclose(link(link.inverse(eta)), eta, rtol=1e-14)
    assert link.domain == (0.0 if name in ("log", "sqrt") else -math.inf, math.inf)
    assert link.linear == (name == "identity")
    assert link.exponential == (name == "log")
    assert link.null == (1.0 if name == "log" else 0.0)


def moments(y: list[float], offset: float = 0.0, name: str = "y") -> ResponseMoments:
    return ResponseMoments(np.array(y), np.full(len(y), offset), False, False, name)


def test_a_response_is_measured_on_the_links_scale() -> None:
    """By hand: y has mean 4 and sd 3, its square roots mean 5 / 3 and sd sqrt(7) / 3 ..."""
    y, roots = [1.0, 4.0, 7.0], np.sqrt([1.0, 4.0, 7.0])
    expected = {
        "identity": (4.0, 3.0, "mean(y)", "sd(y) = 3"),
        "log": (math.log(4), 1.0, "log(mean(y))", "log scale"),
        "inverse": (0.25, 3 / 16, "1 / mean(y)", "sd(y)/mean(y)^2"),
        "sqrt": (roots.mean(), roots.std(ddof=1), "mean(sqrt(y))", "sd(sqrt(y))"),
        "logit": (0.0, 1.0, "0", "logit scale"),
        "probit": (0.0, 1.0, "0", "probit scale"),
        "cloglog": (0.0, 1.0, "0", "cloglog scale"),
    }
    for name, (location, scale, location_text, scale_text) in expected.items():
        found = LINKS[name].carry(moments(y))
        assert (found.location, found.scale, found.spread) == pytest.approx((location, scale, 3.0))
        assert (found.location_text, found.scale_text) == (location_text, scale_text)


def test_an_offset_is_taken_from_where_an_intercept_is_expected() -> None:
    y = [1.0, 4.0, 7.0]
    for name in ("identity", "log", "inverse", "sqrt", "logit", "probit", "cloglog"):
        link = LINKS[name]
        plain, moved = link.carry(moments(y)), link.carry(moments(y, 0.5))
        assert moved.location == pytest.approx(plain.location - 0.5)
    text = LINKS["inverse"].carry(moments(y, 0.5)).location_text
    assert text == "1 / mean(y) - mean(offset)"


@pytest.mark.parametrize("y", [[-1.0, 0.0, 1.0], [-3.0, 1.0, 2.0]])
def test_a_response_around_zero_has_its_spread_for_a_reciprocal(y: list[float]) -> None:
    width = np.std(y, ddof=1)
    found = LINKS["inverse"].carry(moments(y))
    assert (found.location, found.scale) == pytest.approx((1 / width, 1 / width))
    negative = LINKS["inverse"].carry(moments([-1.0, -4.0, -7.0]))
    assert (negative.location, negative.scale) == pytest.approx((-0.25, 3 / 16))
