"""The left side of a formula on a table elsewhere: response, weights, standard errors, subset."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw

from mixwell.design.atoms.atom import TRUTH
from mixwell.design.atoms.transform_arguments import truth_argument
from mixwell.design.pushed.pushed_frame import PushedFrame
from mixwell.design.pushed.pushed_values import PushedColumns, PushedFactor, PushedTruth
from mixwell.design.response.additions import bound_arguments
from mixwell.design.response.left_hand_side import refuse_weights
from mixwell.design.response.response import ResponseKind
from mixwell.errors import DataError
from mixwell.formula import Call, Expr, Formula, Name, deparse
from mixwell.tables.lazy.lazy_table import LazyTable
from mixwell.text.names import require_column

__all__ = ["PushedResponse", "read_pushed_response"]


@dataclass(slots=True, eq=False)
class PushedResponse:
    """The columns of a left side as expressions, before rows are dropped: see `ResponseColumns`.

    `exprs` are doubles by the field of a `Response`: "values", "weights", "se"; `texts` and
    `sources` are what they were read from, without a source where weights are named. `subset` says
    in which rows are wanted. Weights of a `survey` are in units of their mean; where weights are
    `rescale`d, `unit` is what they are in units of.
    """

    name: str = ""
    kind: ResponseKind = "numeric"
    levels: tuple[str, ...] | None = None
    ordered: bool = False
    se_sigma: bool = False
    rescale: bool = False
    survey: bool = False
    unit: float = 1.0
    exprs: dict[str, nw.Expr] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    sources: dict[str, Expr | None] = field(default_factory=dict)
    subset: nw.Expr | None = None

    def put(self, name: str, expr: nw.Expr, source: Expr | None, text: str = "") -> None:
        """Add a column with what it was read from, an expression or else a `text`."""
        self.exprs[name], self.sources[name] = expr, source
        self.texts[name] = text if source is None else deparse(source)

    def of_survey(self, survey: bool) -> None:
        """Know whether the weights are those of a survey, which are in units of their mean."""
        self.survey = survey and "weights" in self.exprs
        self.rescale = self.rescale or self.survey

    def measured(self, table: LazyTable) -> None:
        """Measure weights that are to be so in units of their mean over the rows of a table."""
        if not self.rescale:
            return
        weights = self.exprs["weights"]
        found = table.aggregate("find the mean of the weights", {"mean": weights.mean()})
        self.unit = float(str(found["mean"])) or 1.0
        self.exprs["weights"] = weights / self.unit

    @property
    def precision(self) -> nw.Expr | None:
        """What each row's residual variance, or 1, is divided by: weights and known errors."""
        weights, errors = self.exprs.get("weights"), self.exprs.get("se")
        if errors is None:
            return weights
        known = nw.lit(1.0) / (errors * errors)
        return known if weights is None else known * weights

    def gaps(self) -> dict[str, nw.Expr]:
        """Return in which rows each column is missing, by its text."""
        found: dict[str, nw.Expr] = {}
        for name, expr in self.exprs.items():
            text, gap = self.texts[name], expr.is_null()
            found[text] = found[text] | gap if text in found else gap
        return found


def read_pushed_response(
    formula: Formula, frame: PushedFrame, weights: object = None
) -> PushedResponse:
    """Read the response, its additions and the weights of a model, by a query that checks them.

    Raises `FormulaError` for what stands with a response and is not read where the data lie, and
    `DataError` for values that are none of theirs.
    """
    return frame.settled(lambda: _read(formula, frame, weights))


def _read(formula: Formula, frame: PushedFrame, weights: object) -> PushedResponse:
    columns = PushedResponse()
    own = [] if formula.response is None else [formula.response]
    further = [a.value for addition in formula.additions for a in addition.args]
    called = [e for e in own if isinstance(e, Call) and e.function in _SEVERAL_PARTS]
    for response in called:
        raise frame.refused(response, f"{response.function}() as a response", _ONE_COLUMN)
    frame.each(own, frame.checked)
    for addition in formula.additions:
        if addition.name not in _ADDITIONS:
            raise frame.refused(
                Name(addition.name, span=addition.span), f"{addition.name}()", _ONE_COLUMN
            )
    frame.each([e for e in further if not _is_constant(e, frame)], frame.checked)
    for expr in own:
        _read_values(expr, frame, columns)
    for addition in formula.additions:
        add, names = _ADDITIONS[addition.name]
        add(bound_arguments(addition, frame, names), frame, columns)
    if weights is not None:
        _read_weights(weights, formula, frame, columns)
    if "weights" in columns.exprs:
        ends = _ends("weights", columns.exprs["weights"], frame)
        refuse_weights(*ends)
    return columns


_ONE_COLUMN = "A response has one column there, with weights(), se() and subset()."
#: Responses of several columns.
_SEVERAL_PARTS = frozenset({"cbind", "p", "prop", "proportion", "Surv", "mvbind"})


def _is_constant(expr: Expr, frame: PushedFrame) -> bool:
    return isinstance(frame.evaluate(expr), bool | int | float | str)


def _read_values(expr: Expr, frame: PushedFrame, columns: PushedResponse) -> None:
    columns.name = deparse(expr)
    value = frame.checked(expr)
    if isinstance(value, PushedColumns):
        raise frame.error(
            expr, f"{columns.name} has {len(value.exprs)} columns; a response has one."
        )
    if isinstance(value, PushedTruth):
        columns.levels = frame.learn((expr, "response"), lambda: TRUTH)
        columns.kind = "binary"
        columns.put("values", value.expr.cast(nw.Float64), expr)
    elif isinstance(value, PushedFactor):
        used = value.value.drop_unused()
        levels = frame.learn((expr, "response"), lambda: used.levels)
        columns.levels, columns.ordered = levels, value.ordered
        columns.kind = "binary" if len(levels) == 2 else "levels"
        numbers = [float(levels.index(x)) if x in levels else float("nan") for x in value.levels]
        columns.put("values", value.numbers(numbers), expr)
    else:
        columns.put("values", frame.column(expr), expr)


def _ends(name: str, expr: nw.Expr, frame: PushedFrame) -> tuple[float, float]:
    found: Mapping[str, Any] = frame.statistics.ask(
        ("ends", name), f"the range of {name}", lambda: {"low": expr.min(), "high": expr.max()}
    )
    return float(found["low"] or 0.0), float(found["high"] or 0.0)


def _read_weights(
    weights: object, formula: Formula, frame: PushedFrame, columns: PushedResponse
) -> None:
    if "weights" in columns.exprs:
        raise DataError(
            "Weights are given twice: by weights= and by | weights(...).",
            where=f"formula {formula.text}",
            hint="Keep one of them.",
        )
    if not isinstance(weights, str):
        raise DataError(
            "weights= holds values, and the rows lie elsewhere.",
            where=frame.table.where,
            hint="Put them into a column of the table, and give its name.",
        )
    said = f"weights= names {weights!r}, which is no column."
    name = require_column(weights, frame.columns, said, where="weights")
    if frame.table.require(name) not in ("number", "whole", "decimal"):
        raise DataError(
            "weights= must be numbers.",
            where="weights",
            hint="To leave rows out, take them out of the data, or write y | subset(condition).",
        )
    columns.put("weights", frame.table.number(name), None, name)


def _add_weights(bound: dict[str, Expr], frame: PushedFrame, columns: PushedResponse) -> None:
    columns.put("weights", frame.column(bound["x"]), bound["x"])
    columns.rescale = "scale" in bound and truth_argument(
        frame.evaluate(bound["scale"]), "scale", "weights"
    )


def _add_se(bound: dict[str, Expr], frame: PushedFrame, columns: PushedResponse) -> None:
    errors = frame.column(bound["x"])
    if _ends("se", errors, frame)[0] <= 0:
        raise DataError(
            "Known standard errors must be above 0.",
            where=f"se({deparse(bound['x'])})",
            hint="Give the standard error of each value of the response.",
        )
    columns.put("se", errors, bound["x"])
    columns.se_sigma = "sigma" in bound and truth_argument(
        frame.evaluate(bound["sigma"]), "sigma", "se"
    )


def _add_subset(bound: dict[str, Expr], frame: PushedFrame, columns: PushedResponse) -> None:
    numbers = frame.column(bound["x"])
    other = nw.when((numbers != 0.0) & (numbers != 1.0)).then(nw.lit(1.0)).otherwise(nw.lit(0.0))
    found = frame.statistics.ask(
        ("subset", bound["x"]), "which rows are wanted", lambda: {"other": other.sum()}
    )
    if found["other"]:
        raise frame.error(
            bound["x"], "subset() takes truth values.", "For example subset(age > 18)."
        )
    columns.subset = (numbers == 1.0).fill_null(False)


type Add = Callable[[dict[str, Expr], PushedFrame, PushedResponse], None]

_ADDITIONS: Mapping[str, tuple[Add, tuple[str, ...]]] = {
    "se": (_add_se, ("x", "sigma")),
    "weights": (_add_weights, ("x", "scale")),
    "subset": (_add_subset, ("x",)),
}
