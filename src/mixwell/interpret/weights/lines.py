"""A numeric variable with one column as a line: where the column is 0, and what one unit is.

The two points at which such a variable is looked at are the values where its column is 0 and 1:
0 and 1 for a plain number, the mean and one standard deviation more for `scale(x)`, 1 and e for
`log(x)`. A column that is no line in its variable (`sqrt(x)`) is its own variable.
"""

from dataclasses import dataclass, replace

import numpy as np

from mixwell.design.seen.seen import Numbers
from mixwell.formula import Call, Expr, Name, column_names, deparse
from mixwell.numeric.arrays import FloatArray
from mixwell.text.phrases import number

LOGARITHMS = ("log", "log2", "log10", "np.log", "np.log2", "np.log10", "numpy.log")
SHIFTS = ("scale", "standardize", "center")
EXACT = 1e-9


@dataclass(frozen=True, slots=True)
class Line:
    """A numeric variable read at two points.

    `quantity` is what a reader changes; its column is 0 at `origin` and 1 at `step`. `alone` is
    what a coefficient of it is, `noun` the same inside a sentence, `per` the step ("unit of Days").
    `low` and `high` are the quantity's range in the data, `at` the origin as text, `centered`
    whether that is its mean.
    """

    quantity: str
    origin: float
    step: float
    at: str
    per: str
    alone: str
    noun: str
    low: float
    high: float
    centered: bool = False

    @property
    def points(self) -> tuple[str, str]:
        """The two points as text."""
        return number(self.origin), number(self.step)


def base_of(expr: Expr) -> Expr | None:
    """Return the expression whose value a reader thinks in, None where it is `expr` itself.

    The argument of `scale()` and `center()`, of a logarithm, or the only column of `I(x / 10)`.
    """
    if isinstance(expr, Name):
        return None
    if isinstance(expr, Call) and expr.function in (*SHIFTS, *LOGARITHMS) and expr.args:
        inner = expr.args[0].value
        if column_names(inner):
            return inner
    names = column_names(expr)
    return Name(names[0]) if len(names) == 1 else None


def read_line(expr: Expr, column: FloatArray, base: Numbers | None) -> Line:
    """Find origin and step of a column `(obs,)`, given the values of its base on the same rows."""
    inner = base_of(expr)
    if inner is not None and base is not None:
        logarithm = isinstance(expr, Call) and expr.function in LOGARITHMS
        read = _logarithm if logarithm else _straight
        found = read(expr, deparse(inner), column, base)
        if found is not None:
            return found
    name = plain_text(expr)
    return _line(name, (0.0, 1.0), f"{name} = 0", "unit", column)


def line_from(expr: Expr, column: Numbers, origin: float) -> Line:
    """Return the line of a column that is counted from an origin, in steps of one."""
    name = plain_text(expr)
    at = origin_text(name, origin, column)
    return _line(name, (origin, origin + 1.0), at, "unit", column.values)


def plain_text(expr: Expr) -> str:
    """Return an expression's text without a surrounding `I()`."""
    if isinstance(expr, Call) and expr.function in ("I", "identity") and len(expr.args) == 1:
        return deparse(expr.args[0].value)
    return deparse(expr)


def _line(
    name: str, points: tuple[float, float], at: str, unit: str, values: FloatArray, size: str = ""
) -> Line:
    return Line(
        quantity=name,
        origin=points[0],
        step=points[1],
        at=at,
        per=f"{unit} of {name}{size}",
        alone=f"slope of {name} per {unit}{size}",
        noun=f"the slope of {name}" + ("" if unit == "unit" else f" per {unit}{size}"),
        low=float(np.min(values)),
        high=float(np.max(values)),
    )


def straight_line(column: FloatArray, base: FloatArray) -> tuple[float, float] | None:
    """Return origin and unit of `column = (base - origin) / unit`, None for any other."""
    first, last = int(np.argmin(base)), int(np.argmax(base))
    run, rise = float(base[last] - base[first]), float(column[last] - column[first])
    if run * rise <= 0:
        return None
    unit = run / rise
    origin = float(base[first] - unit * column[first])
    error = np.abs((base - origin) / unit - column).max()
    if error > EXACT * max(1.0, float(np.abs(column).max())):
        return None
    size = max(abs(unit), float(np.abs(base).max()))
    return (0.0 if abs(origin) < EXACT * size else origin), unit


def is_mean(value: float, base: Numbers) -> bool:
    """Whether a value is the mean of a variable that is not centered at 0 already."""
    return value != 0 and abs(value - base.mean) < EXACT * float(np.abs(base.values).max())


def origin_text(name: str, origin: float, base: Numbers) -> str:
    """Say where a column is 0, and that this is the mean where it is."""
    return f"{name} = {number(origin)}" + (" (its mean)" if is_mean(origin, base) else "")


def _straight(expr: Expr, name: str, column: FloatArray, base: Numbers) -> Line | None:
    found = straight_line(column, base.values)
    if found is None:
        return None
    origin, step = found
    unit, size = f"{number(step)} units", ""
    if abs(step - 1) < EXACT:
        unit = "unit"
    elif base.sd > 0 and abs(step / base.sd - 1) < EXACT:
        unit, size = "standard deviation", f" ({number(step)})"
    at = origin_text(name, origin, base)
    line = _line(name, (origin, origin + step), at, unit, base.values, size)
    return replace(line, centered=is_mean(origin, base))


def _logarithm(expr: Expr, name: str, column: FloatArray, known: Numbers) -> Line | None:
    """Read a logarithm as steps by a factor."""
    base = known.values
    if base.min() <= 0:
        return None
    logs = np.log(base)
    at = int(np.argmax(np.abs(logs)))
    if logs[at] == 0 or column[at] == 0:
        return None
    scale = float(logs[at] / column[at])
    if scale <= 0 or np.abs(logs / scale - column).max() > EXACT * max(1.0, abs(column[at])):
        return None
    factor = float(np.exp(scale))
    names = {"2": "doubling", "10": "tenfold increase"}
    step = names.get(number(factor), f"{number(factor)}-fold increase")
    text = deparse(expr)
    line = _line(name, (1.0, factor), f"{name} = 1", step, base)
    alone = f"slope of {text} per unit, that is per {line.per}"
    return replace(line, alone=alone, noun=f"the slope of {text}")
