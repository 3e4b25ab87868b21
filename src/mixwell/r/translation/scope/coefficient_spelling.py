"""R's names of coefficients as mixwell's: `blockb2:directionright`, `(Intercept)`, `polyx21`."""

from collections.abc import Iterable, Sequence

from mixwell.formula import Binary, Call, Expr, Formula, Name, Paren, Unary, deparse
from mixwell.r.translation.scope.environment import NotTranslatedError
from mixwell.r.translation.scope.r_values import FittedModel

#: Calls that make factors.
_FACTORS = ("factor", "as.factor", "ordered", "as.ordered", "C", "cut", "interaction", "relevel")
_CODED = {"sum": "S", "helmert": "H"}


def atoms(expr: Expr) -> tuple[str, ...]:
    """Return the variables of a formula's side: columns and calls, as mixwell writes them.

    >>> from mixwell.formula import parse_formula
    >>> atoms(parse_formula("y ~ a * log(x) + I(x^2)").fixed)
    ('a', 'log(x)', 'I(x^2)')
    """
    found: dict[str, None] = {}
    pending = [expr]
    while pending:
        node = pending.pop()
        match node:
            case Name() | Call():
                found.setdefault(deparse(node))
            case Binary(left=left, right=right):
                pending += [right, left]
            case Paren(inner=inner) | Unary(operand=inner):
                pending.append(inner)
    return tuple(found)


def variables_of(formulas: Iterable[Formula]) -> tuple[str, ...]:
    """Return the variables of all sides of formulas, each once."""
    found: dict[str, None] = {}
    for formula in formulas:
        for side in (formula.fixed, *(group.effects for group in formula.groups)):
            found |= dict.fromkeys(atoms(side))
    return tuple(found)


def coefficient(r_name: str, model: FittedModel) -> str:
    """Return mixwell's name of a coefficient; raises `NotTranslatedError` where it has none."""
    if r_name in ("(Intercept)", "Intercept"):
        return "Intercept"
    known = variables_of(model.formulas)
    columns = tuple(model.frame.columns) if model.formula.has_dot else ()
    parts = [_part(part, (*known, *columns), model) for part in _split(r_name)]
    if None in parts:
        raise NotTranslatedError(f"{r_name} is no coefficient of the formula.")
    return ":".join(filter(None, parts))


def _split(name: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(name):
        depth += (letter in "([") - (letter in ")]")
        if letter == ":" and depth <= 0:
            parts.append(name[start:place])
            start = place + 1
    return [*parts, name[start:]]


def munged(name: str) -> str:
    """Return a name as brms has it, without the signs that Stan cannot read.

    >>> munged("I(x^2)"), munged("factor(dose)2")
    ('IxE2', 'factordose2')
    """
    kept = name.replace("^", "E").replace("-", "M").replace("+", "P")
    return "".join(letter for letter in kept if letter not in " ()[],\"'=`")


def _part(part: str, variables: Sequence[str], model: FittedModel) -> str | None:
    spellings = {name: name for name in variables} | {munged(name): name for name in variables}
    spellings |= {name.strip("`"): name for name in variables}
    if part in spellings:
        return spellings[part]
    begun = [name for name in spellings if name and part.startswith(name)]
    if not begun:
        return None
    longest = max(begun, key=len)
    return f"{spellings[longest]}[{_label(spellings[longest], part[len(longest) :], model)}]"


def _label(variable: str, rest: str, model: FittedModel) -> str:
    levels = model.frame.levels(variable)
    coding = model.codings.get(variable, "")
    place = int(rest) if rest.isascii() and rest.isdigit() and len(rest) < 4 else 0
    if levels is not None and coding in _CODED and 1 <= place < len(levels):
        return f"{_CODED[coding]}.{levels[place - (coding == 'sum')]}"
    if rest in ("TRUE", "FALSE") and (levels is None or rest not in levels):
        return rest.capitalize()
    return rest


def is_factor(variable: str, model: FittedModel) -> bool | None:
    """Return whether a variable of the formula has levels; None where that is not known."""
    name = variable.partition("(")[0]
    if name in _FACTORS:
        return True
    kind = model.frame.kind(variable)
    if "(" in variable or kind == "number":
        return False
    return True if kind in ("factor", "ordered", "text", "truth") else None
