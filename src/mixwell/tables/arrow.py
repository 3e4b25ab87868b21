"""Arrow tables as pandas frames in which no value has become another one."""

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    import pyarrow as pa

#: pandas's types of whole numbers with gaps, by Arrow's names: without them floats stand in, which
#: cannot keep long identifiers apart.
WHOLE = {
    "int8": pd.Int8Dtype(),
    "int16": pd.Int16Dtype(),
    "int32": pd.Int32Dtype(),
    "int64": pd.Int64Dtype(),
    "uint8": pd.UInt8Dtype(),
    "uint16": pd.UInt16Dtype(),
    "uint32": pd.UInt32Dtype(),
    "uint64": pd.UInt64Dtype(),
}
# The mark of a Polars Enum in the metadata of an Arrow column.
_ENUM = b"_PL_ENUM"


def arrow_to_pandas(table: "pa.Table") -> pd.DataFrame:
    """Return an Arrow table as a pandas frame: whole numbers stay whole, dates are dates.

    Dictionaries become categories in the order in which they are listed. They are ordered where
    their type says so; that of a Polars Enum lists its values and says no more.
    """
    gaps = {str(column.type) for column in table.columns if column.null_count}

    def exact(kind: "pa.DataType") -> Any:
        return WHOLE.get(str(kind)) if str(kind) in gaps else None

    index = set(map(str, (table.schema.pandas_metadata or {}).get("index_columns", ())))
    made: dict[str, pd.Categorical] = {}
    for place, field in enumerate(table.schema):
        if str(field.type).startswith("dictionary") and field.name not in index:
            codes, made[field.name] = _categories(table.column(place), field)
            table = table.set_column(place, field.name, codes)
    frame: pd.DataFrame = table.to_pandas(types_mapper=exact, date_as_object=False)
    return frame.assign(**made)


def _categories(column: "pa.ChunkedArray", field: "pa.Field") -> tuple["pa.Array", pd.Categorical]:
    """Return the codes of a dictionary and its categories; pyarrow's own lose the time zone."""
    whole = column.unify_dictionaries().cast(field.type).combine_chunks()
    codes = whole.indices.cast("int64").fill_null(-1)
    enum = any(key.startswith(_ENUM) for key in field.metadata or {})
    listed = pd.Index(whole.dictionary.to_pandas().array)
    ordered = field.type.ordered and not enum
    numbers = codes.to_numpy(zero_copy_only=False)
    return codes, pd.Categorical.from_codes(numbers, listed, ordered=ordered)


def without_arrow(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a pandas frame with pandas's own types in place of those of Arrow."""
    if not any(isinstance(kind, pd.ArrowDtype) for kind in set(frame.dtypes.array)):
        return frame
    held = [name for name, kind in frame.dtypes.items() if isinstance(kind, pd.ArrowDtype)]
    import pyarrow as pa

    made = frame.copy(deep=False)
    for name in held:
        own = arrow_to_pandas(pa.table({"own": frame[name].array.__arrow_array__()}))["own"]
        made[name] = own.array
    return made
