"""Simple effects: the contrasts of each factor within each level of the others."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from mixwell.errors import DataError, require_known, shown
from mixwell.interpret.contrasts.comparison_scales import Compare
from mixwell.interpret.estimates.estimates import Estimates
from mixwell.interpret.estimates.practical_equivalence import Rope
from mixwell.interpret.expected.predictor_draws import MeanPredictor
from mixwell.interpret.grids.axes import all_values, fixed_columns
from mixwell.interpret.means.averaging_task import (
    At,
    Names,
    Options,
    as_names,
    require_options,
    source_of,
)
from mixwell.interpret.means.estimands import means
from mixwell.posterior.posterior import Posterior
from mixwell.public_calls import public_methods
from mixwell.show.tables_in_turn import tables_html, tables_text
from mixwell.text.names import quoted
from mixwell.text.numbers import show_values
from mixwell.text.phrases import listed

__all__ = ["SimpleEffects", "simple_effects"]


@public_methods
@dataclass(frozen=True, repr=False, eq=False)
class SimpleEffects:
    """Tables of contrasts, one for each factor: `effects["recipe"]` is an `Estimates`.

    `notes` say of which factors there are none.
    """

    tables: Mapping[str, Estimates]
    notes: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Return all tables as one: `factor`, what it is `within`, and the columns of contrasts."""
        return pd.concat(list(map(_long, self.tables, self.tables.values())), ignore_index=True)

    def with_rope(self, rope: Rope) -> "SimpleEffects":
        """Hold every table against a region of practical equivalence; see `Estimates.with_rope`."""
        return self._each(lambda table: table.with_rope(rope))

    def with_interval(
        self, ci_prob: float | None = None, *, simultaneous: bool | None = None
    ) -> "SimpleEffects":
        """Return the same with other intervals, `simultaneous` within each table.

        See `Estimates.with_interval`; raises `DataError`.
        """
        return self._each(lambda table: table.with_interval(ci_prob, simultaneous=simultaneous))

    def _each(self, change: Callable[[Estimates], Estimates]) -> "SimpleEffects":
        return replace(self, tables={name: change(table) for name, table in self.tables.items()})

    def __getitem__(self, factor: str) -> Estimates:
        """Return the contrasts of a factor; raises `DataError` with the nearest name."""
        require_known(factor, list(self.tables), f"There are no simple effects of {shown(factor)}.")
        return self.tables[factor]

    def __iter__(self) -> Iterator[str]:
        """Go through the factors' names."""
        return iter(self.tables)

    def __len__(self) -> int:
        """Count the tables."""
        return len(self.tables)

    def __str__(self) -> str:
        """Write the tables under their titles, and once what holds for all of them."""
        return tables_text([table.printed for table in self.tables.values()], self.notes)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return tables_html([table.printed for table in self.tables.values()], self.notes)


def _long(factor: str, table: Estimates) -> pd.DataFrame:
    """Return a table with its factor and, in words, the levels that each row is within."""
    shown = {name: show_values(table.frame[name].tolist()) for name in table.by}
    within = [
        ", ".join(f"{name} = {levels[row]}" for name, levels in shown.items())
        for row in range(len(table))
    ]
    frame = table.to_frame().drop(columns=list(table.by)).rename_axis(columns=None)
    frame.insert(0, "factor", factor)
    frame.insert(1, "within", pd.Series(within, dtype="str"))
    return frame


def simple_effects(
    posterior: Posterior,
    of: Names = None,
    kind: object = "pairwise",
    at: At = None,
    *,
    compare: Compare = "auto",
    rope: Rope | None = None,
    parameter: str = "mean",
    **options: Any,
) -> SimpleEffects:
    """Contrast the means of each variable of `of` within each level of the others.

    Without `of` they are the factors that the mean depends on, or another `parameter`. `kind`,
    `compare` and `rope` are those of `Estimates.contrasts`, further options those of `means`;
    `simultaneous` intervals hold at once within the table of a factor. Raises `DataError`, also
    where there are not two.
    """
    require_options(simple_effects, options, [*Options.names(), "bias_adjust"])
    source = source_of(posterior, parameter, Options())
    names = as_names(of) or _factors(source)
    made = means(posterior, names, None, at, parameter=parameter, **options)
    inner = [name for name in made.variables if name not in made.by]
    if len(inner) < 2:
        _refuse_fewer(inner, source.named or "the mean", given=bool(as_names(of)))
    title = f"Contrasts of {made.title[0].lower()}{made.title[1:]}"
    tables: dict[str, Estimates] = {}
    notes: tuple[str, ...] = ()
    for name in inner:
        others = [other for other in made.variables if other != name]
        if not _several(made, others):
            notes += (f"Of {name} nothing can be compared within {listed(others)}.",)
            continue
        table = made.contrasts(kind, by=others, compare=compare, rope=rope)
        said = f"{title}{table.title.removeprefix(title)}."
        tables[name] = replace(
            table,
            title=f"Simple effects of {name} within {listed(others)}",
            notes=(said, *table.notes),
        )
    if not tables:
        raise DataError(
            f"No levels of {listed(inner)} can be compared within those of the others.",
            hint="They are nested: fit.contrasts() compares the levels of one of them.",
        )
    return SimpleEffects(tables, notes)


def _factors(source: MeanPredictor) -> tuple[str, ...]:
    """Return the columns with levels that the answer depends on."""
    names = () if source.constant else fixed_columns(source.predictor)
    return tuple(name for name in names if all_values(source.design, name).levels)


def _several(made: Estimates, others: Sequence[str]) -> bool:
    """Return whether some rows of means agree in the other factors."""
    cells = made.frame[list(made.factors)].set_axis(list(made.variables), axis=1)
    return bool(cells.duplicated(list(others)).any())


def _refuse_fewer(inner: Sequence[str], about: str, *, given: bool) -> None:
    """Refuse simple effects of what has no others to be within."""
    said = f"of= names {listed(inner)} only" if given else f"{about} depends on no factor"
    if inner and not given:
        said = f"{about} depends on the factor {inner[0]} only"
    hint = f"fit.contrasts(of={quoted(inner[0])}) compares its levels." if inner else None
    more = 'Name two variables, of=["a", "b"], numbers with values in at=.'
    raise DataError(
        f"Simple effects are of one factor within the levels of others; {said}.",
        hint=f"{hint or ''} {more}".strip(),
    )
