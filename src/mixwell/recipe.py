"""The choices that a user makes for a model, as given: what `Model` reads and `Fit.save` writes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import pandas as pd
from numpy.typing import ArrayLike

from mixwell.design.design import learn_design
from mixwell.design.elsewhere.learned_elsewhere import learn_elsewhere
from mixwell.design.from_sums.learned_from_sums import learn_from_sums
from mixwell.design.response.left_hand_side import weights_source
from mixwell.design.sums.sums import Sums
from mixwell.errors import DataError, FormulaError, require_truth
from mixwell.families import Family, get_family
from mixwell.families.correlated_residuals import correlated
from mixwell.families.lookup import why_not_specific
from mixwell.families.responses.weight_kinds import ModelWeights
from mixwell.families.several import response_parameter, several
from mixwell.formula import Argument, Call, Expr, Formula, Name, deparse, parse_formula
from mixwell.formula.brms_call import split_calls
from mixwell.formula.left_side import MVBIND
from mixwell.formula.syntax import column_names, walk
from mixwell.specify.spec import Spec, build_spec, require_parameters
from mixwell.tables.frame import read_data
from mixwell.tables.lazy.lazy_table import LazyTable
from mixwell.tables.lazy.table_cells import TableCells, said_of_cells, table_cells


@dataclass(frozen=True, slots=True, eq=False)
class Recipe:
    """Formula, data and choices, from which a specification can be made again.

    `data` is the user's frame with all its rows; every other field is the argument of `Model` with
    the same name. Weights that are a column of the data are kept as its name, so that new rows have
    theirs. Of a `table` that stays where it lies, and of `sums` of one, `data` has the columns and
    no row. Where a table was counted, `data` has its distinct rows, the column `counted` says of
    how many of the table's rows each is, and `counted_at` where that table lay.
    """

    formulas: tuple[str, ...]
    data: pd.DataFrame
    family: str | Family | Sequence[str | Family] = "gaussian"
    link: str | None = None
    priors: Mapping[str, object] | None = None
    contrasts: Mapping[str, object] | None = None
    weights: str | ArrayLike | None = None
    weight_kind: str | None = None
    missing: str = "drop"
    functions: Mapping[str, Callable[..., object]] | None = None
    saturated: str = "refuse"
    rescor: bool = False
    table: LazyTable | None = None
    sums: Sums | None = None
    counted: str | None = None
    counted_at: str | None = None

    def __post_init__(self) -> None:
        """Know the column that the weights were taken from."""
        object.__setattr__(self, "weights", weights_source(self.weights, self.data))

    def parsed(self) -> tuple[Formula, ...]:
        """Read the formulas, the first for the mean, the others for further parameters.

        Formulas with other responses make one of several, `mvbind(y1, y2)`. Raises `FormulaError`
        with a caret under what is not understood, when the first has no response, and when two are
        for the same parameter, such as another one for the mean.
        """
        first, *others = (parse_formula(text) for text in self.formulas)
        if first.response is None:
            raise FormulaError(
                "The formula has no response.", text=first.text, start=0, hint="Write y ~ x."
            )
        first, others = self._joined(first, others)
        parameters = [
            formula if formula.parameter else formula.for_parameter() for formula in others
        ]
        names = [formula.parameter for formula in parameters]
        mean = {"mean", *(f.location.name for f in self._families() if not f.location.location)}
        for formula in others:
            left = formula.response
            if isinstance(left, Name) and left.name in mean:
                raise FormulaError(
                    f"There are two formulas for {left.name}: the first is that of the mean.",
                    text=formula.text,
                    start=0,
                    hint="Put the terms of both into the first.",
                )
        for formula in parameters:
            if names.count(formula.parameter) > 1:
                raise FormulaError(
                    f"There are two formulas for {formula.parameter}.", text=formula.text, start=0
                )
        return first, *parameters

    def _joined(self, first: Formula, others: Sequence[Formula]) -> tuple[Formula, list[Formula]]:
        """Put the responses of all formulas into the first, which is then for the first of them."""
        known = {p.name for family in self._families() for p in family.further}
        columns = set(map(str, self.data.columns))
        rest, responses = list[Formula](), _responses(first.response)
        added = [(first, addition) for addition in first.additions]
        for formula in others:
            left = formula.response
            read = set() if left is None else set(column_names(left))
            alone = isinstance(left, Name) and (left.name in known or left.name not in columns)
            if left is None or alone or (read & known and not read & columns):
                rest.append(formula)
            else:
                responses.append(left)
                added += [(formula, addition) for addition in formula.additions]
                name = response_parameter(deparse(left))
                rest.append(replace(formula, parameter=name, response=None))
        if len(responses) < 2:
            return first, rest
        for formula, addition in added:
            raise FormulaError.at(
                addition.span,
                f"{addition.name}() belongs to one response, and several have the same rows here, "
                "each with a density of its own.",
                formula.text,
                _INSTEAD.get(addition.name, "Fit one model for each response."),
            )
        if self.weights is not None and not self._counts_weigh:
            raise DataError(
                "Several responses have no weights.",
                where="weights",
                hint="Fit one model for each response.",
            )
        arguments = tuple(map(Argument, responses))
        return replace(first, response=Call(MVBIND, arguments)), rest

    def _families(self) -> list[Family]:
        """Return the families that were named, one for all responses or one for each."""
        given: Any = self.family
        listed = list(given) if isinstance(given, list | tuple) and given else [given]
        return [get_family(each, self.link) for each in listed]

    def columns(self) -> list[str]:
        """Return the data columns that the model reads, in the order of the data."""
        used = set(self._columns_of_formulas())
        used |= {name for name in (self.weights, self.counted) if isinstance(name, str)}
        return [name for name in map(str, self.data.columns) if name in used]

    @property
    def _counts_weigh(self) -> bool:
        """Whether rows weigh as much as there were of them in the table that was counted."""
        return isinstance(self.weights, str) and self.weights == self.counted

    @property
    def _unread(self) -> frozenset[object]:
        """The columns of counted rows that say how often these are there, and how often count."""
        ours = () if self.counted is None else (self.counted, self.weights)
        return frozenset(name for name in ours if isinstance(name, str))

    def _columns_of_formulas(self) -> list[str]:
        """Return the data columns that the formulas read, in the order of the data."""
        parsed = self.parsed()
        parts = [part for f in parsed for part in (f.fixed, *(g.effects for g in f.groups))]
        names = [str(column) for column in self.data.columns if column not in self._unread]
        if any(node == Name(".") for part in parts for node in walk(part)):
            return names
        used = {column for formula in parsed for column in formula.columns}
        return [name for name in names if name in used]

    @classmethod
    def names(cls) -> list[str]:
        """Return the names of the arguments of `Model`, without its formula."""
        return [f.name for f in fields(cls) if f.name not in _NO_ARGUMENTS]

    def changes(self, changes: Mapping[str, Any]) -> tuple["Recipe", dict[str, Any]]:
        """Return the recipe with the changes that are its own, and the changes that are not.

        `formula` is `Model`'s name for the formulas; `priors` are added to those there are.
        """
        own = self.names()
        mine = {name: value for name, value in changes.items() if name in own}
        rest = {name: value for name, value in changes.items() if name not in own}
        if "formula" in rest:
            mine["formulas"] = as_formulas(rest.pop("formula"))
        if "data" in mine:
            mine["data"], mine["table"], mine["sums"] = rows_or_table(mine["data"])
            mine["counted"] = mine["counted_at"] = None
        if isinstance(mine.get("priors"), Mapping):
            mine["priors"] = {**(self.priors or {}), **mine["priors"]}
        return (replace(self, **mine) if mine else self), rest

    def specify(self) -> Spec:
        """Return the specification: formulas to design to family and priors.

        Raises `FormulaError`, `DataError` or `PriorError`, before anything is compiled.
        """
        parsed = self.parsed()
        family = self._family(parsed[0])
        parsed = tuple(f if f.parameter is None else _named_here(f, family) for f in parsed)
        if any(formula.specific for formula in parsed):
            family = _with_specific(family, parsed)

        def locations(levels: Sequence[str] | None) -> list[str]:
            own = family.of(levels)  # known with the response, before the columns are made
            require_parameters(own, [f.parameter for f in parsed if f.parameter])
            return [p.name for p in own.locations]

        if self.sums is not None:
            return self._specify_sums(self.sums, parsed, family)
        if self.table is not None:
            with self.table.queries.shown():
                return self._specify_table(self.table, parsed, family)
        weighed = ModelWeights(self.data, self.weights, self.weight_kind)
        weighed = weighed.repeated() if family.scale is not None else weighed
        design = learn_design(
            parsed,
            weighed.data,
            contrasts=self.contrasts,
            weights=weighed.weights,
            survey=self.weight_kind == "survey",
            frequency=weighed.kind == "frequency",
            counted=self.counted if weighed.counted is None else None,
            unread=self._unread,
            missing=self.missing,
            functions=self.functions,
            meant=family.support.kind,
            intercept=family.holds_intercept is None,
            residuals=family.scale is not None,
            fixed=[p.name for p in family.further if p.fixed is not None],
            locations=locations,
            specific=lambda levels: [p.name for p in family.of(levels).specific],
        )
        made = build_spec(design, family, None, self.priors, self.saturated)
        said = weighed.said(design, made.family)
        if self.counted is None:
            return made.with_notes(said)
        return made.with_notes(
            (*(() if self._counts_weigh else said), self._said_of_cells(self.counted))
        )

    def _said_of_cells(self, counted: str) -> str:
        """Say that the rows are those of a table that was counted."""
        return said_of_cells(self.data, counted, self.counted_at, self._columns_of_formulas())

    def _specify_table(self, table: LazyTable, parsed: Sequence[Formula], family: Family) -> Spec:
        """Return the specification of a table that stays where it lies: from its sums, or cells."""
        summed = family.closed_form and not family.parts and len(parsed) == 1
        if summed and self.weight_kind != "frequency":
            weighed = ModelWeights(self.data, self.weights, self.weight_kind)
            design = learn_elsewhere(
                parsed[0],
                table,
                contrasts=self.contrasts,
                weights=self.weights,
                survey=self.weight_kind == "survey",
                missing=self.missing,
                functions=self.functions,
            )
            made = build_spec(design, family, None, self.priors, self.saturated)
            return made.with_notes(weighed.said(design, made.family))
        cells = table_cells(table, self._columns_of_formulas(), self._frequencies())
        made = self.of_cells(cells).specify()
        return replace(made, design=replace(made.design, cells=cells))

    def of_cells(self, cells: TableCells) -> "Recipe":
        """Return the same recipe of the distinct rows of its table, each counting as often."""
        return replace(
            self,
            table=None,
            data=cells.frame,
            weights=cells.weights,
            weight_kind="frequency",
            counted=cells.rows,
            counted_at=cells.where,
        )

    def _specify_sums(self, sums: Sums, parsed: Sequence[Formula], family: Family) -> Spec:
        """Return the specification of sums, whose table is not at hand."""
        if not family.closed_form or family.parts or len(parsed) > 1:
            raise DataError(
                "Sums are all that a gaussian model with one formula needs of its rows, and no "
                "other.",
                where="family" if len(parsed) == 1 else f"formula {parsed[1].text}",
                hint="Fit the model where the table lies.",
            )
        if self.weights is not None or self.weight_kind is not None:
            raise DataError(
                "The rows that were summed are weighted in the sums, or not at all.",
                where="weights",
                hint="Leave weights= out.",
            )
        design = learn_from_sums(parsed[0], sums, contrasts=self.contrasts)
        return build_spec(design, family, None, self.priors, self.saturated)

    def _frequencies(self) -> str | None:
        """Return the column of frequencies, None where every row counts once."""
        if self.weights is None and self.weight_kind is None:
            return None
        if isinstance(self.weights, str) and self.weight_kind == "frequency":
            return self.weights
        raise DataError(
            "Rows that are counted by cells have no weights but frequencies.",
            where="weights",
            hint='weights="n", weight_kind="frequency" names their column.',
        )

    def _family(self, formula: Formula) -> Family:
        """Return the family, of several responses where the formula has them."""
        families, response = self._families(), formula.response
        require_truth("rescor", self.rescor)
        if not (isinstance(response, Call) and response.function == MVBIND):
            if self.rescor:
                raise DataError(
                    "Residuals correlate between responses, and there is one.",
                    where="rescor",
                    hint="Leave it out, or give a formula for each response.",
                )
            if len(families) > 1:
                raise DataError(
                    f"There are {len(families)} families for one response.",
                    where="family",
                    hint="Give one.",
                )
            return families[0]
        names = [deparse(argument.value) for argument in response.args]
        if len(families) == 1 and not isinstance(self.family, list | tuple):
            families *= len(names)
        if len(families) != len(names):
            raise DataError(
                f"There {'are' if len(families) > 1 else 'is'} {len(families)} "
                f"{'families' if len(families) > 1 else 'family'} for {len(names)} responses.",
                where="family",
                hint=f"Give one for all, or one for each of {', '.join(names)}.",
            )
        made = several(names, [get_family(f.single or f) for f in families])
        return correlated(made) if self.rescor else made


#: What is no argument of `Model` by its own name.
_NO_ARGUMENTS = frozenset({"formulas", "table", "sums", "counted", "counted_at"})
#: What serves in the place of an addition to one of several responses.
_INSTEAD = {
    "trials": "Give outcomes, one a row, which bernoulli is for, or one model for each response.",
    "subset": "Take the rows out of the data, or fit one model for each response.",
}


def _named_here(formula: Formula, family: Family) -> Formula:
    """Return the formula of a parameter under the name that the parameter has here."""
    return replace(formula, parameter=family.own_name(formula.parameter or ""))


def _with_specific(family: Family, formulas: Sequence[Formula]) -> Family:
    """Return the family with effects of its own at each threshold.

    Raises `FormulaError` for a family without them, and for a formula of another parameter.
    """
    for number, formula in enumerate(formulas):
        for call in formula.terms(columns=()).specific:
            reason = "cs() stands in the formula of the response alone.", "Write the column itself."
            found = reason if number else why_not_specific(family)
            if found is not None:
                raise FormulaError.at(call.span, found[0], formula.text, found[1])
    return family.with_specific_effects()


def _responses(left: Expr | None) -> list[Expr]:
    """Return the responses of a left side."""
    if isinstance(left, Call) and left.function == MVBIND:
        return [argument.value for argument in left.args]
    return [] if left is None else [left]


def as_formulas(formula: object) -> tuple[str, ...]:
    """Return one or several formulas as a tuple of texts; `FormulaError` for anything else.

    >>> as_formulas("bf(y ~ x, sigma ~ z)")
    ('y ~ x', 'sigma ~ z')
    """
    texts = (formula,) if isinstance(formula, str) else formula
    if isinstance(texts, list | tuple) and texts and all(isinstance(text, str) for text in texts):
        return tuple(formula for text in texts for formula in split_calls(text))
    raise FormulaError(
        f"A formula is a text or a list of texts, not {type(formula).__name__}.",
        hint='Write "y ~ x + (1 | g)".',
    )


def rows_or_table(data: object) -> tuple[pd.DataFrame, LazyTable | None, Sums | None]:
    """Return a user's data as a frame, as a table where that stays where it lies, and as sums.

    The frame has then the columns and no row. Raises `DataError` as `read_data`.
    """
    if isinstance(data, Sums):
        names = [] if data.source is None else [column.name for column in data.source.columns]
        return pd.DataFrame(columns=names), None, data
    found = read_data(data)
    if isinstance(found, LazyTable):
        return pd.DataFrame(columns=list(found.kinds)), found, None
    return found, None, None
