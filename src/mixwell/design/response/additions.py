"""What brms adds to a response after a bar: trials, se, weights, cens, trunc, subset."""

from collections.abc import Callable, Mapping

import numpy as np

from mixwell.design.atoms.model_frame import FormulaReader, ModelFrame
from mixwell.design.atoms.transform_arguments import truth_argument
from mixwell.design.atoms.values import Factor
from mixwell.design.response.response import ResponseColumns
from mixwell.errors import DataError
from mixwell.formula import Addition, Expr, Name, deparse
from mixwell.numeric.arrays import FloatArray

CENSORING = {"left": -1, "none": 0, "right": 1, "interval": 2}


def add_to_response(addition: Addition, frame: ModelFrame, columns: ResponseColumns) -> None:
    """Read one addition into the columns of its response; raises with the place."""
    add, names = _ADDITIONS[addition.name]
    add(bound_arguments(addition, frame, names), frame, columns)


def bound_arguments(
    addition: Addition, frame: FormulaReader, names: tuple[str, ...]
) -> dict[str, Expr]:
    """Match an addition's arguments to their names; `FormulaError` for others."""
    bound: dict[str, Expr] = {}
    for position, argument in enumerate(addition.args):
        name = argument.name or (names[position] if position < len(names) else None)
        if name not in names or name in bound:
            raise frame.error(
                argument.value, f"{addition.name}() is written {addition.name}({', '.join(names)})."
            )
        bound[name] = argument.value
    if not bound:
        hint = f"Write {addition.name}({', '.join(names)})."
        place = Name(addition.name, span=addition.span)
        raise frame.error(place, f"{addition.name}() is empty.", hint)
    return bound


def _add_trials(bound: dict[str, Expr], frame: ModelFrame, columns: ResponseColumns) -> None:
    if columns.kind == "trials":
        raise frame.error(bound["n"], "The response already says its trials.")
    if columns.kind == "counts":
        _require_sums(frame.column(bound["n"]), bound["n"], frame, columns)
        return
    if columns.kind != "numeric":
        raise frame.error(bound["n"], "trials() goes with a count of successes, not with levels.")
    columns.put_trials(frame.column(bound["n"]), deparse(bound["n"]))


def _require_sums(
    trials: FloatArray, expr: Expr, frame: ModelFrame, columns: ResponseColumns
) -> None:
    """Refuse trials of counts, which are their sums, that are others."""
    sums = columns.arrays["trials"]
    apart = (trials != sums) & ~np.isnan(trials) & ~np.isnan(sums)
    if apart.any():
        raise DataError(
            f"{columns.name} adds up to {sums[apart][0]:g} where trials({deparse(expr)}) is "
            f"{trials[apart][0]:g}.",
            where=frame.first_row(apart),
            hint="Trials are the sums of the counts: leave trials() out.",
        )


def _add_se(bound: dict[str, Expr], frame: ModelFrame, columns: ResponseColumns) -> None:
    errors = frame.column(bound["x"])
    if np.any(errors <= 0):
        raise DataError(
            "Known standard errors must be above 0.",
            where=f"se({deparse(bound['x'])}), {frame.first_row(errors <= 0)}",
            hint="Give the standard error of each value of the response.",
        )
    columns.put("se", errors, deparse(bound["x"]))
    columns.se_sigma = "sigma" in bound and truth_argument(
        frame.evaluate(bound["sigma"]), "sigma", "se"
    )


def _add_weights(bound: dict[str, Expr], frame: ModelFrame, columns: ResponseColumns) -> None:
    columns.put("weights", frame.column(bound["x"]), deparse(bound["x"]))
    columns.rescale = "scale" in bound and truth_argument(
        frame.evaluate(bound["scale"]), "scale", "weights"
    )


def _add_censoring(bound: dict[str, Expr], frame: ModelFrame, columns: ResponseColumns) -> None:
    codes, y = _censoring_codes(bound["x"], frame), columns.arrays.get("values")
    columns.put("censoring", codes, deparse(bound["x"]))
    if np.any(codes == 2) and "y2" not in bound:
        raise frame.error(bound["x"], "Interval-censored rows need their upper end: cens(c, y2).")
    if "y2" in bound:
        upper = frame.column(bound["y2"])
        wrong = np.zeros(len(codes), dtype=bool) if y is None else (codes == 2) & ~(upper > y)
        if wrong.any():
            raise frame.error(
                bound["y2"],
                "The upper end of an interval must be above the response; "
                f"{deparse(bound['y2'])} is not in {frame.rows_said(wrong, upper)}.",
            )
        columns.put("censoring_upper", upper, deparse(bound["y2"]))


def _censoring_codes(expr: Expr, frame: ModelFrame) -> FloatArray:
    """Return the codes of censoring: numbers or truth values, or names and what begins them."""
    value = frame.variable(expr)
    if isinstance(value, Factor):
        table = np.array([*map(_code, value.levels), np.nan])
        codes, shown = table[value.codes], value.labels().tolist()
        wrong = (value.codes >= 0) & np.isnan(codes)
    else:
        codes = frame.column(expr)
        shown, wrong = codes, ~np.isnan(codes) & ~np.isin(codes, (-1, 0, 1, 2))
    if np.any(wrong):
        raise frame.error(
            expr,
            f"cens() met an unknown code in {frame.rows_said(wrong, shown)}.",
            "Use left, none, right, interval, or -1, 0, 1, 2; True is right.",
        )
    return codes


def _code(level: str) -> float:
    """Return a level's code of censoring, not-a-number where it has none."""
    names = [*CENSORING, *map(str, CENSORING.values()), "False", "True"]
    codes = [*CENSORING.values(), *CENSORING.values(), 0, 1]
    return next(
        (float(code) for name, code in zip(names, codes, strict=True) if name.startswith(level)),
        np.nan,
    )


def _add_truncation(bound: dict[str, Expr], frame: ModelFrame, columns: ResponseColumns) -> None:
    limits = {name: _limit(expr, frame) for name, expr in bound.items()}
    empty = np.greater(limits.get("lb", -np.inf), limits.get("ub", np.inf))
    if np.any(empty):
        raise DataError(
            "The lower truncation bound lies above the upper one in "
            f"{frame.rows_said(empty, np.broadcast_to(limits['lb'], len(frame)))}.",
            where="trunc()",
            hint="Write trunc(lb = lower, ub = upper).",
        )
    for name, expr in bound.items():
        _refuse_outside(name, expr, limits[name], frame, columns.arrays.get("values"))
        columns.put("lower" if name == "lb" else "upper", limits[name], deparse(expr))


def _refuse_outside(
    name: str, expr: Expr, limit: FloatArray, frame: ModelFrame, y: FloatArray | None
) -> None:
    if y is None:
        return
    outside = y < limit if name == "lb" else y > limit
    if outside.any():
        raise DataError(
            f"{int(outside.sum())} responses lie outside the truncation bounds: "
            f"{frame.rows_said(outside, y)}.",
            where=f"trunc({name}={deparse(expr)}), {frame.first_row(outside)}",
            hint="Truncation says that such rows cannot have been observed.",
        )


def _limit(expr: Expr, frame: ModelFrame) -> FloatArray:
    value = frame.evaluate(expr)
    if isinstance(value, float | int):  # a number may be infinite here
        return np.full(len(frame), float(value))
    return frame.column(expr)


def _add_subset(bound: dict[str, Expr], frame: ModelFrame, columns: ResponseColumns) -> None:
    numbers = frame.column(bound["x"])
    if not np.isin(numbers[~np.isnan(numbers)], (0, 1)).all():
        raise frame.error(
            bound["x"], "subset() takes truth values.", "For example subset(age > 18)."
        )
    columns.subset = numbers == 1


type Add = Callable[[dict[str, Expr], ModelFrame, ResponseColumns], None]

_ADDITIONS: Mapping[str, tuple[Add, tuple[str, ...]]] = {
    "trials": (_add_trials, ("n",)),
    "se": (_add_se, ("x", "sigma")),
    "weights": (_add_weights, ("x", "scale")),
    "cens": (_add_censoring, ("x", "y2")),
    "trunc": (_add_truncation, ("lb", "ub")),
    "subset": (_add_subset, ("x",)),
}
