"""Deviations of all levels as a Parquet file, written some levels at a time."""

from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mixwell._version import __version__
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.draws import SUMMARY_COLUMNS, IntervalSettings, interval_settings
from mixwell.posterior.posterior import Posterior
from mixwell.tables.parquet_file import named_parquet
from mixwell.whole_files import replacing

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["write_level_table"]

#: Levels whose rows are made and written together.
_TOGETHER = 50_000


def write_level_table(
    path: str | PathLike[str], posterior: Posterior, ci_prob: float | None = None
) -> Path:
    """Write one row a grouping factor, level and effect to a Parquet file and return its path.

    The columns are those of `random_effects`. The file takes its place when it is whole. Raises
    `DataError` for a path that is none of a Parquet file.
    """
    target = named_parquet(path, "Deviations", "ranef.parquet")
    settings = interval_settings(ci_prob)
    import pyarrow as pa  # heavy: only where a file is written
    from pyarrow import parquet

    texts = [(name, pa.string()) for name in ("factor", "level", "effect")]
    numbers = [(name, pa.float64()) for name in SUMMARY_COLUMNS]
    notes = {"summary": settings.sentence, "written_by": f"mixwell {__version__}"}
    schema = pa.schema([*texts, *numbers], metadata=notes)
    with replacing(target) as file, parquet.ParquetWriter(file, schema) as writer:
        for names, found in _parts(posterior, settings):
            columns = [*map(pa.array, names), *(found[name].ravel() for name in SUMMARY_COLUMNS)]
            writer.write_table(_table(columns, schema))
            file.require_written()
    return target


def _table(columns: Sequence[object], schema: "pa.Schema") -> "pa.Table":
    import pyarrow as pa

    return pa.table(dict(zip(schema.names, columns, strict=True)), schema=schema)


def _parts(
    posterior: Posterior, settings: IntervalSettings
) -> Iterator[tuple[tuple[list[str], list[str], list[str]], dict[str, FloatArray]]]:
    """Go through the levels of all factors: names of rows, and their numbers (level, effect)."""
    for group in posterior.groups:
        deviations, effects = posterior.deviations(group), list(group.full_effects)
        for start in range(0, len(group.levels), _TOGETHER):
            part = slice(start, start + _TOGETHER)
            levels = group.levels[part]
            rows = [level for level in levels for _ in effects]
            names = [group.factor] * len(rows), rows, effects * len(levels)
            found = deviations.part(part).estimates(settings)
            yield names, {name: np.asarray(column) for name, column in found.items()}
