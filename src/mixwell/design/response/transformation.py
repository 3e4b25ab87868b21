"""A response that is computed from a column by steps that can be undone, and the way back.

`log(y + 1)`, `1/rt`, `scale(sqrt(y))`: a chain of functions of one expression with constants. Each
step knows its inverse and the inverse's derivative, so that answers on the scale of the model can
be taken back to what was measured.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mixwell.design.atoms.atom import NumericAtom
from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.response.response_steps import (
    CALLED,
    WITH_LEFT,
    WITH_RIGHT,
    ResponseStep,
    learned_step,
)
from mixwell.errors import MixwellError
from mixwell.formula import Binary, Call, Expr, Name, Paren, Unary, deparse
from mixwell.numeric.arrays import FloatArray

__all__ = ["Transformation", "transformation_in", "transformation_of"]

#: How far values that are taken back may be from those of the data, in units of their size.
_SAME = 1e-6
#: Calls that leave numbers as they are, and those with a memory of origin and unit.
_UNCHANGED = frozenset({"I", "identity", "as.numeric"})
_LEARNED = frozenset({"scale", "center"})
#: What the first argument may be called.
_FIRST = (None, "x", "U", "y", "p")


@dataclass(frozen=True, eq=False)
class Transformation:
    """How a response is computed from `source`, what was measured, and the way back.

    `text` is the response as the formula has it, `steps` go from the source outwards; `compared` is
    the text of that of which differences are ratios or odds ratios, nothing where they are neither;
    `typical` is the median size of what was measured.

    >>> import pandas as pd
    >>> from mixwell.design.design import build_design
    >>> from mixwell.formula import parse_formula
    >>> data = pd.DataFrame({"y": [1.0, 10.0, 1000.0]})
    >>> design = build_design([parse_formula("log10(y) ~ 1")], data)
    >>> found = transformation_of(design.mean.formula.response, design.frame)
    >>> found.source, found.back(np.array([0.0, 2.0])), found.comparison
    ('y', array([  1., 100.]), 'ratio')
    """

    text: str
    source: str
    steps: tuple[ResponseStep, ...]
    compared: str = ""
    typical: float = 0.0

    @property
    def affine(self) -> bool:
        """Whether the response is what was measured with another origin and unit."""
        return self._bent is None

    @property
    def pole(self) -> bool:
        """Whether what is taken back becomes infinite between values of the response."""
        return any(step.pole for step in self.steps)

    @property
    def comparison(self) -> Literal["ratio", "odds ratio"] | None:
        """What differences of the response are: "ratio", "odds ratio", or None."""
        return self.steps[self._bent or 0].comparison if self.compared else None

    @property
    def power(self) -> str:
        """How a difference becomes a ratio, in words; nothing where its unit was changed after."""
        if not self.compared or self._bent != len(self.steps) - 1:
            return ""
        base = np.exp(self.steps[-1].unit)
        return "exp() of a difference" if self.steps[-1].unit == 1 else f"{base:.6g}^difference"

    @property
    def _bent(self) -> int | None:
        """The place of the first step that is no change of origin and unit."""
        return next((k for k, step in enumerate(self.steps) if not step.affine), None)

    def logs(self, values: FloatArray) -> FloatArray:
        """Return the logarithms, or log odds, of what is compared at values of the response."""
        bent = self._bent
        assert bent is not None
        for step in reversed(self.steps[bent + 1 :]):
            values = step.back(values)
        return np.asarray(values * self.steps[bent].unit)

    def back(self, values: FloatArray) -> FloatArray:
        """Return what was measured at values of the response, of any shape."""
        with np.errstate(all="ignore"):
            for step in reversed(self.steps):
                values = step.back(values)
        return np.asarray(values)

    def slope(self, values: FloatArray) -> FloatArray:
        """Return the derivative of what was measured along the response."""
        total = np.ones(np.shape(values))
        with np.errstate(all="ignore"):
            for step in reversed(self.steps):
                total, values = total * step.rise(values), step.back(values)
        return np.asarray(total)


def transformation_in(
    examples: Callable[[Sequence[NumericAtom]], ModelFrame], response: Expr
) -> Transformation | None:
    """Return how a response is computed from what was measured, None where that has no way.

    `examples` gives rows of the data with what the response is computed from.
    """
    if isinstance(response, Name):
        return None
    return transformation_of(response, examples([NumericAtom(response, deparse(response))]))


def transformation_of(expr: Expr, frame: ModelFrame) -> Transformation | None:
    """Return how a response is computed from what was measured, on the rows of a model frame.

    None where it is no chain of functions that can be undone on the data: sums of columns,
    functions of the user's, `abs(y)`, a square of numbers on both sides of 0. Arithmetic alone is a
    choice of unit and origin, and not undone: `y / 10`, `y - 100`.
    """
    found: list[
        tuple[ResponseStep, Expr]
    ] = []  # each step with what it is a step from, from outside
    source = expr
    while (inner := _step_of(source, frame)) is not None:
        found += [] if inner[1] is None else [(inner[1], source)]
        source = inner[0]
    while found and found[-1][0].proportional:  # a unit that was chosen, as in log(rt / 1000)
        source = found.pop()[1]
    if all(step.arithmetic for step, _ in found):
        return None
    insides = [whole for _, whole in found[1:]] + [source]
    chain = [(step, inside) for (step, _), inside in zip(found, insides, strict=True)][::-1]
    steps = tuple(step for step, _ in chain)
    try:
        measured, values = frame.column(source), frame.column(expr)
    except MixwellError:
        return None
    known = ~(np.isnan(measured) | np.isnan(values))
    sizes = np.abs(measured[known]) if known.any() else np.zeros(1)
    size, typical = sizes.max(), float(np.median(sizes))
    made = Transformation(deparse(expr), deparse(source), steps, _compared(chain), typical)
    same = np.abs(made.back(values[known]) - measured[known]) <= _SAME * size
    return made if same.all() else None


def _compared(chain: Sequence[tuple[ResponseStep, Expr]]) -> str:
    """Return the text of what exp() of a difference compares.

    Nothing where other steps than changes of origin and unit stand next to a logarithm.
    """
    bent = [(step, inside) for step, inside in chain if not step.affine]
    if len(bent) != 1 or bent[0][0].comparison is None:
        return ""
    ((step, inside),) = bent
    return deparse(inside) + (f" + {step.added:g}" if step.added else "")


def _step_of(expr: Expr, frame: ModelFrame) -> tuple[Expr, ResponseStep | None] | None:
    """Return what an expression is a step from, and the step: None for brackets and `I()`."""
    if isinstance(expr, Paren):
        return expr.inner, None
    if isinstance(expr, Unary) and expr.op in "+-" and _constant(expr, frame) is None:
        return expr.operand, WITH_RIGHT["*"](-1.0) if expr.op == "-" else None
    if isinstance(expr, Call):
        return _called(expr, frame)
    if not isinstance(expr, Binary):
        return None
    left, right = _constant(expr.left, frame), _constant(expr.right, frame)
    if left is None and right is not None and expr.op in WITH_RIGHT:
        return expr.left, WITH_RIGHT[expr.op](right)
    if left is not None and right is None and expr.op in WITH_LEFT:
        return expr.right, WITH_LEFT[expr.op](left)
    return None


def _called(node: Call, frame: ModelFrame) -> tuple[Expr, ResponseStep | None] | None:
    """Return what a function is called on, and its step."""
    if not node.args:
        return None
    first, *others = node.args
    name = node.function.removeprefix("numpy.").removeprefix("np.")
    if name in _UNCHANGED and not others:
        return first.value, None
    if name in _LEARNED and node in frame.memory:
        return first.value, learned_step(frame.memory[node])
    values = [_constant(each.value, frame) for each in others]
    constants = [value for value in values if value is not None]
    if name not in CALLED or len(constants) < len(others) or first.name not in _FIRST:
        return None
    try:
        return first.value, CALLED[name](*constants)
    except TypeError:
        return None


def _constant(expr: Expr, frame: ModelFrame) -> float | None:
    """Return the number that an expression is on all rows, None where it depends on the row."""
    try:
        value = frame.evaluate(expr)
    except MixwellError:
        return None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
