"""Draws as labeled stacks, and the numbers that summarize them; start with `stacks`.

Numeric cores take arrays of shape ``(chain, draw, parameter)``; labels are put on by the callers.
All rooms that read posteriors follow the same settings through it, and import them from here.
"""

from mixwell.posterior.draws.draw_summaries import (
    DIAGNOSTICS,
    SUMMARY_COLUMNS,
    TAIL_QUANTILES,
    array_statistics,
    diagnostics,
    ess_bulk,
    ess_tail,
    estimates,
    interval,
    mcse,
    point_estimate,
    relative_efficiency,
    rhat,
    taken_back,
)
from mixwell.posterior.draws.interval_settings import (
    SCALES,
    IntervalSettings,
    envelope_prob,
    interval_settings,
    most_panels,
)
from mixwell.posterior.draws.left_out_densities import (
    compare_densities,
    densities_of_groups,
    densities_of_rows,
)
from mixwell.posterior.draws.stacks import (
    Stack,
    coordinate,
    draws_of,
    join_stacks,
    labels_of,
    scalar_draws,
    stack_labels,
    stack_variable,
    stack_variables,
)

__all__ = [
    "DIAGNOSTICS",
    "SCALES",
    "SUMMARY_COLUMNS",
    "TAIL_QUANTILES",
    "IntervalSettings",
    "Stack",
    "array_statistics",
    "compare_densities",
    "coordinate",
    "densities_of_groups",
    "densities_of_rows",
    "diagnostics",
    "draws_of",
    "envelope_prob",
    "ess_bulk",
    "ess_tail",
    "estimates",
    "interval",
    "interval_settings",
    "join_stacks",
    "labels_of",
    "mcse",
    "most_panels",
    "point_estimate",
    "relative_efficiency",
    "rhat",
    "scalar_draws",
    "stack_labels",
    "stack_variable",
    "stack_variables",
    "taken_back",
]
