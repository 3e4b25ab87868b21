"""Random effects that leave nothing for the residuals, and the nearest formula that does.

A family with a free residual variance needs rows beyond those that the effects can fit. lme4 stops
where a term has as many effects as there are rows; so do we, unless rows plainly repeat (it is
their rank that counts), and where the residual variance is a sum of variances of effects.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from mixwell.errors import DataError
from mixwell.formula import deparse
from mixwell.numeric.saturation import RowEffects, covering
from mixwell.text.phrases import listed

if TYPE_CHECKING:
    from mixwell.design.blocks.group_block import GroupBlock
    from mixwell.design.columns.column_plan import Plan
    from mixwell.design.design import Design
    from mixwell.families import Family
    from mixwell.numeric.arrays import FloatArray

__all__ = ["FEWEST_SPARE", "Saturated", "few_spare", "find_saturated"]

_FEW_TERMS = 4
#: A variance from fewer rows is its prior's more than the data's.
FEWEST_SPARE = 5


@dataclass(frozen=True, slots=True)
class Saturated:
    """Terms whose effects take up the residuals, and the formula without that.

    `said` is what they do; `spread` is the parameter of the residual variance; `exact` is true
    where the data know no more than the sum of the variances.
    """

    terms: tuple[str, ...]
    factors: tuple[str, ...]
    said: str
    spread: str
    exact: bool
    instead: str

    def refusal(self, *, known_errors: bool) -> DataError:
        """Return the error with the formula to use; with `known_errors` the family takes those."""
        keep = 'say saturated="allow"'
        if known_errors:
            keep = f"give known standard errors (y | se(s) ~ ...), or {keep}"
        return DataError(
            f"{self.said}: effects and residuals ({self.spread}) cannot be separated.",
            where=_terms(self.terms),
            hint=f'Write "{self.instead}". To keep the term, {keep}.',
        )

    @property
    def warning(self) -> str:
        """What is said where it is allowed."""
        both = f"the variances of {listed(self.terms)} and of the residuals ({self.spread})"
        if self.exact:
            known = f"the data know only the sum of {both}"
            return f"{self.said}: {known}; how it is divided comes from their priors alone."
        return f"{self.said}: their priors, more than the data, separate {both}."


def find_saturated(design: "Design", family: "Family") -> Saturated | None:
    """Return the random effects of the mean that take up the residuals, None where none do."""
    spread = family.spread
    if spread is None:
        return None
    rows = _Rows.of(design, family)
    found = rows.saturated(design.mean.blocks)
    if found is None:
        return None
    blocks, said = found
    linear = family.linear and len(family.further) == 1
    return Saturated(
        tuple(dict.fromkeys(block.text for block in blocks)),
        tuple(dict.fromkeys(block.factor for block in blocks)),
        said,
        spread.name,
        linear and rows.sum_known(blocks),
        _formula(design, rows.nearest(list(design.mean.blocks))),
    )


@dataclass(frozen=True, slots=True)
class FewSpare:
    """A term whose effects leave the residuals few `rows`; `spread` is the residuals' parameter."""

    block: "GroupBlock"
    rows: int
    spread: str

    @property
    def said(self) -> str:
        """What that means."""
        which = (
            "one, which alone separates" if self.rows == 1 else f"{self.rows}, which alone separate"
        )
        return (
            f"The effects of {self.block.text} can fit all rows but {which} the variance of the "
            f"residuals ({self.spread}) from that of the effects, and priors decide much of it."
        )


def few_spare(design: "Design", family: "Family") -> FewSpare | None:
    """Return the term that leaves the fewest rows to the residuals, where these are few."""
    if family.spread is None:
        return None
    rows = _Rows.of(design, family)
    spare = [(block, rows.spare(block)) for block in design.mean.blocks]
    few = [
        FewSpare(b, k, family.spread.name) for b, k in spare if k is not None and k < FEWEST_SPARE
    ]
    return min(few, key=lambda found: found.rows, default=None)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a design that count: those without a weight of zero; and `scaled` residuals."""

    design: "Design"
    weights: "FloatArray | None"
    scaled: bool

    @classmethod
    def of(cls, design: "Design", family: "Family") -> "_Rows":
        """Return the rows of a design; precision weights scale residuals of families with a sd."""
        response = design.response
        none = response is None or response.known is not None  # of rows elsewhere none has weight 0
        weights = None if none or response is None else response.weights
        return cls(design, weights, family.scale is not None)

    @property
    def n(self) -> int:
        """How many rows count."""
        return self.design.n if self.weights is None else int(np.count_nonzero(self.weights))

    def effects(self, block: "GroupBlock") -> RowEffects:
        """Return what a block's effects do to the rows that count."""
        correlated = block.covariance == "full"
        if self.weights is None:
            return RowEffects(block.values, block.index, correlated)
        kept = self.weights > 0
        return RowEffects(block.values[kept], block.index[kept], correlated)

    def saturated(
        self, blocks: "Sequence[GroupBlock]"
    ) -> "tuple[Sequence[GroupBlock], str] | None":
        """Return the first blocks that take up the residuals, and how many effects they have."""
        n = self.n
        for block in blocks:
            spare = self.spare(block)
            if spare is not None and spare < FEWEST_SPARE and block.n_levels * _joint(block) >= n:
                return (block,), _size(block, n)
        covered = self.covered(blocks)
        if covered is None:
            return None
        terms = _terms(list(dict.fromkeys(block.text for block in covered)))
        does = "lets" if terms.startswith("term ") else "let"
        return covered, f"The {terms} {does} rows vary as residuals do"

    def spare(self, block: "GroupBlock") -> int | None:
        """Return how many rows effects that share a covariance leave, None where many are left."""
        joint = _joint(block)
        if block.n_levels * joint <= self.n - FEWEST_SPARE:
            return None
        parts = np.split(np.arange(len(block.effects)), len(block.effects) // joint)
        return min(self.design.seen.spare_rows(block, part.tolist()) for part in parts)

    def covered(self, blocks: "Sequence[GroupBlock]") -> "list[GroupBlock] | None":
        """Return the blocks whose variances sum to that of the residuals, None where none do."""
        fixed = self.design.mean.fixed
        left = self.n - len(fixed.names)
        if not 0 < left <= sum(block.n_levels * len(block.effects) for block in blocks):
            return None
        values, residual = fixed.values, np.ones(self.design.n)
        if self.weights is not None:
            kept = self.weights > 0
            values, residual = values[kept], residual[kept]
            residual = residual / self.weights[kept] if self.scaled else residual
        found = covering([self.effects(block) for block in blocks], residual, values)
        return None if found is None else [blocks[k] for k in found]

    def sum_known(self, blocks: "Sequence[GroupBlock]") -> bool:
        """Return whether the data know no more than the sum of the variances, as far as is seen."""
        return self.design.elsewhere is None and self.covered(blocks) is not None

    def nearest(self, blocks: "list[GroupBlock]") -> "list[GroupBlock]":
        """Return blocks that leave room for residuals: as given, but for the fewest effects.

        Of rows elsewhere, with which smaller terms cannot be tried, terms go whole.
        """
        while (found := self.saturated(blocks)) is not None:
            *_, last = found[0]
            place = blocks.index(last)
            before, after = blocks[:place], blocks[place + 1 :]
            if self.design.elsewhere is not None:
                blocks = [*before, *after]
                continue
            for smaller in self.reductions(last, [*before, *after]):
                if self.saturated([*before, smaller, *after]) is None:
                    return [*before, smaller, *after]
            blocks = [*before, *after]
        return blocks

    def reductions(
        self, block: "GroupBlock", others: "Sequence[GroupBlock]"
    ) -> "Iterator[GroupBlock]":
        """Yield the block with fewer effects, as many as can be first; then with fewer levels.

        What already varies over a factor, or is a fixed effect of each of its levels, is not asked
        to vary over it again.
        """
        fixed = {term.name for term in self.design.mean.fixed.plan.terms}
        taken = {other.factor for other in others if "Intercept" in other.effects}
        yield from _fewer_effects(block, own_intercept=block.factor not in fixed | taken)
        if block.plan.terms or len(block.parts) == 1:
            return
        wider = [_wider(block, left_out) for left_out in range(len(block.parts))]
        if not any(each.factor in taken for each in wider):
            free = [each for each in wider if each.factor not in fixed]
            yield from sorted(free, key=lambda each: -each.n_levels)


def _joint(block: "GroupBlock") -> int:
    """Return how many effects of a level share a covariance."""
    return len(block.effects) if block.covariance == "full" else 1


def _fewer_effects(block: "GroupBlock", *, own_intercept: bool) -> "Iterator[GroupBlock]":
    plan = block.plan
    ends = np.cumsum([term.width for term in plan.terms], dtype=int) + plan.intercept
    columns = [range(end - t.width, end) for t, end in zip(plan.terms, ends.tolist(), strict=True)]
    for kept in _subsets(plan):
        chosen = [*range(plan.intercept), *(c for k in kept for c in columns[k])]
        less = replace(plan, terms=tuple(plan.terms[k] for k in kept))
        yield _with_plan(block, less, block.values[:, chosen])
    if not plan.intercept and own_intercept:
        ones = np.ones((len(block.rows), 1))
        yield _with_plan(block, replace(plan, intercept=True, terms=()), ones)


def _subsets(plan: "Plan") -> "Iterator[tuple[int, ...]]":
    """Yield which terms to keep, most of them first: none without those that it contains."""
    count, sets = len(plan.terms), [{e.atom.expr for e in term.variables} for term in plan.terms]
    for size in range(count - 1, -1 if plan.intercept else 0, -1):
        if count > _FEW_TERMS or not plan.intercept:  # without one codings hang on what is first
            yield tuple(range(size))
            continue
        for kept in combinations(range(count), size):
            inside = {k for k in range(count) for whole in kept if sets[k] <= sets[whole]}
            if inside == set(kept):
                yield kept


def _with_plan(block: "GroupBlock", plan: "Plan", values: "FloatArray") -> "GroupBlock":
    names = plan.names()
    bar = "||" if block.covariance == "diagonal" and len(names) > 1 else "|"
    bars = bar if block.id is None else f"| {block.id} |"
    terms = [term.name for term in plan.terms]
    effects = " + ".join(terms if plan.intercept else ["0", *terms]) or "1"
    return replace(
        block,
        plan=plan,
        values=values,
        effects=tuple(name for name, _ in names),
        r_effects=tuple(r for _, r in names),
        text=f"({effects} {bars} {block.factor})",
    )


def _wider(block: "GroupBlock", left_out: int) -> "GroupBlock":
    """Return the block grouped by its factor's parts but one."""
    kept = [k for k in range(len(block.parts)) if k != left_out]
    sizes = [len(block.part_levels[k]) for k in kept]
    codes = np.unravel_index(block.cells[block.index], [len(names) for names in block.part_levels])
    cells, index = np.unique(
        np.ravel_multi_index([codes[k] for k in kept], sizes), return_inverse=True
    )
    parts = tuple(block.parts[k] for k in kept)
    smaller = replace(
        block,
        factor=":".join(map(deparse, parts)),
        levels=tuple(map(str, cells.tolist())),
        index=index.astype(np.int64),
        parts=parts,
        part_levels=tuple(block.part_levels[k] for k in kept),
        cells=cells,
    )
    return _with_plan(smaller, block.plan, block.values)


def _formula(design: "Design", blocks: "Sequence[GroupBlock]") -> str:
    """Write the mean's formula with other random effects; nested ones stand by themselves."""
    formula, before = design.mean.formula, [block.text for block in design.mean.blocks]
    whole = all(before.count(b.text) == sum(b.text == o.text for o in blocks) for b in blocks)
    terms = [
        block.text
        if whole or before.count(block.text) < 2
        else _with_plan(block, block.plan, block.values).text
        for block in blocks
    ]
    return " + ".join(dict.fromkeys([str(replace(formula, groups=())), *terms]))


def _size(block: "GroupBlock", n: int) -> str:
    width, levels = _joint(block), block.n_levels
    if width == 1 and levels >= n:
        return f"The grouping factor {block.factor} has a level for each of the {n:,} rows"
    each = f"{levels:,} levels of {block.factor}, {width} each"
    return f"The term {block.text} has {levels * width:,} effects ({each}) for {n:,} rows"


def _terms(texts: Sequence[str]) -> str:
    return f"{'term' if len(texts) == 1 else 'terms'} {listed(list(texts))}"
