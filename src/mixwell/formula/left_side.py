"""Left-hand side: the response and what brms adds to it after a bar."""

from dataclasses import dataclass, field, replace

from mixwell.errors import FormulaError, did_you_mean
from mixwell.formula.deparse import deparse
from mixwell.formula.group_terms import find_bar
from mixwell.formula.parser import DEEPEST
from mixwell.formula.refusals import missing, refuse_call
from mixwell.formula.syntax import (
    NOWHERE,
    Argument,
    Binary,
    Call,
    Expr,
    Name,
    Span,
    Text,
    chain,
    column_names,
    walk,
)

#: How several responses are written on one left side.
MVBIND = "mvbind"
_LONG = "resp_"
#: How times with their events are written in R's survival.
SURV = "Surv"
ADDITIONS = ("trials", "se", "weights", "cens", "trunc", "subset")

_MISSING_ADDITIONS = missing(
    {
        "Leave it out: rows with gaps are dropped.": {"the modeled missing value of brms": "mi"},
        "Add offset(log(n)) to the right-hand side; a negative binomial keeps its alpha, where "
        "brms multiplies the shape by n.": {"the denominator of brms's rates": "rate"},
        "Leave it out: ratings are those that rows have, with a threshold between neighbors.": {
            "the number of categories of brms": "cat",
            "the thresholds of brms": "thres",
        },
        'Leave it out and model the times of one decision: family="exgaussian" or '
        '"shifted_lognormal".': {"the decision of brms's drift diffusion": "dec"},
        "Leave it out.": {
            "the row index of brms": "index",
            "the data of brms's custom families": "vint vreal",
        },
    }
)
_MISSING_RESPONSES = missing(
    {
        "Write mvbind(y1, y2) ~ x, or a list with a formula for each response.": {
            "a multivariate response of brms": "mvbrmsformula"
        },
        "For a censored response, write y | cens(censored) ~ x.": {
            "a censored response of bambi": "censored",
        },
        "Write y | trunc(lb, ub) ~ x.": {"a truncated response of bambi": "truncated"},
        "Write y | weights(w) ~ x.": {"a weighted response of bambi": "weighted"},
    }
)


@dataclass(frozen=True, slots=True)
class Addition:
    """One addition to the response, such as ``trials(n)``."""

    name: str
    args: tuple[Argument, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    def __str__(self) -> str:
        return deparse(Call(self.name, self.args))


def read_left_side(left: Expr, text: str) -> tuple[Expr, tuple[Addition, ...]]:
    """Return the response and its additions from what stands left of ``~``.

    FormulaError for a left-hand side that reads no column, and for unknown additions.

    Examples
    --------
    >>> from mixwell.formula.parser import Parser
    >>> left = Parser("y | trials(n)").expression(in_call=False)
    >>> response, additions = read_left_side(left, "y | trials(n)")
    >>> deparse(response), str(additions[0])
    ('y', 'trials(n)')
    """
    additions: tuple[Addition, ...] = ()
    response = left
    if isinstance(left, Binary) and left.op == "|":
        response = left.left
        additions = _read_additions(left.right, text)
    bar = find_bar(response)
    if bar is not None:
        hint = "Additions follow the response after one bar: y | trials(n) + weights(w) ~ x."
        raise FormulaError.at(bar.span, "This bar has no meaning here.", text, hint)
    _check_response(response, text)
    return response, additions


def _check_response(response: Expr, text: str) -> None:
    hint = "Name it: y ~ x."
    if isinstance(response, Call):
        refuse_call(response, _MISSING_RESPONSES, text)
    if isinstance(response, Text):
        hint = f"Write the column without quotes: {deparse(Name(response.value))} ~ ..."
    operators = sum(isinstance(node, Binary) for node in walk(response, whole=Call))
    if operators > DEEPEST:
        said = f"The response is nested more than {DEEPEST} levels deep."
        raise FormulaError.at(response.span, said, text, "Compute it as a column of the data.")
    has_dot = any(isinstance(n, Name) and n.name == "." for n in walk(response, whole=Call))
    if has_dot or not column_names(response):
        raise FormulaError.at(response.span, "The response names no column.", text, hint)


def _read_additions(expr: Expr, text: str) -> tuple[Addition, ...]:
    first, rest = chain(expr, {"+"})
    found: dict[str, Addition] = {}
    for part in (first, *(node.right for node in rest)):
        addition = _read_addition(part, text)
        if addition.name in found:
            message = f"{addition.name}() is given twice."
            raise FormulaError.at(part.span, message, text, "Keep one.")
        found[addition.name] = addition
    return tuple(found.values())


def _read_addition(part: Expr, text: str) -> Addition:
    if not isinstance(part, Call):
        hint = f"After the bar stand calls: {', '.join(f'{name}()' for name in ADDITIONS)}."
        message = f"{deparse(part)} is no addition to a response."
        raise FormulaError.at(part.span, message, text, hint)
    if part.function.startswith(_LONG):  # brms's other name of each
        part = replace(part, function=part.function.removeprefix(_LONG))
    refuse_call(part, _MISSING_ADDITIONS, text)
    if part.function not in ADDITIONS:
        message = f"{part.function}() is no addition to a response."
        near = did_you_mean(part.function, ADDITIONS)
        raise FormulaError.at(part.span, message, text, near)
    if not part.args:
        message, hint = f"{part.function}() is empty.", f"Write {part.function}(column)."
        raise FormulaError.at(part.span, message, text, hint)
    return Addition(part.function, part.args, part.span)
