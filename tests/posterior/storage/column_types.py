"""Every type of column that data can have, each in 24 rows, and what a fit with it predicts.

python column_types.py FOLDER      # prints as JSON what the fits in a folder predict
"""

import datetime
import enum
import json
import sys
import uuid
import warnings
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

import mixwell as mw
from mixwell.tables.frame import read_frame

N = 24
DAY, LONG = pd.Timestamp("2026-03-01"), 2**53
HALF_HOURS = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
DATES = [datetime.date(2026, 1, k) for k in (3, 1, 2)]
TIMES = [datetime.datetime(2026, 1, k, 3, 4, 5, 6000) for k in (3, 1, 2)]
CLOCK = [datetime.time(k) for k in (3, 1, 2)]
SPANS = [datetime.timedelta(k) for k in (3, 1, 2)]
DECIMALS = [Decimal("1.1"), Decimal(2), Decimal(-3)]


class Named(enum.StrEnum):
    """Names that are texts."""

    B = "b"
    A = "a"
    C = "c"


def objects(*values: object) -> pd.Series:
    return pd.Series(list(values), dtype=object)


def categories() -> dict[str, Any]:
    """Values of each type as categories, ordered and not."""
    listed: dict[str, Any] = {
        "texts": ["b", "a", "c"],
        "ints": [3, 1, 2],
        "floats": [0.3, 0.1 + 0.2, 2.0],
        "truths": [True, False],
        "dates": pd.date_range(DAY, periods=3),
        "dates of a zone": pd.date_range(DAY, periods=3, tz="Asia/Tokyo"),
        "Python's dates": DATES,
        "intervals": pd.interval_range(0, 3),
        "periods": pd.period_range(DAY, periods=3, freq="Q"),
        "spans": pd.to_timedelta([1, 2, 3], unit="h"),
        "nullable": pd.array([3, 1, 2], "Int64"),
        "decimals": DECIMALS,
        "long": [LONG, LONG + 1, 3],
        "beyond 64 bits": [10**20, 10**20 + 1, 3],
        "fractions": [Fraction(1, 3), Fraction(2, 3), Fraction(1)],
    }
    return {
        f"categories of {name}, {'ordered' if ordered else 'unordered'}": pd.Categorical(
            values, ordered=ordered
        )
        for name, values in listed.items()
        for ordered in (True, False)
    }


def of_pandas() -> dict[str, Any]:
    whole = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
    nullable = [name.replace("i", "I").replace("u", "U") for name in whole]
    made: dict[str, Any] = {name: np.array([3, 1, 2], name) for name in whole}
    made |= {name: np.array([1.5, 0.5, 2.5], name) for name in ("f2", "f4", "f8", "g", ">f8")}
    made |= {">i4": np.array([3, 1, 2], ">i4"), "bool": np.array([True, False])}
    made |= {n: pd.array([3, 1, 2, None], n) for n in (*nullable, "Float32", "Float64")}
    made["boolean"] = pd.array([True, False, True, None], "boolean")
    for storage in ("python", "pyarrow"):
        for missing in (pd.NA, np.nan):
            kind = pd.StringDtype(storage, na_value=missing)
            made[f"text, {storage}, {missing}"] = pd.array(["b", "a", "c", None], kind)
    for unit in ("s", "ms", "us", "ns"):
        made[f"dates, {unit}"] = np.array([3, 1, 2], f"M8[{unit}]")
        made[f"spans, {unit}"] = np.array([3, 1, 2], f"m8[{unit}]")
        zone = pd.date_range(DAY, periods=3, tz="Europe/Berlin", unit=unit)
        made[f"dates of a zone, {unit}"] = pd.Series(zone)
    made["dates with a gap"] = pd.Series([DAY, DAY + pd.Timedelta(1, "D"), DAY, pd.NaT])
    made["dates of a fixed zone"] = pd.Series(pd.date_range(DAY, periods=3, tz=HALF_HOURS))
    for freq in ("D", "M", "Q", "Y", "h", "W", "2M"):
        made[f"periods, {freq}"] = pd.Series(pd.period_range(DAY, periods=3, freq=freq))
    for side in ("left", "right", "both", "neither"):
        made[f"intervals, {side}"] = pd.Series(pd.interval_range(0, 3, closed=side))
    made["intervals of floats"] = pd.Series(pd.interval_range(0.5, 3.5))
    made["intervals of dates"] = pd.Series(pd.interval_range(DAY, periods=3))
    zoned = pd.interval_range(DAY.tz_localize("Asia/Tokyo"), periods=3)
    made["intervals of dates of a zone"] = pd.Series(zoned)
    made["intervals of spans"] = pd.Series(pd.interval_range(pd.Timedelta(0), periods=3))
    sparse = pd.arrays.SparseArray
    made["sparse ints"] = pd.Series(sparse([0, 1, 2]))
    made["sparse floats"] = pd.Series(sparse([1.0, 2.0, 3.0, np.nan]))
    made["sparse truths"] = pd.Series(sparse([True, False]))
    made["unused categories"] = pd.Categorical(["b", "a", "b"], ["c", "b", "a"])
    return made | categories()


def of_objects() -> dict[str, Any]:
    return {
        "texts": objects("b", "a", "c", None),
        "texts of NumPy": objects(np.str_("b"), np.str_("a"), np.str_("c")),
        "texts with gaps of three kinds": objects("b", "a", "c", None, "b", "a", np.nan, pd.NA),
        "any text": objects("", " ", "nan", "None", "é", "e\u0301", "👩‍👧", "a\nb"),
        "texts with signs": objects("a/b", "a:b", "a|b", 'a"b', "a\\n", "`"),
        "a long text": objects("a" * 100_000, "b", "c"),
        "names": objects(*Named),
        "ints": objects(3, 1, 2, None),
        "ints of NumPy": objects(np.int64(3), np.int8(1), np.uint64(2)),
        "floats": objects(3.5, 1.0, 2.0),
        "truths": objects(True, False, True, None),
        "beyond 64 bits": objects(10**20, 10**20 + 1, -(10**30)),
        "beyond 64 bits with a gap": objects(10**20, 10**20 + 1, 3, None),
        "of two signs": objects(-1, 2**64 - 1, 3),
        "decimals": objects(*DECIMALS),
        "fractions": objects(Fraction(1, 3), Fraction(2, 3), Fraction(1)),
        "dates": objects(*DATES),
        "dates far away": objects(datetime.date(1, 1, 2), datetime.date(9999, 12, 31), *DATES[:1]),
        "times": objects(*TIMES),
        "times of a zone": objects(*(time.replace(tzinfo=datetime.UTC) for time in TIMES)),
        "clock": objects(*CLOCK),
        "spans": objects(*SPANS),
        "intervals of two kinds": objects(pd.Interval(0, 1), pd.Interval(1, 2, "left"), None),
        "pairs": objects((1, 2), (1, "b"), (2, (3, 4))),
        "bytes": objects(b"b", b"\xff\x00a", b""),
        "offsets": objects(*(pd.DateOffset(months=k, days=1) for k in (3, 1, 2))),
        "UUIDs": objects(*(uuid.UUID(int=k) for k in (3, 1, 2))),
    }


def of_arrow() -> dict[str, Any]:
    ints = [getattr(pa, f"{sign}int{bits}")() for sign in ("", "u") for bits in (8, 16, 32, 64)]
    values: dict[pa.DataType, list[Any]] = {kind: [3, 1, 2, None] for kind in ints}
    values |= {kind: [1.5, 0.5, 2.5] for kind in (pa.float32(), pa.float64())}
    values[pa.float16()] = list(map(np.float16, (1.5, 0.5, 2.5)))
    values |= {kind: ["b", "a", "c", None] for kind in (pa.string(), pa.large_string())}
    values |= {kind: [b"b", b"a", b"c"] for kind in (pa.binary(), pa.large_binary(), pa.binary(1))}
    values |= dict.fromkeys((pa.decimal128(10, 2), pa.decimal256(50, 2)), DECIMALS)
    values |= dict.fromkeys((pa.date32(), pa.date64()), DATES)
    values |= {
        kind: [datetime.time(k) for k in (3, 1, 2)] for kind in (pa.time32("s"), pa.time64("us"))
    }
    values |= {pa.timestamp(unit): TIMES for unit in ("ms", "us", "ns")}
    values |= {pa.timestamp("us", "Asia/Tokyo"): TIMES, pa.bool_(): [True, False, True, None]}
    values |= {pa.duration(unit): SPANS for unit in ("s", "ms", "us", "ns")}
    made: dict[str, Any] = {}
    for kind, listed in values.items():
        array = pa.array(listed, type=kind)
        made[f"Arrow's {kind}"] = array
        made[f"Arrow's {kind} in pandas"] = pd.Series(pd.arrays.ArrowExtensionArray(array))
    for ordered in (True, False):
        for listed in (["b", "a", "c", None], [3, 1, 2], DATES):
            array = pa.array(listed).dictionary_encode()
            kind = pa.dictionary(pa.int32(), array.dictionary.type, ordered)
            array = pa.DictionaryArray.from_arrays(array.indices, array.dictionary, ordered=ordered)
            made[f"Arrow's {kind}"] = array
    return made


def of_polars() -> dict[str, Any]:
    ints = (
        pl.Int8,
        pl.Int16,
        pl.Int32,
        pl.Int64,
        pl.Int128,
        pl.UInt8,
        pl.UInt16,
        pl.UInt32,
        pl.UInt64,
    )
    values: dict[Any, list[Any]] = {kind: [3, 1, 2, None] for kind in ints}
    values |= {pl.Float32: [1.5, 0.5, 2.5], pl.Float64: [1.5, 0.5, 2.5], pl.Boolean: [True, False]}
    values |= {kind: ["b", "a", "c", None] for kind in (pl.String, pl.Categorical, pl.Enum("cab"))}
    values |= {pl.Decimal(10, 2): DECIMALS, pl.Date: DATES, pl.Time: CLOCK}
    values |= {pl.Datetime(unit): TIMES for unit in ("ms", "us", "ns")}
    values |= {pl.Datetime("us", "Asia/Tokyo"): TIMES, pl.Binary: [b"b", b"a", b"c"]}
    values |= {pl.Duration(unit): SPANS for unit in ("ms", "us", "ns")}
    values |= {pl.Object: [Fraction(1, 3), Fraction(2, 3), Fraction(1)]}
    return {f"Polars's {kind}": pl.Series(listed, dtype=kind) for kind, listed in values.items()}


COLUMNS = {
    **of_pandas(),
    **{f"objects: {name}": column for name, column in of_objects().items()},
    **of_arrow(),
    **of_polars(),
}


def table(column: Any) -> Any:
    """The values one after another in a frame of their own library, with a response."""
    y = np.arange(float(N)) ** 2
    places = np.arange(N) % len(column)
    if isinstance(column, pa.Array):
        return pa.table({"y": y, "k": column.take(pa.array(places))})
    if isinstance(column, pl.Series):
        return pl.DataFrame({"y": y}).with_columns(column.gather(places).alias("k"))
    values = column.array if isinstance(column, pd.Series) else pd.Series(column).array
    return pd.DataFrame({"y": y}).assign(k=pd.Series(values.take(places), dtype=values.dtype))


def predicted(fit: mw.Fit, name: str) -> list[float]:
    """Return what a fit predicts of the first rows in which no value is missing, and its own."""
    rows = read_frame(table(COLUMNS[name]))
    new = rows[rows["k"].notna().to_numpy()].iloc[[1, 0]]
    made = [fit.predictions(new, groups="existing"), fit.predictions(groups="existing")]
    return [float(value) for each in made for value in each["estimate"]]


def main() -> None:
    """Print what the fits of a folder predict."""
    warnings.simplefilter("ignore")
    found = {}
    for place, name in enumerate(COLUMNS):
        path = Path(sys.argv[1], f"{place}.nc")
        try:
            found[name] = predicted(mw.load(path), name) if path.exists() else None
        except Exception as error:  # each is an answer of its own
            found[name] = repr(error)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
