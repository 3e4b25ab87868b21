"""What columns sums are taken of: products of numbers and of coded factors, without their rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from mixwell.design.atoms.atom import FactorAtom
from mixwell.design.columns.column_plan import Plan, PlannedTerm
from mixwell.formula import Expr
from mixwell.numeric.arrays import FloatArray

__all__ = [
    "CodedFactor",
    "Grouping",
    "Product",
    "SummedColumns",
    "plan_products",
    "term_products",
]


@dataclass(frozen=True, slots=True)
class Product:
    """A product of numbers and of columns of coded factors, each by its place; of none it is 1.

    `numbers` are places among the numbers, `codes` pairs of a factor's place and a column of it.
    """

    numbers: tuple[int, ...] = ()
    codes: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, eq=False)
class CodedFactor:
    """A factor of the fixed or random effects with its coding, `matrix` (n_levels, n_columns)."""

    name: str
    levels: tuple[str, ...]
    matrix: FloatArray


@dataclass(frozen=True, slots=True)
class Grouping:
    """A grouping factor and its effects, which are places among the columns; `parts` of a:b."""

    factor: str
    effects: tuple[int, ...]
    parts: int = 1


@dataclass(frozen=True, eq=False)
class SummedColumns:
    """The columns of a model without its rows: 1 first, those of X and of Z, the response last.

    `numbers` name the numeric variables, the response last. `learned` holds by name what a variable
    took from the rows that it was learned on (means, knots), as numbers.

    Examples
    --------
    >>> factor = CodedFactor("a", ("u", "v"), np.array([[0.0], [1.0]]))
    >>> own = (Product(), Product((0,), ((0, 0),)), Product((1,)))
    >>> columns = SummedColumns(("x", "y"), (factor,), ("1", "x:a[v]", "y"), own, ())
    >>> columns.basis  # what x:a[v] is made of wherever x counts from
    (Product(numbers=(), codes=()), Product(numbers=(), codes=((0, 0),)), ...)
    """

    numbers: tuple[str, ...]
    factors: tuple[CodedFactor, ...]
    names: tuple[str, ...]
    products: tuple[Product, ...]
    groupings: tuple[Grouping, ...]
    learned: tuple[tuple[str, tuple[float, ...]], ...] = ()

    @cached_property
    def basis(self) -> tuple[Product, ...]:
        """The products that columns are made of, wherever numbers count from: 1 first, y last.

        With x counted from c, x z is a combination of 1, x - c, z and (x - c) z. Every number is
        among them by itself, too, so that its mean and spread are known.
        """
        found: dict[Product, None] = {Product(): None}
        for product in self.products[:-1]:
            for size in range(len(product.numbers) + 1):
                for part in combinations(product.numbers, size):
                    found[Product(part, product.codes)] = None
        alone = dict.fromkeys(Product((k,)) for k in range(len(self.numbers) - 1))
        return (*(found | alone), Product((len(self.numbers) - 1,)))

    @cached_property
    def places(self) -> Mapping[Product, int]:
        """The place of each product in the basis."""
        return {product: place for place, product in enumerate(self.basis)}

    def block_basis(self, grouping: Grouping) -> tuple[int, ...]:
        """Return the places in the basis of what a grouping's effects are made of."""
        found: dict[int, None] = {}
        for effect in grouping.effects:
            product = self.products[effect]
            for size in range(len(product.numbers) + 1):
                for part in combinations(product.numbers, size):
                    found[self.places[Product(part, product.codes)]] = None
        return tuple(found)

    def coefficients(
        self,
        products: Sequence[Product],
        centers: FloatArray,
        scales: FloatArray,
        origins: FloatArray | None = None,
        units: FloatArray | None = None,
    ) -> FloatArray:
        """Return products as combinations of the basis, (basis, products).

        In the basis numbers are (x - center) / scale; in the products they are
        (x - origin) / unit, of old 0 and 1. All are (numbers,).
        """
        own = np.ones(len(centers)) if units is None else units
        shift = (centers if origins is None else centers - origins) / own
        factor = scales / own
        made = np.zeros((len(self.basis), len(products)))
        for j, product in enumerate(products):
            for size in range(len(product.numbers) + 1):
                for part in combinations(product.numbers, size):
                    rest = [a for a in product.numbers if a not in part]
                    weight = np.prod(factor[list(part)]) * np.prod(shift[rest])
                    if weight != 0:
                        made[self.places[Product(part, product.codes)], j] = weight
        return made


def plan_products(
    plan: Plan,
    numbers: Mapping[Expr, Sequence[int]],
    factors: Mapping[tuple[Expr, bool], int],
) -> list[Product]:
    """Return the columns of a plan as products, the intercept as that of nothing."""
    return [p for term in plan.all_terms for p in term_products(term, numbers, factors)]


def term_products(
    term: PlannedTerm,
    numbers: Mapping[Expr, Sequence[int]],
    factors: Mapping[tuple[Expr, bool], int],
) -> list[Product]:
    """Return the columns of a planned term as products.

    `numbers` are the places of each numeric variable's columns, `factors` that of each factor by
    its expression and whether it has one column a level.
    """
    made = []
    for parts in term.parts():
        own: list[int] = []
        codes: list[tuple[int, int]] = []
        for entry, column in zip(term.variables, parts, strict=True):
            if isinstance(entry.atom, FactorAtom):
                codes.append((factors[entry.atom.expr, entry.full], column))
            else:
                own.append(numbers[entry.atom.expr][column])
        made.append(Product(tuple(sorted(own)), tuple(sorted(codes))))
    return made
