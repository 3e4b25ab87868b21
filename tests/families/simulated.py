"""Responses of every family as SciPy and NumPy draw them, at parameters that are known.

None of the package's own functions is used, so that a fault of a sampler or a density is seen.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy import special, stats

ROWS, TRIALS = 500, 9
COUNTS = ("poisson", "negativebinomial", "nbinom1", "geometric", "genpois", "compois")
#: All counts that matter, for laws that SciPy lacks.
ALL = np.arange(120.0)

type Draw = Callable[..., Any]


@dataclass(frozen=True)
class Simulated:
    """How a family's responses are drawn: `draw` takes a generator, linear predictors, parameters.

    `parameters` are the further ones, `line` the intercept and the slope of each linear predictor;
    `left` is the left side of the formula.
    """

    draw: Draw
    parameters: Mapping[str, Any] = field(default_factory=dict)
    line: tuple[tuple[float, float], ...] = ((0.6, 0.4),)
    left: str = "y"


def _by_mass(rng: Any, logs: Any) -> Any:
    """Draw counts by their log probabilities up to a constant, (rows, counts)."""
    mass = np.exp(logs - special.logsumexp(logs, axis=1)[:, None])
    return (rng.random(len(mass))[:, None] > mass.cumsum(axis=1)).sum(axis=1)


def _genpois(mu: Any, phi: float) -> Any:
    theta, extra = mu / np.sqrt(phi), 1 - 1 / np.sqrt(phi)
    rate = theta[:, None] + extra * ALL
    return np.log(theta)[:, None] + (ALL - 1) * np.log(rate) - rate - special.gammaln(ALL + 1)


def _compois(mu: Any, nu: float) -> Any:
    """Log probabilities with that mean: the rate is looked up among many."""
    rates = np.linspace(-4, 4, 4001)
    logs = rates[:, None] * ALL - nu * special.gammaln(ALL + 1)
    logs = logs - special.logsumexp(logs, axis=1)[:, None]
    rate = np.interp(mu, np.exp(logs) @ ALL, rates)
    return rate[:, None] * ALL - nu * special.gammaln(ALL + 1)


def _log_mass(name: str, mu: Any, p: Mapping[str, float]) -> Any:
    """Log probabilities of a family of counts, (rows, counts)."""
    column = mu[:, None]
    laws: dict[str, Callable[[], Any]] = {
        "poisson": lambda: stats.poisson(column).logpmf(ALL),
        "negativebinomial": lambda: stats.nbinom(
            p["alpha"], p["alpha"] / (p["alpha"] + column)
        ).logpmf(ALL),
        "nbinom1": lambda: stats.nbinom(column / p["phi"], 1 / (1 + p["phi"])).logpmf(ALL),
        "geometric": lambda: stats.geom(1 / (1 + column), loc=-1).logpmf(ALL),
        "genpois": lambda: _genpois(mu, p["phi"]),
        "compois": lambda: _compois(mu, p["nu"]),
    }
    return laws[name]()


def _count(name: str) -> Draw:
    return lambda rng, eta, **p: _by_mass(rng, _log_mass(name, np.exp(eta), p))


def _truncated(name: str) -> Draw:
    def draw(rng: Any, eta: Any, **p: float) -> Any:
        return 1 + _by_mass(rng, _log_mass(name, np.exp(eta), p)[:, 1:])

    return draw


def _mixed(draw: Draw, chance: str) -> Draw:
    """Make responses 0 with a probability."""

    def mixed(rng: Any, eta: Any, **p: float) -> Any:
        own = {name: value for name, value in p.items() if name != chance}
        return np.where(rng.random(eta.shape) < p[chance], 0, draw(rng, eta, **own))

    return mixed


def _skewed(rng: Any, eta: Any, sigma: float, alpha: float) -> Any:
    z = stats.skewnorm(alpha)
    return eta + sigma * (z.rvs(len(eta), random_state=rng) - z.mean()) / z.std()


def _quantiles(rng: Any, eta: Any, sigma: float, quantile: float) -> Any:
    up = rng.exponential(1 / quantile, len(eta)) - rng.exponential(1 / (1 - quantile), len(eta))
    return eta + sigma * up


def _weibull(rng: Any, eta: Any, alpha: float) -> Any:
    return np.exp(eta) / special.gamma(1 + 1 / alpha) * rng.weibull(alpha, len(eta))


def _tweedie(rng: Any, eta: Any, phi: float, power: float) -> Any:
    mu, shape = np.exp(eta), (2 - power) / (power - 1)
    events = rng.poisson(mu ** (2 - power) / (phi * (2 - power)))
    scale = phi * (power - 1) * mu ** (power - 1)
    return np.array([rng.gamma(shape, s, n).sum() for s, n in zip(scale, events, strict=True)])


def _beta(rng: Any, eta: Any, kappa: float) -> Any:
    mu = special.expit(eta)
    return stats.beta(mu * kappa, (1 - mu) * kappa).rvs(random_state=rng)


def _ends(rng: Any, eta: Any, kappa: float, zoi: float, coi: float) -> Any:
    at_end, one = rng.random(len(eta)) < zoi, rng.random(len(eta)) < coi
    return np.where(at_end, one.astype(float), _beta(rng, eta, kappa))


def _binomial(rng: Any, eta: Any) -> Any:
    return rng.binomial(TRIALS, special.expit(eta))


def _beta_binomial(rng: Any, eta: Any, kappa: float) -> Any:
    mu = special.expit(eta)
    return stats.betabinom(TRIALS, mu * kappa, (1 - mu) * kappa).rvs(random_state=rng)


def _ratings(rng: Any, mass: Any) -> Any:
    return (rng.random(len(mass))[:, None] > mass.cumsum(axis=1)).sum(axis=1)


def _cumulative(rng: Any, eta: Any, threshold: Any) -> Any:
    return (eta + rng.logistic(size=len(eta)) > np.asarray(threshold)[:, None]).sum(axis=0)


def _sratio(rng: Any, eta: Any, threshold: Any) -> Any:
    """Stop at the first threshold that a noise of its own does not pass."""
    passed = eta + rng.logistic(size=(len(threshold), len(eta))) > np.asarray(threshold)[:, None]
    return np.cumprod(passed, axis=0).sum(axis=0)


def _acat(rng: Any, eta: Any, threshold: Any) -> Any:
    steps = np.cumsum(eta[:, None] - np.asarray(threshold), axis=1)
    return _ratings(rng, special.softmax(np.pad(steps, ((0, 0), (1, 0))), axis=1))


#: The ratings of each family; stopping and going on are the same with the logit link.
_RATINGS = {"cumulative": _cumulative, "sratio": _sratio, "cratio": _sratio, "acat": _acat}


def _spaced(draw: Draw) -> Draw:
    """Draw ratings whose thresholds are at equal distances."""

    def spaced(rng: Any, eta: Any, threshold: Any, spacing: Any) -> Any:
        return draw(rng, eta, np.ravel(threshold)[0] + spacing * np.arange(3))

    return spaced


def _shares(etas: Any) -> Any:
    return special.softmax(np.column_stack([np.zeros(len(etas[0])), *etas]), axis=1)


def _dirichlet(rng: Any, *etas: Any, kappa: float) -> Any:
    amounts = rng.gamma(kappa * _shares(etas))
    return amounts / amounts.sum(axis=1)[:, None]


_SIGMA = {"sigma": 0.7}
#: What a family of counts has next to its mean.
_COUNT_PARAMETERS: dict[str, dict[str, float]] = {
    "negativebinomial": {"alpha": 2.5},
    "nbinom1": {"phi": 1.4},
    "genpois": {"phi": 1.8},
    "compois": {"nu": 0.6},
}
_THRESHOLDS = {"threshold": (-1.0, 0.2, 1.4)}
_SPACED = {"threshold": (-1.0,), "spacing": 1.1}
_TWO = ((0.5, 0.4), (-0.3, -0.5))

SIMULATED: dict[str, Simulated] = {
    "gaussian": Simulated(lambda rng, eta, sigma: rng.normal(eta, sigma), _SIGMA),
    "student": Simulated(
        lambda rng, eta, nu, sigma: eta + sigma * rng.standard_t(nu, len(eta)),
        {"nu": 4.0, "sigma": 0.7},
    ),
    "skew_normal": Simulated(_skewed, {"sigma": 0.9, "alpha": 4.0}),
    "laplace": Simulated(lambda rng, eta, sigma: rng.laplace(eta, sigma), _SIGMA),
    "asymmetric_laplace": Simulated(_quantiles, {"sigma": 0.4, "quantile": 0.3}),
    "exgaussian": Simulated(
        lambda rng, eta, sigma, beta: (
            rng.normal(eta - beta, sigma) + rng.exponential(beta, len(eta))
        ),
        {"sigma": 0.4, "beta": 0.9},
    ),
    "bernoulli": Simulated(lambda rng, eta: rng.binomial(1, special.expit(eta))),
    "binomial": Simulated(_binomial, left="y | trials(n)"),
    "beta_binomial": Simulated(_beta_binomial, {"kappa": 4.0}, left="y | trials(n)"),
    **{name: Simulated(_count(name), _COUNT_PARAMETERS.get(name, {})) for name in COUNTS},
    "gamma": Simulated(
        lambda rng, eta, alpha: rng.gamma(alpha, np.exp(eta) / alpha), {"alpha": 2.0}
    ),
    "lognormal": Simulated(lambda rng, eta, sigma: np.exp(rng.normal(eta, sigma)), _SIGMA),
    "loglogistic": Simulated(
        lambda rng, eta, sigma: np.exp(rng.logistic(eta, sigma)), {"sigma": 0.3}
    ),
    "shifted_lognormal": Simulated(
        lambda rng, eta, sigma, ndt: ndt + rng.lognormal(eta, sigma), {**_SIGMA, "ndt": 0.5}
    ),
    "weibull": Simulated(_weibull, {"alpha": 1.7}),
    "exponential": Simulated(lambda rng, eta: rng.exponential(np.exp(eta))),
    "inverse_gaussian": Simulated(
        lambda rng, eta, alpha: rng.wald(np.exp(eta), alpha), {"alpha": 3.0}
    ),
    "tweedie": Simulated(_tweedie, {"phi": 1.2, "power": 1.4}),
    "beta": Simulated(_beta, {"kappa": 6.0}),
    "von_mises": Simulated(
        lambda rng, eta, kappa: rng.vonmises(2 * np.arctan(eta), kappa), {"kappa": 3.0}
    ),
    **{name: Simulated(draw, _THRESHOLDS, ((0.0, 0.8),)) for name, draw in _RATINGS.items()},
    **{
        f"{name}_equidistant": Simulated(_spaced(draw), _SPACED, ((0.0, 0.8),))
        for name, draw in _RATINGS.items()
    },
    "categorical": Simulated(lambda rng, *etas: _ratings(rng, _shares(etas)), line=_TWO),
    "multinomial": Simulated(
        lambda rng, *etas: rng.multinomial(TRIALS, _shares(etas)),
        line=_TWO,
        left="cbind(y0, y1, y2)",
    ),
    "dirichlet": Simulated(_dirichlet, {"kappa": 8.0}, _TWO, "cbind(y0, y1, y2)"),
    "dirichlet_multinomial": Simulated(
        lambda rng, *etas, kappa: rng.multinomial(TRIALS, _dirichlet(rng, *etas, kappa=kappa)),
        {"kappa": 3.0},
        _TWO,
        "cbind(y0, y1, y2)",
    ),
    **{
        f"zero_inflated_{name}": Simulated(
            _mixed(_count(name), "zi"), {**_COUNT_PARAMETERS.get(name, {}), "zi": 0.3}
        )
        for name in COUNTS
    },
    "zero_inflated_binomial": Simulated(_mixed(_binomial, "zi"), {"zi": 0.3}, left="y | trials(n)"),
    "zero_inflated_beta_binomial": Simulated(
        _mixed(_beta_binomial, "zi"), {"kappa": 4.0, "zi": 0.3}, left="y | trials(n)"
    ),
    "zero_inflated_beta": Simulated(_mixed(_beta, "zi"), {"kappa": 6.0, "zi": 0.3}),
    "zero_one_inflated_beta": Simulated(_ends, {"kappa": 6.0, "zoi": 0.3, "coi": 0.6}),
    **{
        f"hurdle_{name}": Simulated(
            _mixed(_truncated(name), "hu"), {**_COUNT_PARAMETERS.get(name, {}), "hu": 0.3}
        )
        for name in COUNTS
    },
    "hurdle_gamma": Simulated(
        _mixed(lambda rng, eta, alpha: rng.gamma(alpha, np.exp(eta) / alpha), "hu"),
        {"alpha": 2.0, "hu": 0.3},
    ),
    "hurdle_lognormal": Simulated(
        _mixed(lambda rng, eta, sigma: np.exp(rng.normal(eta, sigma)), "hu"),
        {**_SIGMA, "hu": 0.3},
    ),
    **{
        f"truncated_{name}": Simulated(_truncated(name), _COUNT_PARAMETERS.get(name, {}))
        for name in COUNTS
    },
}


def simulated_rows(name: str, seed: int = 1, rows: int = ROWS) -> pd.DataFrame:
    """Rows of a predictor `x` and a response that was drawn without the package."""
    known, rng = SIMULATED[name], np.random.default_rng(seed)
    x = np.round(rng.normal(size=rows), 2)
    etas = [intercept + slope * x for intercept, slope in known.line]
    response = known.draw(rng, *etas, **known.parameters)
    data = pd.DataFrame({"x": x, "n": TRIALS})
    if response.ndim == 2:
        return data.assign(**{f"y{k}": column for k, column in enumerate(response.T)})
    if "threshold" in known.parameters:
        response = pd.Categorical(response, ordered=True)
    elif name == "categorical":
        response = np.array(["bus", "car", "train"])[response]
    return data.assign(y=response)
