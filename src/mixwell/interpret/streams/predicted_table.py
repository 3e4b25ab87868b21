"""Predictions of the rows of a table of any size: batches of rows in, a Parquet file out."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mixwell._version import __version__
from mixwell.design.elsewhere.table_seen import TableSeen
from mixwell.design.seen.rows_elsewhere import require_rows
from mixwell.errors import DataError, require_seed, warn
from mixwell.interpret.estimates.estimates import Estimates
from mixwell.interpret.grids.axes import columns_read
from mixwell.interpret.means.predictions import predicted
from mixwell.posterior.posterior import Posterior
from mixwell.progress import Progress
from mixwell.tables.arrow import arrow_to_pandas
from mixwell.tables.frame import read_frame
from mixwell.tables.lazy.lazy_table import LazyTable
from mixwell.tables.lazy.open_table import open_table
from mixwell.tables.parquet_file import named_parquet
from mixwell.whole_files import replacing

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["write_predictions"]

#: Rows that are predicted together.
_ROWS = 200_000
_FEW = 3  # so many reasons are said


def write_predictions(
    path: str | PathLike[str],
    posterior: Posterior,
    data: object = None,
    *,
    seed: int | None = None,
    progressbar: bool | None = None,
    **options: Any,
) -> Path:
    """Predict every row of a table, some at a time, and write them to a Parquet file.

    A row has all columns of the table, also those that no formula reads, followed by those of
    `predictions`; a `MixwellWarning` names those that cannot be written. Without `data` the rows
    are those that the model used. Their order is that in which the engine hands them out. The file
    takes its place when it is whole. New levels are the same ones in all batches, and unknown ones,
    gaps and absent columns are refused as by `predictions`, whose `options` these are. Raises
    `DataError` for a path that is none of a Parquet file too, and for columns of the table that are
    named as those of predictions.
    """
    target = named_parquet(path, "Predictions", "pred.parquet")
    require_seed(seed)
    source = _RowBatches.of(posterior, data)
    entropy = int(np.random.default_rng().integers(2**63)) if seed is None else seed

    def ask(frame: pd.DataFrame, number: int) -> Estimates:
        rng = np.random.default_rng([entropy, number])
        return predicted(posterior, frame, rng=rng, seed=entropy, progressbar=False, **options)

    groups = _read_apart(posterior)
    with Progress("Predicting", source.count, progressbar) as progress, replacing(target) as file:
        _write(file, source.in_order_of(groups), ask, progress)
    return target


def _read_apart(posterior: Posterior) -> list[str]:
    """Return the columns of grouping factors whose draws are made some levels at a time.

    Rows next to each other should be of the same levels, whose draws are then made once.
    """
    names: list[str] = []
    for found in posterior.spec.layout.of("mean"):
        if posterior.beyond_memory(posterior.deviations(found)):
            names += columns_read(found.blocks[0].parts)
    return list(dict.fromkeys(names))


@dataclass(frozen=True, eq=False)
class _RowBatches:
    """Rows in batches: `count` of them in all, as Arrow's tables.

    `unread` says by column why no formula reads it; such columns may be among those of the batches.
    """

    count: int
    batches: Callable[[], "Iterator[pa.Table]"]
    unread: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, posterior: Posterior, data: object) -> "_RowBatches":
        """Return the rows of a table that a user gives, or of the model's own data."""
        design = posterior.spec.design
        if data is None and isinstance(design.elsewhere, TableSeen):
            table: LazyTable | None = design.elsewhere.frame.table
        elif data is None:
            said = 'fit.predictions(table, out="pred.parquet") goes through the rows of a table.'
            require_rows(design.elsewhere, "Predictions of the data's own rows go", said)
            return cls.held(design.data)
        else:
            table = None if isinstance(data, pd.DataFrame | Mapping) else open_table(data)
        return cls.held(read_frame(data)) if table is None else cls.lying(table)

    def in_order_of(self, names: Sequence[str]) -> "_RowBatches":
        """Return the rows of each batch in the order of some columns, where there are any."""

        def batches() -> "Iterator[pa.Table]":
            for batch in self.batches():
                known = [(name, "ascending") for name in names if name in batch.column_names]
                yield batch.sort_by(known) if known else batch

        return replace(self, batches=batches)

    @classmethod
    def held(cls, frame: pd.DataFrame) -> "_RowBatches":
        """Return rows that are in memory."""
        import pyarrow as pa  # heavy: only where a file is written

        def batches() -> "Iterator[pa.Table]":
            schema = pa.Schema.from_pandas(frame, preserve_index=False)
            for start in range(0, len(frame), _ROWS):
                part = frame.iloc[start : start + _ROWS]
                yield pa.Table.from_pandas(part, schema, preserve_index=False)

        return cls(len(frame), batches)

    @classmethod
    def lying(cls, table: LazyTable) -> "_RowBatches":
        """Return rows of a table that stays where it lies."""
        import pyarrow as pa

        exprs = table.all_columns()

        def batches() -> "Iterator[pa.Table]":
            for batch in table.batches("read the rows that are predicted", exprs, rows=_ROWS):
                whole = pa.Table.from_batches([batch])
                for place, name in enumerate(exprs):
                    whole = whole.set_column(place, name, table.in_own_zone(name, whole[name]))
                for start in range(0, batch.num_rows, _ROWS):
                    yield whole.slice(start, _ROWS)

        return cls(table.count(), batches, table.refused)


def _write(
    file: Any,
    source: _RowBatches,
    ask: Callable[[pd.DataFrame, int], Estimates],
    progress: Progress,
) -> None:
    """Write batches with their predictions, the first of which says what columns there are."""
    import pyarrow as pa
    from pyarrow import parquet

    writer: parquet.ParquetWriter | None = None
    left_out: Sequence[str] = ()
    done = 0
    try:
        for number, batch in enumerate(source.batches()):
            if writer is None:
                left_out = _left_out(source, batch)
            batch = batch.drop_columns([n for n in left_out if n in batch.column_names])
            read = [name for name in batch.column_names if name not in source.unread]
            frame = arrow_to_pandas(batch.select(read))
            frame.index = pd.RangeIndex(done, done + len(frame))
            made = ask(frame, number)
            columns = _joined(batch, made)
            if writer is None:
                notes = {"summary": made.title, "written_by": f"mixwell {__version__}"}
                schema = columns.schema.with_metadata(notes)
                writer = parquet.ParquetWriter(file, schema)
            writer.write_table(columns.cast(pa.schema(list(writer.schema))))
            file.require_written()
            done += len(frame)
            progress.add(len(frame))
    finally:
        if writer is not None:
            writer.close()
    if writer is None:
        raise DataError("The table has no rows.", where="data")


def _left_out(source: _RowBatches, first: "pa.Table") -> list[str]:
    """Return the columns that cannot be written, and say so."""
    whys = {name: why for name, why in source.unread.items() if name not in first.column_names}
    for place, name in enumerate(first.column_names):
        if name in source.unread and not _is_kept(first.schema.field(place)):
            kind = first.schema.field(place).type
            whys[name] = f"Column {name!r} holds the type {kind}, which no Parquet file keeps."
    if whys:
        said = " ".join(list(whys.values())[:_FEW])
        warn(f"Predictions are written without columns of the table: {', '.join(whys)}. {said}")
    return list(whys)


def _is_kept(field: "pa.Field") -> bool:
    """Return whether a Parquet file takes a column."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        parquet.write_table(pa.schema([field]).empty_table(), io.BytesIO())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return False
    return True


def _joined(batch: "pa.Table", made: Estimates) -> "pa.Table":
    """Return the columns of rows, with those of their predictions; of categories rows repeat."""
    import pyarrow as pa

    frame = made.frame
    read = [name for name in frame.columns if name in batch.column_names]
    own = [name for name in frame.columns if name not in batch.column_names]
    taken = sorted(set(read) & _NAMED)
    if taken:
        raise DataError(
            f"The table has a column {taken[0]!r}, and so have predictions.",
            where="data",
            hint="Rename it, or leave it out of the table.",
        )
    times = len(frame) // batch.num_rows
    whole = batch if times == 1 else batch.take(np.repeat(np.arange(batch.num_rows), times))
    for name in own:
        values = frame[name]
        array = pa.array(values.astype(str) if values.dtype.kind not in "biuf" else values)
        whole = whole.append_column(name, array)
    return whole


#: What tables of predictions call their columns, whichever they have.
_NAMED = frozenset(
    ("estimate", "sd", "lower", "upper", "p_direction", "p_rope", "category", "response")
)
