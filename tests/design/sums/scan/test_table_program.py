"""What a scan reads of a table: keys in the order of levels, each factor once."""

from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pandas as pd
import pytest

from mixwell.design import build_design
from mixwell.design.atoms.atom import FactorAtom
from mixwell.design.sums.planned_sums import PlannedBlock, plan_sums
from mixwell.design.sums.scan.row_scan import scan
from mixwell.design.sums.scan.sums_program import KeyColumn, SumsProgram
from mixwell.design.sums.scan.table_program import table_program
from mixwell.formula import deparse, parse_formula
from mixwell.tables.lazy.open_table import open_table


@dataclass
class Group:
    exprs: tuple[nw.Expr, ...]
    keys: tuple[tuple[object, ...], ...]
    levels: tuple[str, ...]
    part_levels: tuple[tuple[str, ...], ...]
    cells: np.ndarray


FORMULA = "y ~ x*a + t + (1 + a | g) + (1 | g:h)"


def frame(n: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "y": rng.normal(size=n),
            "x": rng.normal(size=n),
            "a": rng.choice(["u", "v", "w"], n),
            "t": rng.integers(2, size=n) == 1,
            "g": rng.choice([7, 30, -2, 5_000_000_000], n),
            "h": rng.choice(["p", "q", "\u00fc"], n),
        }
    )


def program(data: pd.DataFrame) -> tuple[SumsProgram, np.ndarray]:
    """Return the program of the formula, and its columns X by the design in memory."""
    design = build_design([parse_formula(FORMULA)], data)
    blocks = [PlannedBlock(b.factor, (b.plan,), len(b.parts)) for b in design.blocks]
    planned = plan_sums(design.mean.fixed.plan, blocks, "y")
    atoms = {**design.mean.fixed.plan.atoms, **design.blocks[0].plan.atoms}
    raw = {"a": str, "t": lambda label: label == "True"}
    factors = {
        expr: KeyColumn(nw.col(deparse(expr)), tuple(map(raw[deparse(expr)], atom.levels)))
        for expr, atom in atoms.items()
        if isinstance(atom, FactorAtom)
    }
    numbers = {expr: (nw.col("x"),) for expr in atoms if deparse(expr) == "x"}
    groups = []
    for block in design.blocks:
        names = [deparse(part) for part in block.parts]
        rows = data.groupby(block.index)[names].first()
        keys = tuple(rows.itertuples(index=False, name=None))
        exprs = tuple(map(nw.col, names))
        groups.append(Group(exprs, keys, block.levels, block.part_levels, block.cells))
    return table_program(planned, numbers, factors, groups, nw.col("y")), design.mean.fixed.values


def test_a_program_reads_the_columns_of_the_design_in_memory() -> None:
    data = frame()
    asked, x = program(data)
    table = open_table(nw.from_native(data).to_polars().lazy())
    sums = scan(asked, table.batches("sum", asked.exprs, rows=70))
    own = sums.combinations()[:, : x.shape[1]]
    assert sums.names[: x.shape[1]] == ("1", "x", "a[v]", "a[w]", "t[True]", "x:a[v]", "x:a[w]")
    assert own.T @ sums.base @ own == pytest.approx(x.T @ x, abs=1e-9)
    g, nested = sums.blocks
    assert g.levels == ("-2", "7", "30", "5000000000")
    assert g.counts.tolist() == data["g"].value_counts().sort_index().tolist()
    assert len(nested.levels) == 12
    assert nested.counts.tolist() == data.value_counts(["g", "h"]).sort_index().tolist()


def test_texts_of_few_levels_are_numbered_by_the_engine() -> None:
    asked, _ = program(frame())
    assert asked.keys[0].keys == (0, 1, 2)
    assert asked.factors == (0, 1)
    assert [group.keys for group in asked.groups] == [(2,), (3, 4)]
