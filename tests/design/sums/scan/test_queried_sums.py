"""Sums by queries of an engine are those of a scan, and of NumPy in extended precision."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import narwhals as nw
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from tests.design.sums.trial import SITES, Table, program, require_equal, table

from mixwell.design.sums.scan.queried_sums import query_sums
from mixwell.design.sums.scan.sums_program import KeyColumn, SumsProgram
from mixwell.design.sums.summed_columns import Grouping
from mixwell.errors import DataError


@dataclass
class Lazy:
    """A lazy frame of Polars, asked as tables elsewhere are."""

    frame: nw.LazyFrame

    def aggregate(self, purpose: str, exprs: Mapping[str, nw.Expr]) -> dict[str, object]:
        assert purpose
        return self.frame.select(**exprs).collect("pyarrow").to_arrow().to_pylist()[0]

    def grouped(
        self, purpose: str, keys: Mapping[str, nw.Expr], exprs: Mapping[str, nw.Expr]
    ) -> pa.Table:
        assert purpose
        groups = self.frame.with_columns(**keys).group_by(list(keys)).agg(**exprs)
        return groups.collect("pyarrow").to_arrow()


def lazy(given: Table) -> Lazy:
    whole = pa.Table.from_batches(given.batches(10**9))
    return Lazy(nw.from_native(pl.from_arrow(whole).lazy()))


def asked(given: Table, *groupings: Grouping, weighted: bool) -> SumsProgram:
    """Return the program with expressions of the table's columns."""
    found = program(given, *groupings, weighted=weighted)
    return replace(
        found,
        numbers=tuple(nw.col(f"number {k}") for k in range(4)),
        keys=tuple(KeyColumn(nw.col(f"key {k}"), key.keys) for k, key in enumerate(found.keys)),
        weights=nw.col("weights") if weighted else None,
    )


CASES = {
    "no factor": (),
    "one": (SITES,),
    "effects of a factor": (Grouping("site", (0, 2, 3)),),
    "crossed": (SITES, Grouping("clinic", (0, 6))),
    "three": (Grouping("clinic:arm", (0, 4), 2), Grouping("clinic", (1,)), SITES),
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_sums_by_queries_are_those_of_rows(case: str, weighted: bool) -> None:
    given = table(5_000)
    require_equal(query_sums(asked(given, *CASES[case], weighted=weighted), lazy(given)), given)


def test_a_table_without_rows_is_refused() -> None:
    given = table(100)
    empty = Lazy(lazy(given).frame.filter(nw.col("number 0") > np.inf))
    with pytest.raises(DataError, match="No row is left"):
        query_sums(asked(given, SITES, weighted=False), empty)
