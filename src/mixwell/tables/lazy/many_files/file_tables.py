"""Files as one lazy table: Parquet and Arrow by DuckDB, each column checked in all of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa
from pyarrow import dataset as arrow_datasets
from pyarrow import ipc, parquet

from mixwell.errors import DataError
from mixwell.tables.lazy.engines import asking
from mixwell.tables.lazy.lazy_table import LazyTable, lazy_table
from mixwell.tables.lazy.many_files.duckdb_tables import (
    connection,
    plain_path,
    relation_choices,
    selection,
    sql_name,
    sql_texts,
)
from mixwell.tables.lazy.many_files.file_schemas import (
    OneTable,
    common_type,
    cut_columns,
    dictionaries,
    nanosecond_instants,
    one_table,
    own_orders,
    own_zones,
)
from mixwell.tables.lazy.many_files.folder_columns import folder_columns
from mixwell.tables.lazy.many_files.found_files import FoundFiles
from mixwell.tables.lazy.many_files.held_files import read_files
from mixwell.tables.lazy.many_files.text_tables import text_files

__all__ = ["arrow_dataset", "is_dataset", "open_files"]

_FEATHER_1 = b"FEA1"


def open_files(found: FoundFiles) -> LazyTable:
    """Return files as a lazy table.

    Raises `DataError` for files that are damaged. Columns that some files lack, or have with other
    types, are refused where a formula reads them.
    """
    return {"parquet": _parquet_files, "arrow": _arrow_files, "text": text_files}[found.kind](found)


def _parquet_files(found: FoundFiles) -> LazyTable:
    with asking(found.where):
        schemas = dict(zip(found.said, map(parquet.read_schema, found.paths), strict=True))
        whole = one_table(schemas)
        orders = own_orders(_parquet_begins(found, whole, schemas))
        paths = sql_texts(map(plain_path, found.paths))
        choices = f"union_by_name={_truth(whole.differ)}, hive_types_autocast=false"
        source = f"read_parquet({paths}, {choices}, hive_partitioning={_truth(found.part_names)})"
        fields = [field for schema in schemas.values() for field in schema]
        relation = connection().sql(_query(found, whole, source, fields))
    read, refused = partial(read_files, found), {**_durations(fields), **whole.refused}
    return _typed(relation, found.where, read, refused, orders, own_zones(fields))


def _durations(fields: Iterable[pa.Field]) -> dict[str, str]:
    """Return a sentence for columns of durations, which DuckDB takes for whole numbers."""
    names = [field.name for field in fields if pa.types.is_duration(field.type)]
    return {name: f"Column {name!r} holds durations, which no formula reads." for name in names}


def _parquet_begins(
    found: FoundFiles, whole: OneTable, schemas: Mapping[str, pa.Schema]
) -> Iterator[pa.Table]:
    """Go through the first parts of files, of columns that list their values: these stand there."""
    for path, schema in zip(found.paths, schemas.values(), strict=True):
        names = [name for name in dictionaries(schema) if name in whole.names]
        file = parquet.ParquetFile(path) if names else None
        if file is not None and file.num_row_groups:
            yield file.read_row_group(0, columns=names)


def _arrow_files(found: FoundFiles) -> LazyTable:
    with asking(found.where):
        schemas = dict(zip(found.said, map(_ipc_schema, found.paths), strict=True))
        whole = one_table(schemas)
        fields = _joined_schema([_plain_schema(each, whole.names) for each in schemas.values()])
        folders = pa.schema([(name, pa.string()) for name in found.part_names])
        dataset = arrow_datasets.dataset(
            [str(path) for path in found.paths],
            schema=pa.schema([*fields, *folders]),
            format="ipc",
            partitioning=arrow_datasets.partitioning(folders, flavor="hive"),
        )
        own = connection()
        own.register("held", dataset)
        relation = own.sql(_query(found, whole, "held", fields))
        begins = (_ipc_begin(path, whole.names) for path in found.paths)
        orders = own_orders(begin for begin in begins if begin is not None)
    read = partial(read_files, found)
    return _typed(relation, found.where, read, whole.refused, orders, own_zones(fields))


def _ipc_schema(path: Path) -> pa.Schema:
    with path.open("rb") as stream:
        if stream.read(len(_FEATHER_1)) == _FEATHER_1:
            hint = "In Python: pyarrow.feather.write_feather(pyarrow.feather.read_table(a), b)."
            raise DataError(f'"{path}" is a Feather file of the first version.', hint=hint)
    with ipc.open_file(str(path)) as reader:
        return reader.schema


def _ipc_begin(path: Path, names: tuple[str, ...]) -> pa.Table | None:
    with ipc.open_file(str(path)) as reader:
        listed = [name for name in dictionaries(reader.schema) if name in names]
        if not listed or not reader.num_record_batches:
            return None
        return pa.Table.from_batches([reader.get_batch(0)]).select(listed)


def _plain_schema(schema: pa.Schema, names: tuple[str, ...]) -> pa.Schema:
    """Return the fields of names, those that list their values as the values themselves."""
    kinds = {name: schema.field(name).type for name in names}
    listed = {name: kind.value_type for name, kind in kinds.items() if pa.types.is_dictionary(kind)}
    return pa.schema([(name, listed.get(name, kind)) for name, kind in kinds.items()])


def _joined_schema(schemas: Sequence[pa.Schema]) -> pa.Schema:
    """Return the types that columns have in all files together."""
    types = {name: common_type(s.field(name).type for s in schemas) for name in schemas[0].names}
    known = [pa.schema([(f.name, types[f.name] or f.type) for f in schema]) for schema in schemas]
    return pa.unify_schemas(known, promote_options="permissive")


def _query(found: FoundFiles, whole: OneTable, source: str, fields: Iterable[pa.Field]) -> str:
    names = [name for name in whole.names if name not in found.part_names]
    return selection(_read(names, fields) | folder_columns(found.parts), source)


def _read(names: Iterable[str], fields: Iterable[pa.Field]) -> dict[str, str]:
    """Return how columns are read: instants in nanoseconds by the clock of UTC."""
    fine = nanosecond_instants(fields)
    own = {name: sql_name(name) for name in names}
    return {n: f"CAST({it} AS TIMESTAMP_NS)" if n in fine else it for n, it in own.items()}


def _typed(
    relation: Any,
    where: str,
    read: Callable[[], object],
    refused: Mapping[str, str],
    orders: tuple[dict[str, tuple[str, ...]], frozenset[str]],
    zones: Mapping[str, str],
) -> LazyTable:
    levels, ordered = orders
    choices = relation_choices(relation)
    return lazy_table(
        nw.from_native(relation),
        where,
        read,
        texts=choices["texts"] | levels.keys(),
        levels=levels,
        ordered=ordered,
        refused={**choices["refused"], **refused},
        zones=zones,
    )


def is_dataset(data: object) -> bool:
    """Whether data are a dataset of Arrow, which narwhals does not read by itself."""
    kinds = ((kind.__module__, kind.__name__) for kind in type(data).__mro__)
    return ("pyarrow._dataset", "Dataset") in kinds


def arrow_dataset(dataset: Any) -> LazyTable:
    """Return a dataset of Arrow as a lazy table, whose queries DuckDB answers."""
    where = "an Arrow dataset"
    with asking(where):
        fragments = list(dataset.get_fragments())
        schemas = {
            _fragment_name(each, at): each.physical_schema for at, each in enumerate(fragments)
        }
        whole = one_table(schemas) if schemas else OneTable((), {}, differ=False)
        cut = cut_columns(dataset.schema, schemas) if whole.differ else {}
        refused = {**whole.refused, **cut}
        listed = [name for name in dictionaries(dataset.schema) if name not in refused]
        orders = own_orders(each.head(1, columns=listed) for each in fragments if listed)
        kept = [name for name in dataset.schema.names if name not in refused]
        own = connection()
        own.register("held", dataset)
        relation = own.sql(selection(_read(kept, dataset.schema), "held"))
    zones = own_zones(dataset.schema)
    return _typed(relation, where, dataset.to_table, refused, orders, zones)


def _fragment_name(fragment: Any, place: int) -> str:
    path = getattr(fragment, "path", None)
    return f'"{path}"' if path else f"its part {place + 1}"


def _truth(value: object) -> str:
    return "true" if value else "false"
