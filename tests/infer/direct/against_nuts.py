"""Posteriors of direct chains next to those of NUTS, apart by how many Monte Carlo errors.

    uv run python -m tests.infer.direct.against_nuts [name ...]

prints a row of the table of `docs/direct.md` for each model; some minutes of one processor each.
"""

import sys
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr
from scipy import stats

import mixwell as mw
from mixwell.numeric.chains import ess_mean
from mixwell.posterior.draws import stack_variables
from mixwell.specify.spec import Spec

#: How probable it is that one of equal posteriors' z-scores is beyond its limit.
FALSE_ALARM = 0.01
TAILS = (0.05, 0.95)


@dataclass(frozen=True)
class Compared:
    """A model of the rows of `rows`, and what it is there for."""

    name: str
    formula: str | list[str]
    family: str
    priors: dict[str, str] = field(default_factory=dict)

    @property
    def model(self) -> mw.Model:
        """The model."""
        return mw.Model(self.formula, rows(), self.family, priors=self.priors)


MODELS = {
    each.name: each
    for each in (
        Compared("correlated slopes, crossed", "y ~ x + (1 + x | g) + (1 | h)", "gaussian"),
        Compared("two formulas", ["y ~ x + (1 | g)", "sigma ~ x"], "gaussian"),
        Compared("censored", "seen | cens(side) ~ x + (1 | g)", "gaussian"),
        Compared("crossed", "wide ~ x + (1 | g) + (1 | h)", "student"),
        Compared("outcomes, crossed", "binary ~ x + (1 | g) + (1 | h)", "bernoulli"),
        Compared("trials, independent slopes", "wins | trials(n) ~ x + (1 + x || g)", "binomial"),
        Compared("nested, offset", "count ~ x + offset(o) + (1 | g/k)", "poisson"),
        Compared(
            "truncated, priors of the user",
            "some | trunc(lb = 1) ~ x + (1 | g)",
            "poisson",
            {"Intercept": "Normal(0, 2)", "x": "Laplace(0, 1)", "sd_g": "Gamma(2, 3)"},
        ),
        Compared("weights", "spread | weights(w) ~ x + (1 | g)", "negativebinomial"),
        Compared("correlated slopes", "positive ~ x + (1 + x | g)", "gamma"),
        Compared("shares, two formulas", ["share ~ x + (1 | g)", "kappa ~ x"], "beta"),
        Compared("choices, one covariance", "choice ~ x + (1 | p | g)", "categorical"),
        Compared("counts of choices", "cbind(n, wins, count) ~ x + (1 | g)", "multinomial"),
        Compared("shares of a whole", "cbind(share, rest) ~ x + (1 | g)", "dirichlet"),
        Compared(
            "scattered counts of choices",
            "cbind(left, middle, right) ~ x + (1 | g)",
            "dirichlet_multinomial",
        ),
        Compared("ratings, crossed", "rating ~ x + (1 | g) + (1 | h)", "cumulative"),
    )
}


def rows(n: int = 240) -> pd.DataFrame:
    """Rows with a response for each family, which 12 and 10 crossed levels have effects on."""
    rng = np.random.default_rng(5)
    g, h, x = rng.integers(0, 12, n), rng.integers(0, 10, n), rng.normal(size=n)
    eta = 0.4 * x + (0.6 * rng.normal(size=12))[g] + (0.4 * rng.normal(size=10))[h]
    eta += (0.3 * rng.normal(size=12))[g] * x
    noise, size = rng.normal(size=n), rng.integers(2, 9, n)
    chance, mean, shape = 1 / (1 + np.exp(-eta)), np.exp(0.5 + eta), 3.0
    y = eta + np.exp(-0.2 + 0.3 * x) * noise
    top = 1.2
    frame = pd.DataFrame(
        {
            "x": x,
            "g": [f"g{level}" for level in g],
            "h": [f"h{level}" for level in h],
            "k": [f"k{level % 3}" for level in h],
            "o": rng.normal(0, 0.2, n),
            "n": size,
            "w": rng.uniform(0.5, 2, n),
            "y": y,
            "seen": np.minimum(y, top),
            "side": np.where(y > top, "right", "none"),
            "wide": eta + 0.6 * rng.standard_t(4, n),
            "binary": rng.binomial(1, chance),
            "wins": rng.binomial(size, chance),
            "count": rng.poisson(mean),
            "some": np.maximum(rng.poisson(mean), 1),
            "spread": rng.poisson(mean * rng.gamma(shape, 1 / shape, n)),
            "positive": rng.gamma(shape, mean / shape),
            "share": np.clip(rng.beta(6 * chance, 6 * (1 - chance)), 1e-4, 1 - 1e-4),
            "rating": pd.Categorical(
                np.digitize(eta + rng.logistic(size=n), [-1, 0, 1.2]), ordered=True
            ),
        }
    )
    odds = np.stack([0 * eta, eta, 0.3 - eta])
    chosen = np.argmax(odds + rng.gumbel(size=(3, n)), axis=0)
    concentration = 4 * np.exp(odds) / np.exp(odds).sum(axis=0)
    shares = (gammas := rng.gamma(concentration)) / gammas.sum(axis=0)
    counts = rng.multinomial(12, shares.T).T
    return frame.assign(
        rest=1 - frame["share"],
        choice=np.array(["a", "b", "c"])[chosen],
        **dict(zip(("left", "middle", "right"), counts, strict=True)),
    )


@dataclass(frozen=True)
class Distances:
    """Distances in Monte Carlo standard errors of both sides, by what is compared."""

    z: dict[str, float]

    @property
    def worst(self) -> str:
        """What is furthest apart."""
        return max(self.z, key=lambda name: abs(self.z[name]))

    @property
    def largest(self) -> float:
        """The largest distance."""
        return abs(self.z[self.worst])

    @property
    def limit(self) -> float:
        """What the largest of so many exceeds with the probability of a false alarm at most."""
        return float(stats.norm.isf(FALSE_ALARM / 2 / len(self.z)))


def distances(
    one: np.ndarray, two: np.ndarray, labels: list[str], correlated: int | None = None
) -> Distances:
    """Compare draws (chain, draw, quantity) of two runs.

    Means, standard deviations, the shares below the common 5 and 95 % points, and the correlations
    of the first `correlated` quantities. Each is a mean of a series, whose error follows from its
    effective number: of a standard deviation and of a correlation the influence function's.
    """
    sides = (one, two)
    common = np.quantile(np.concatenate([s.reshape(-1, s.shape[2]) for s in sides]), TAILS, axis=0)
    found: dict[str, float] = {}

    def put(what: str, series: list[np.ndarray], names: list[str]) -> None:
        means = [s.mean(axis=(0, 1)) for s in series]
        errors = [s.var(axis=(0, 1), ddof=1) / ess_mean(s) for s in series]
        z = (means[0] - means[1]) / np.sqrt(errors[0] + errors[1])
        found.update({f"{what} of {name}": float(v) for name, v in zip(names, z, strict=True)})

    put("mean", list(sides), labels)
    put("sd", [_spread(s) for s in sides], labels)
    for tail, points in zip(TAILS, common, strict=True):
        put(f"{tail:.0%} point", [(s <= points).astype(float) for s in sides], labels)
    chosen = len(labels) if correlated is None else correlated
    pairs = np.triu_indices(chosen, 1)
    names = [f"{labels[i]} and {labels[j]}" for i, j in zip(*pairs, strict=True)]
    if names:
        put("correlation", [_products(s, pairs) for s in sides], names)
    return Distances(found)


def _spread(draws: np.ndarray) -> np.ndarray:
    """Return a series with the standard deviation as its mean, and its influence function."""
    sd = draws.std(axis=(0, 1))
    return 0.5 * (((draws - draws.mean(axis=(0, 1))) ** 2) / sd + sd)


def _products(draws: np.ndarray, pairs: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Return series with the correlations as their means, and their influence functions."""
    standard = (draws - draws.mean(axis=(0, 1))) / draws.std(axis=(0, 1))
    u, v = (standard[..., k] for k in pairs)
    r = (u * v).mean(axis=(0, 1))
    return u * v - 0.5 * r * (u**2 + v**2) + r


def quantities(posterior: xr.Dataset, spec: Spec) -> tuple[np.ndarray, list[str], int]:
    """Return draws (chain, draw, quantity), their labels, and how many come before deviations.

    Standard deviations and what is positive are on the log scale, correlations on Fisher's: their
    own scale has tails so long that a standard deviation has no error.
    """
    deviations = [factor.r_name for factor in spec.layout.factors]
    parameters = stack_variables(posterior, [n for n in spec.variables if n not in deviations])
    effects = stack_variables(posterior, deviations)
    values, labels = parameters.values.copy(), list(parameters.labels)
    for k, label in enumerate(labels):
        if label.startswith("corr_"):
            values[..., k] = np.arctanh(values[..., k])
        elif not label.startswith("sd_") and label not in spec.auxiliary:
            continue
        elif values[..., k].min() > 0:
            values[..., k] = np.log(values[..., k])
    both = np.concatenate([values, effects.values], axis=2)
    return both, [*labels, *effects.labels], len(labels)


def compare(name: str, draws: int = 1000) -> Distances:
    """Fit a model with both engines, NUTS with half of the draws, and compare."""
    model = MODELS[name].model
    found = [
        quantities(model.fit(engine=engine, draws=n, seed=1).posterior, model.spec)
        for engine, n in (("direct", 2 * draws), ("nuts", draws))
    ]
    (one, labels, parameters), (two, _, _) = found
    return distances(one, two, labels, parameters)


def main() -> None:
    """Print the table."""
    print("| model | family | compared | largest z | limit | of |")
    print("|---|---|---|---|---|---|")
    for name in sys.argv[1:] or MODELS:
        found = compare(name)
        print(
            f"| {name} | {MODELS[name].family} | {len(found.z)} | {found.largest:.2f} "
            f"| {found.limit:.2f} | {found.worst} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
