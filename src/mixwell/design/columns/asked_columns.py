"""How many columns the functions of a formula are asked for, which their arguments say at once."""

import math
from collections.abc import Iterable

from mixwell.design.atoms.model_frame import FormulaReader, Functions, refuse_columns
from mixwell.design.atoms.transform_arguments import MOST_COLUMNS
from mixwell.errors import is_number
from mixwell.formula import Call, Expr, Name, column_names
from mixwell.formula.syntax import walk

#: Parameters of functions with a column for each of a number, or for each of a list's numbers.
_ASKED = {
    "ns": ("x", "df", "knots"),
    "bs": ("x", "df", "knots"),
    "cr": ("x", "df", "knots"),
    "poly": ("x", "degree"),
    "cut": ("x", "breaks"),
}


def require_few_columns(
    variables: Iterable[Expr], frame: FormulaReader, functions: Functions
) -> None:
    """Refuse variables that ask for more columns together than are made, before any is made.

    What a column's values decide is counted when it is known. `functions` are the user's own, in
    the place of others of their name. Raises `DataError`, and `FormulaError` for arguments that
    have no value.
    """
    calls = {
        node: None
        for variable in variables
        if not isinstance(variable, Name)
        for node in walk(variable)
        if isinstance(node, Call) and node.function in _ASKED and node.function not in functions
    }
    asked = 0
    for call in calls:
        asked += asked_columns(call, frame)
        refuse_columns(asked, frame.text)


def asked_columns(call: Call, frame: FormulaReader) -> int:
    """Return how many columns a call asks for by numbers or lists; more than one may are less.

    0 for other functions.
    """
    names = list(_ASKED.get(call.function, ()))
    counts = [0]
    for place, argument in enumerate(call.args):
        name = argument.name or (names[place] if place < len(names) else None)
        if name not in names[1:] or column_names(argument.value):
            continue
        value = frame.evaluate(argument.value)
        if isinstance(value, list):
            counts.append(len(value))
        elif is_number(value) and math.isfinite(value):
            counts.append(int(min(max(value, 0), MOST_COLUMNS)))
    return min(max(counts), MOST_COLUMNS)
