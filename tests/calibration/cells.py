"""The table of calibrated models: to calibrate another one, add a row.

Every cell is a model with priors of its own for every parameter, on one fixed design. Where the
exact engine declines a family, direct chains and NUTS take its cells.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

LEVELS, ROWS, KEPT = 8, 5, 99
#: Direct chains are for more rows than an integration is, of which they take four times as many.
COPIES = 4

INTERCEPT, SLOPE = "y ~ x + (1 | g)", "y ~ x + (x | g)"
CROSSED, NESTED = "y ~ x + (1 | g) + (1 | h)", "y ~ x + (1 | g/h)"

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
    "zero_inflated_poisson": {"zi": "Beta(2, 4)"},
    "weibull": {"alpha": "Gamma(6, 4)"},
}
SECOND_FACTOR = {
    CROSSED: {"sd_h": "HalfNormal(0.7)"},
    NESTED: {"sd_g:h": "HalfNormal(0.7)"},
}
SIGMA = "sigma ~ x"
FORMULA_PRIORS = {"sigma_Intercept": "Normal(0, 0.5)", "sigma_x": "Normal(0, 0.3)"}
ZEROS = "zero_inflated_poisson"
ON_THE_LINE = ("gaussian", "student")
RESPONSES = {"binomial": "y | trials(n)"}


@dataclass(frozen=True)
class Cell:
    """A model to calibrate with an engine; `parameterization` is NUTS's.

    `further` are formulas of further parameters, `copies` how many times the rows of the design;
    of responses beyond `limit` no more is known than that.
    """

    engine: str
    family: str
    formula: str
    replications: int
    parameterization: Any = "auto"
    priors: dict[str, str] = field(default_factory=dict)
    further: tuple[str, ...] = ()
    copies: int = 1
    limit: float | None = None

    @property
    def name(self) -> str:
        """The cell's name in the table."""
        formula = self.formula if self.limit is None else self.written[0]
        return f"{self.engine} | {self.family} | {', '.join((formula, *self.further))}"

    @property
    def written(self) -> list[str]:
        """The formulas, the first with the family's own left side."""
        censored = "y" if self.limit is None else "y | cens(censored)"
        left = f"{RESPONSES.get(self.family, censored)} ~"
        return [self.formula.replace("y ~", left), *self.further]


def make_cell(engine: str, family: str, formula: str, replications: int, **rest: Any) -> Cell:
    """Return a cell with the priors of its structure and family; `rest` are fields of it."""
    base = WIDE if family in ON_THE_LINE else LINKED
    priors = dict(base[SLOPE if "(x | g)" in formula else INTERCEPT])
    priors |= SECOND_FACTOR.get(formula, {})
    priors |= FORMULA_PRIORS if "further" in rest else FAMILY_PRIORS.get(family, {})
    if "threshold" in priors:  # which are the intercepts
        priors = {key: prior for key, prior in priors.items() if not key.startswith("Intercept")}
    return Cell(engine, family, formula, replications, priors=priors, **rest)


#: Half of the levels centered, half not: the expression that holds every other parameterization.
MIXED = {"g": {str(level): "centered" for level in range(0, LEVELS, 2)}}
EXACT = ("gaussian", "student", "bernoulli", "binomial", "poisson", "negativebinomial", "gamma")
DECLINED = ("lognormal", "beta", "cumulative")

CELLS: tuple[Cell, ...] = (
    *(make_cell("exact", family, f, 200) for family in EXACT for f in (INTERCEPT, SLOPE)),
    *(make_cell("nuts", family, f, 100) for family in DECLINED for f in (INTERCEPT, SLOPE)),
    make_cell("nuts", "gaussian", SLOPE, 100, parameterization=MIXED),
    make_cell("nuts", "bernoulli", INTERCEPT, 100),
    make_cell("nuts", "poisson", CROSSED, 100),
    *(make_cell("exact", f, s, 200) for f in ("lognormal", "beta") for s in (INTERCEPT, SLOPE)),
    *(make_cell("exact", "cumulative", f, 100) for f in (INTERCEPT, SLOPE)),
    make_cell("exact", ZEROS, INTERCEPT, 100),
    make_cell("direct", "weibull", INTERCEPT, 100, copies=COPIES, limit=2.5),
    make_cell("direct", "bernoulli", CROSSED, 200, copies=COPIES),
    make_cell("direct", "poisson", NESTED, 200, copies=COPIES),
    make_cell("direct", "gaussian", INTERCEPT, 200, copies=COPIES, further=(SIGMA,)),
    *(make_cell("direct", family, INTERCEPT, 200, copies=COPIES) for family in DECLINED),
)


def design(copies: int = 1) -> pd.DataFrame:
    """Return the rows without a response: 8 levels of 5, a predictor that is not centered."""
    rng, rows = np.random.default_rng(1), LEVELS * ROWS * copies
    return pd.DataFrame(
        {
            "x": rng.normal(0.5, 1, rows),
            "g": np.repeat(np.arange(LEVELS), ROWS * copies),
            "h": np.tile(np.arange(ROWS), LEVELS * copies),
            "n": rng.integers(1, 9, rows),
        }
    )
