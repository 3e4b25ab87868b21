"""R's `Surv()` on a left side: times with their events, read as times that are bounded."""

from collections.abc import Callable, Mapping

import numpy as np

from mixwell.design.atoms.call_arguments import BoundArguments
from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.atoms.values import Factor
from mixwell.design.response.response import ResponseColumns
from mixwell.errors import DataError
from mixwell.formula import SURV, Call, Expr, deparse
from mixwell.numeric.arrays import FloatArray

__all__ = ["read_times"]

_ARGUMENTS = ("time", "time2", "event", "type", "origin")
#: The codes of events in intervals, as R has them, by those of censoring.
_INTERVALS = {0: 1.0, 1: 0.0, 2: -1.0, 3: 2.0}


def read_times(call: Call, frame: ModelFrame, columns: ResponseColumns) -> None:
    """Read `Surv(time, status)` and its other forms as R's survival does.

    An event is 1 of 0 and 1, 2 of 1 and 2, or TRUE; `Surv(start, stop, status)` are cases that are
    seen from `start` on, "interval2" times between two ends, of which either may be missing.

    Raises
    ------
    FormulaError, DataError
        For forms and codes that there are not, with their place.
    """
    given = BoundArguments(call, _ARGUMENTS, frame)
    if "origin" in given:
        raise frame.error(given.exprs["origin"], "Surv() has no origin here.", "Subtract it.")
    kind = given.value("type")
    alone = "event" not in given and kind not in ("interval", "interval2", "counting")
    if "time2" in given and alone:
        given.exprs["event"] = given.exprs.pop("time2")
    kind = kind or ("counting" if "time2" in given else "right")
    if kind not in _READERS:
        hint = f"Choices: {', '.join(_READERS)}. Several kinds of events are one model for each."
        raise frame.error(given.exprs.get("type", call), f"Surv() has no type {kind!r}.", hint)
    read, needed = _READERS[kind]
    for name in needed:
        if name not in given:
            message = f"Surv(type = {kind!r}) needs {' and '.join(needed)}."
            raise frame.error(call, message)
    read(given.exprs, frame, columns)


def _right(exprs: Mapping[str, Expr], frame: ModelFrame, columns: ResponseColumns) -> None:
    _one_sided(exprs, frame, columns, 1.0)


def _left(exprs: Mapping[str, Expr], frame: ModelFrame, columns: ResponseColumns) -> None:
    _one_sided(exprs, frame, columns, -1.0)


def _one_sided(
    exprs: Mapping[str, Expr], frame: ModelFrame, columns: ResponseColumns, side: float
) -> None:
    _put_time(columns, frame.column(exprs["time"]), exprs["time"])
    if "event" in exprs:
        events = _events(exprs["event"], frame)
        columns.put("censoring", side * (1.0 - events), deparse(exprs["event"]))


def _counting(exprs: Mapping[str, Expr], frame: ModelFrame, columns: ResponseColumns) -> None:
    start, stop = frame.column(exprs["time"]), frame.column(exprs["time2"])
    _refuse(frame, stop <= start, exprs["time2"], stop, "is not after the start of its row")
    _put_time(columns, stop, exprs["time2"])
    columns.put("lower", start, deparse(exprs["time"]))
    if "event" in exprs:
        columns.put("censoring", 1.0 - _events(exprs["event"], frame), deparse(exprs["event"]))


def _interval(exprs: Mapping[str, Expr], frame: ModelFrame, columns: ResponseColumns) -> None:
    codes = frame.column(exprs["event"])
    known = ~np.isnan(codes)
    _refuse(
        frame,
        known & ~np.isin(codes, list(_INTERVALS)),
        exprs["event"],
        codes,
        "is no code of an interval",
        "0 is right-censored, 1 an event, 2 left-censored, 3 an interval.",
    )
    time, upper = frame.column(exprs["time"]), frame.column(exprs["time2"])
    inside = codes == 3
    _refuse(frame, inside & ~(upper > time), exprs["time2"], upper, "is not above its lower end")
    sides = np.array([_INTERVALS.get(code, np.nan) for code in codes.tolist()])
    _put_time(columns, time, exprs["time"])
    columns.put("censoring", sides, deparse(exprs["event"]))
    columns.put("censoring_upper", upper, deparse(exprs["time2"]))


def _interval2(exprs: Mapping[str, Expr], frame: ModelFrame, columns: ResponseColumns) -> None:
    low, high = (_bound(exprs[name], frame) for name in ("time", "time2"))
    _refuse(frame, high < low, exprs["time2"], high, "is below its lower end")
    from_left, from_right = np.isnan(low) | (low == -np.inf), np.isnan(high) | (high == np.inf)
    between = ~from_left & ~from_right & (low < high)
    sides = np.where(from_left, -1.0, np.where(from_right, 1.0, np.where(between, 2.0, 0.0)))
    time = np.where(from_left & from_right, np.nan, np.where(from_left, high, low))
    _put_time(columns, time, exprs["time"])
    both = f"{deparse(exprs['time'])}, {deparse(exprs['time2'])}"
    columns.put("censoring", sides, both)
    columns.put("censoring_upper", high, both)


def _put_time(columns: ResponseColumns, time: FloatArray, expr: Expr) -> None:
    columns.name = deparse(expr)
    columns.put("values", time, columns.name)


def _bound(expr: Expr, frame: ModelFrame) -> FloatArray:
    """Return one end of each interval, which may be missing or infinite."""
    value = frame.evaluate(expr)
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu":
        return frame.column(expr)
    return value.astype(float)


def _events(expr: Expr, frame: ModelFrame) -> FloatArray:
    """Return 1 for an event, 0 for none: of 0 and 1, 1 and 2, or truth values."""
    text, value = deparse(expr), frame.variable(expr)
    if isinstance(value, Factor):
        shown = ", ".join(value.levels[:6])
        several = len(value.levels) > 2
        raise frame.error(
            expr,
            f"Surv() takes a status of 0 and 1, 1 and 2, or truth values; {text} has {shown}.",
            f'Write {text} == "{value.levels[-1]}" for the event'
            + (
                "; others then end a case without it. Competing events are not modeled together."
                if several
                else "."
            ),
        )
    codes = frame.column(expr)
    two: bool = frame.learn((expr, SURV), lambda: bool(np.fmax.reduce(codes, initial=0.0) == 2))
    known = ~np.isnan(codes)
    allowed = (1, 2) if two else (0, 1)
    _refuse(
        frame,
        known & ~np.isin(codes, allowed),
        expr,
        codes,
        "is no status",
        "1 of 0 and 1 is an event, or 2 of 1 and 2, or True.",
    )
    return codes - 1.0 if two else codes


def _refuse(
    frame: ModelFrame,
    wrong: np.ndarray,
    expr: Expr,
    values: FloatArray,
    complaint: str,
    hint: str | None = None,
) -> None:
    """Refuse rows with what they have and where the first are."""
    if wrong.any():
        raise DataError(
            f"{deparse(expr)} {complaint} in {frame.rows_said(wrong, values)}.",
            where=f"Surv() of the formula {frame.text}",
            hint=hint or "Correct these rows, or leave them out.",
        )


type _Read = Callable[[Mapping[str, Expr], ModelFrame, ResponseColumns], None]

_READERS: Mapping[str, tuple[_Read, tuple[str, ...]]] = {
    "right": (_right, ("time",)),
    "left": (_left, ("time",)),
    "counting": (_counting, ("time", "time2")),
    "interval": (_interval, ("time", "time2", "event")),
    "interval2": (_interval2, ("time", "time2")),
}
