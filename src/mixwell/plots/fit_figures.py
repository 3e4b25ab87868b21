"""The table of figures: `fit.plot.trace()` and others return a matplotlib figure, none is shown.

To add one, write a function of a `DrawnFit` and enter it here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mixwell.plots import (
    chain_figures,
    effect_figures,
    pooling_figures,
    shape_figures,
    survival_figures,
)
from mixwell.plots.drawn_fit import DrawnFit
from mixwell.public_calls import public_methods


@public_methods
@dataclass(frozen=True, slots=True, repr=False)
class Plots(DrawnFit):
    """The figures of one fit; `fit.plot` lists them."""

    coefficients = effect_figures.coefficients
    ranef = effect_figures.ranef
    shrinkage = pooling_figures.shrinkage
    predictive = pooling_figures.predictive
    survival = survival_figures.survival
    prior_posterior = shape_figures.prior_posterior
    funnel = shape_figures.funnel
    pair = shape_figures.pair
    trace = chain_figures.trace
    rank = chain_figures.rank
    energy = chain_figures.energy
    autocorrelation = chain_figures.autocorrelation
    running_mean = chain_figures.running_mean
    coefficient = effect_figures.coefficient

    def __repr__(self) -> str:
        names = (f"{name}({'name' if name == 'coefficient' else ''})" for name in FIGURES)
        return f"Plots: {', '.join(names)}; each returns a figure"


#: Every figure by name.
FIGURES: dict[str, Callable[..., Any]] = {
    name: figure for name, figure in vars(Plots).items() if not name.startswith("_")
}
