"""A table on an ill scale, its batches, and sums over it in extended precision."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pytest

from mixwell.design.sums.scan.sums_program import KeyColumn, LevelsOfRows, SumsProgram
from mixwell.design.sums.summed_columns import CodedFactor, Grouping, Product, SummedColumns
from mixwell.design.sums.sums import Sums
from mixwell.numeric.arrays import FloatArray

LONG = np.longdouble


@dataclass(frozen=True)
class Table:
    """Rows on a far and uneven scale: x1, x2 at 1e7, a dose, y; an arm, sites, clinics."""

    numbers: list[np.ndarray]
    arm: np.ndarray
    site: np.ndarray
    clinic: np.ndarray
    weights: np.ndarray
    sites: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def batches(self, rows: int) -> Iterator[pa.RecordBatch]:
        """Give the rows in batches, keys as whole numbers and as texts."""
        arms, sites = np.array(["ctrl", "high", "low"])[self.arm], self.sites[self.site]
        named = {f"number {k}": values for k, values in enumerate(self.numbers)}
        named |= {"key 0": pa.array(arms), "key 1": sites, "key 2": self.clinic * 1_000_003}
        named |= {"weights": self.weights}
        return iter(pa.table(named).to_batches(max_chunksize=rows))


def table(n: int = 20_000, sites: int = 300, clinics: int = 40) -> Table:
    rng = np.random.default_rng(7)
    site, arm, clinic = (rng.integers(k, size=n) for k in (sites, 3, clinics))
    site[: n // 3] = 5  # one level has a third of the rows
    x1, x2 = rng.normal(size=n), 1e7 + rng.normal(size=n)
    dose = rng.integers(5, size=n).astype(float)
    y = 1e-3 * (x1 + x2 - 1e7 + site / sites + rng.normal(size=n))
    names = rng.permutation(10 * sites)[:sites] - 50
    names.sort()
    return Table([x1, x2, dose, y], arm, site, clinic, rng.exponential(size=n) + 0.1, names)


TREATMENT = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
NAMES = ("1", "x1", "arm[high]", "arm[low]", "x2", "dose", "x1:arm[high]", "x1:arm[low]", "y")
PRODUCTS = (
    Product(),
    Product((0,)),
    Product((), ((0, 0),)),
    Product((), ((0, 1),)),
    Product((1,)),
    Product((2,)),
    Product((0,), ((0, 0),)),
    Product((0,), ((0, 1),)),
    Product((3,)),
)


def program(given: Table, *groupings: Grouping, weighted: bool = False) -> SumsProgram:
    """Return y ~ x1*arm + x2 + dose with the groupings: site, clinic, clinic:arm."""
    groups = {
        "site": LevelsOfRows((1,), tuple(map(str, given.sites))),
        "clinic": LevelsOfRows((2,), tuple(map(str, range(given.clinic.max() + 1)))),
        "clinic:arm": LevelsOfRows((2, 0), tuple(f"{k}" for k in nested(given)), nested(given)),
    }
    columns = SummedColumns(
        ("x1", "x2", "dose", "y"),
        (CodedFactor("arm", ("ctrl", "high", "low"), TREATMENT),),
        NAMES,
        PRODUCTS,
        groupings,
    )
    keys = (
        KeyColumn(None, ("ctrl", "high", "low")),
        KeyColumn(None, tuple(given.sites.tolist())),
        KeyColumn(None, tuple(1_000_003 * k for k in range(given.clinic.max() + 1))),
    )
    asked = tuple(groups[grouping.factor] for grouping in groupings)
    weights = True if weighted else None
    return SumsProgram(columns, (None,) * 4, keys, (0,), asked, weights)


def nested(given: Table) -> np.ndarray:
    return np.unique(given.clinic * 3 + given.arm)


def level_of(given: Table, factor: str) -> np.ndarray:
    if factor == "clinic:arm":
        return np.searchsorted(nested(given), given.clinic * 3 + given.arm)
    return given.site if factor == "site" else given.clinic


def basis_rows(given: Table, sums: Sums) -> np.ndarray:
    """Return the basis in extended precision, row by row."""
    made = np.ones((len(given.arm), len(sums.columns.basis)), dtype=LONG)
    for j, product in enumerate(sums.columns.basis):
        for k in product.numbers:
            x = given.numbers[k].astype(LONG)
            made[:, j] *= (x - sums.centers[k]) / sums.scales[k]
        for f, column in product.codes:
            made[:, j] *= sums.columns.factors[f].matrix[given.arm, column]
    return made


def by_level(levels: np.ndarray, n_levels: int, products: np.ndarray) -> np.ndarray:
    made = np.zeros((n_levels, *products.shape[1:]), dtype=LONG)
    np.add.at(made, levels, products)
    return made


def off(found: FloatArray, truth: np.ndarray, sizes: np.ndarray) -> float:
    """Return the largest difference, in sqrt(S_aa S_bb)."""
    return float((np.abs(found - truth) / np.sqrt(np.outer(sizes, sizes))).max())


def require_equal(sums: Sums, given: Table) -> None:
    rows = basis_rows(given, sums)
    w = given.weights.astype(LONG) if sums.weighted else np.ones(len(rows), dtype=LONG)
    truth, plain = rows.T @ (rows * w[:, None]), rows.T @ rows
    sizes = np.diagonal(truth)
    assert sums.n == len(rows)
    assert off(sums.base, truth, sizes) < 1e-12
    assert off(sums.plain, plain, np.diagonal(plain)) < 1e-12
    if sums.weighted:
        assert sums.sum_log_weights == pytest.approx(float(np.log(w).sum()), rel=1e-12)
    for block in sums.blocks:
        levels = level_of(given, block.factor)
        assert np.array_equal(block.counts, np.bincount(levels, minlength=len(block.levels)))
        z = rows[:, list(block.places)]
        cross = by_level(levels, len(block.levels), (z * w[:, None])[:, :, None] * rows[:, None])
        unit = np.sqrt(np.outer(sizes[list(block.places)], sizes))
        assert (np.abs(block.cross - cross) / unit).max() < 1e-12
    for (i, j), between in sums.between.items():
        one, two = sums.blocks[i], sums.blocks[j]
        left, right = rows[:, list(one.places)] * w[:, None], rows[:, list(two.places)]
        n_two = len(two.levels)
        code = level_of(given, one.factor) * n_two + level_of(given, two.factor)
        pairs = by_level(code, len(one.levels) * n_two, left[:, :, None] * right[:, None])
        shaped = pairs.reshape(len(one.levels), n_two, left.shape[1], right.shape[1])
        flat = shaped.transpose(0, 2, 1, 3).reshape(between.shape)
        assert np.abs(between.toarray() - flat).max() < 1e-12 * np.abs(flat).max()


SITES = Grouping("site", (0, 1))
