"""What means, slopes and comparisons share: a user's choices, and the grid that they make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from mixwell.errors import DataError
from mixwell.interpret.means.predictor_draws import MeanPredictor
from mixwell.interpret.means.reference_grid import Grid, GridRequest, build_grid
from mixwell.posterior.linear_predictor import LevelDraws
from mixwell.posterior.posterior import Posterior
from mixwell.specify.spec import Spec

Names = str | Sequence[str] | None
At = Mapping[str, object] | None
Scale = Literal["response", "link"]
Average = Literal["link", "response"]
Over = Literal["grid", "data"]

#: What grouping factors add to a linear predictor, in words.
GROUPS = {
    "population": "For the population: deviations of groups are 0.",
    "existing": "For the groups in the data, with their own deviations.",
    "new": "For new groups: one level of each grouping factor, drawn from its fitted covariance.",
}


def check_groups(groups: str) -> None:
    """Refuse a group treatment that does not exist."""
    if groups not in GROUPS:
        raise DataError(f"groups={groups!r} is unknown.", hint=f"Choices: {', '.join(GROUPS)}.")


@dataclass(frozen=True, eq=False)
class Options:
    """The choices that means, slopes and comparisons share; `DataError` for any other."""

    at: At
    scale: str
    groups: str
    weights: str
    average: str
    over: str
    seed: int | None

    def __post_init__(self) -> None:
        check_groups(self.groups)
        for name, given, choices in (
            ("scale", self.scale, ("response", "link")),
            ("average", self.average, ("link", "response")),
            ("over", self.over, ("grid", "data")),
        ):
            if given not in choices:
                raise DataError(
                    f"{name}={given!r} is unknown.", hint=f"Choices: {', '.join(choices)}."
                )

    def on_response(self, spec: Spec) -> bool:
        """Return whether responses are what is averaged."""
        return self.scale == self.average == "response" and not spec.family.mean_is_linear


def as_names(names: Names) -> tuple[str, ...]:
    """Return one or several names as a tuple; `a:b` and `a * b` name two."""
    if names is None:
        return ()
    listed = [names] if isinstance(names, str) else list(names)
    parts: list[str] = []
    for name in listed:
        plain = "(" not in name and "`" not in name
        split = [part.strip() for part in name.replace("*", ":").split(":")] if plain else [name]
        parts += split
    return tuple(parts)


@dataclass(frozen=True, eq=False)
class Task:
    """A grid with its request and options, and the deviations that all of its averages share.

    Averages over the data's rows set the columns in `changed` to a value and add to those in
    `shifted`.
    """

    source: MeanPredictor
    grid: Grid
    request: GridRequest
    options: Options
    deviations: LevelDraws
    changed: Mapping[str, Any] = field(default_factory=dict)
    shifted: Mapping[str, float] = field(default_factory=dict)

    @property
    def several(self) -> bool:
        """Whether a cell averages over several rows."""
        over_rows = self.options.over == "data" or self.options.groups == "existing"
        return bool(self.grid.averaged) or over_rows

    def on(self, grid: Grid) -> "Task":
        """Return the same task on another grid."""
        return replace(self, grid=grid)


def task_of(posterior: Posterior, of: tuple[str, ...], by: Names, options: Options) -> Task:
    """Put a task together; new levels of groups are drawn here, once for all averages."""
    source = MeanPredictor(posterior)
    request = GridRequest(of, as_names(by), options.at, options.groups == "existing")
    grid = build_grid(source.design, request)
    return Task(source, grid, request, options, _deviations(source, options))


def _deviations(source: MeanPredictor, options: Options) -> LevelDraws:
    if options.groups == "population" or not source.design.mean.blocks:
        return {}
    if options.groups == "existing":
        return source.posterior.existing_levels()
    posterior, rng = source.posterior, np.random.default_rng(options.seed)
    factors = [found.factor for found in posterior.spec.layout.of("mean")]
    return {factor: posterior.new_levels(factor, 1, rng)["mean"] for factor in factors}
