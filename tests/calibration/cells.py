"""The table of calibrated models: to calibrate another one, add a row.

Every cell is a model with priors of its own for every parameter, on one fixed design. Where the
exact engine declines a family, NUTS takes its cells.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

LEVELS, ROWS, KEPT = 8, 5, 99

INTERCEPT, SLOPE = "y ~ x + (1 | g)", "y ~ x + (x | g)"
CROSSED = "y ~ x + (1 | g) + (1 | h)"

#: Priors of the two structures for families that have a link, narrow so that counts stay small,
#: and wide ones with heavy tails for those on the whole line.
LINKED = {
    INTERCEPT: {"Intercept": "Normal(0.5, 0.7)", "x": "Normal(0, 0.5)", "sd_g": "HalfNormal(0.7)"},
    SLOPE: {
        "Intercept_centered": "StudentT(7, 0.5, 0.6)",
        "x": "Laplace(0, 0.4)",
        "sd_g[Intercept]": "Gamma(3, 6)",
        "sd_g[x]": "HalfNormal(0.5)",
        "corr_g": "LKJ(2)",
    },
}
WIDE = {
    INTERCEPT: {
        "Intercept": "StudentT(3, 0, 2)",
        "x": "Normal(0, 1)",
        "sd_g": "HalfStudentT(3, 1)",
    },
    SLOPE: {
        "Intercept_centered": "StudentT(3, 1, 2)",
        "x": "Normal(0, 1)",
        "sd_g[Intercept]": "HalfNormal(1)",
        "sd_g[x]": "Gamma(3, 3)",
        "corr_g": "LKJ(1)",
    },
}
#: What each family adds to these, and how its response is written.
FAMILY_PRIORS: dict[str, dict[str, str]] = {
    "gaussian": {"sigma": "HalfStudentT(3, 1)"},
    "student": {"sigma": "HalfNormal(1)", "nu": "Gamma(3, 0.3)"},
    "negativebinomial": {"alpha": "InverseGamma(3, 3)"},
    "gamma": {"alpha": "Gamma(3, 1)"},
    "lognormal": {"sigma": "HalfNormal(0.7)"},
    "beta": {"kappa": "Gamma(6, 0.5)"},
    "cumulative": {"threshold": "StudentT(3, 0, 1.5)"},
}
ON_THE_LINE = ("gaussian", "student")
RESPONSES = {"binomial": "y | trials(n)"}


@dataclass(frozen=True)
class Cell:
    """A model to calibrate with an engine; `parameterization` is NUTS's."""

    engine: str
    family: str
    formula: str
    replications: int
    parameterization: Any = "auto"
    priors: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The cell's name in the table."""
        return f"{self.engine} | {self.family} | {self.formula}"

    @property
    def written(self) -> str:
        """The formula with the family's own left side."""
        return self.formula.replace("y ~", f"{RESPONSES.get(self.family, 'y')} ~")


def _cell(engine: str, family: str, formula: str, replications: int, **rest: Any) -> Cell:
    base = WIDE if family in ON_THE_LINE else LINKED
    priors = dict(base[SLOPE if formula == SLOPE else INTERCEPT])
    if formula == CROSSED:
        priors["sd_h"] = "HalfNormal(0.7)"
    priors |= FAMILY_PRIORS.get(family, {})
    if "threshold" in priors:  # which are the intercepts
        priors = {key: prior for key, prior in priors.items() if not key.startswith("Intercept")}
    return Cell(engine, family, formula, replications, priors=priors, **rest)


#: Half of the levels centered, half not: the expression that holds every other parameterization.
MIXED = {"g": {str(level): "centered" for level in range(0, LEVELS, 2)}}
EXACT = ("gaussian", "student", "bernoulli", "binomial", "poisson", "negativebinomial", "gamma")
DECLINED = ("lognormal", "beta", "cumulative")

CELLS: tuple[Cell, ...] = (
    *(_cell("exact", family, f, 200) for family in EXACT for f in (INTERCEPT, SLOPE)),
    *(_cell("nuts", family, f, 100) for family in DECLINED for f in (INTERCEPT, SLOPE)),
    _cell("nuts", "gaussian", SLOPE, 100, parameterization=MIXED),
    _cell("nuts", "bernoulli", INTERCEPT, 100),
    _cell("nuts", "poisson", CROSSED, 100),
)


def design() -> pd.DataFrame:
    """Return the rows without a response: 8 levels of 5, a predictor that is not centered."""
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "x": rng.normal(0.5, 1, LEVELS * ROWS),
            "g": np.repeat(np.arange(LEVELS), ROWS),
            "h": np.tile(np.arange(ROWS), LEVELS),
            "n": rng.integers(1, 9, LEVELS * ROWS),
        }
    )
