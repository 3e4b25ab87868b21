"""R's names of coefficients as mixwell's: `blockb2:directionright`, `(Intercept)`, `polyx21`."""

from collections.abc import Iterable, Sequence

from mixwell.errors import FormulaError
from mixwell.formula import Binary, Call, Expr, Formula, Name, Paren, Unary, deparse
from mixwell.r.dialect.family_facts import PARAMETERS
from mixwell.r.language import nodes as r
from mixwell.r.language.deparser import deparse as r_text
from mixwell.r.language.reader import read_r
from mixwell.r.translation.scope.environment import NotTranslatedError
from mixwell.r.translation.scope.r_values import Fitted

_CODED = {"sum": "S", "helmert": "H"}
_FUNCTIONS = ("exp", "log", "sqrt", "abs")


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
            case Paren(inner=inner):
                pending.append(inner)
            case Unary(operand=operand):
                pending.append(operand)
    return tuple(found)


def _variables(formulas: Iterable[Formula]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for formula in formulas:
        for side in (formula.fixed, *(group.effects for group in formula.groups)):
            found |= dict.fromkeys(atoms(side))
    return tuple(found)


def coefficient(r_name: str, model: Fitted) -> str:
    """Return mixwell's name of a coefficient; raises `NotTranslatedError` where it has none."""
    if r_name in ("(Intercept)", "Intercept"):
        return "Intercept"
    known = _variables(model.formulas)
    columns = tuple(model.frame.columns) if model.formula.has_dot else ()
    parts = [_part(part, (*known, *columns), model) for part in _split(r_name)]
    if None in parts:
        raise NotTranslatedError(f"{r_name} is no coefficient that the formula tells of.")
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


def _part(part: str, variables: Sequence[str], model: Fitted) -> str | None:
    spellings = {name: name for name in variables} | {munged(name): name for name in variables}
    spellings |= {name.strip("`"): name for name in variables}
    if part in spellings:
        return spellings[part]
    begun = [name for name in spellings if name and part.startswith(name)]
    if not begun:
        return None
    longest = max(begun, key=len)
    return f"{spellings[longest]}[{_label(spellings[longest], part[len(longest) :], model)}]"


def _label(variable: str, rest: str, model: Fitted) -> str:
    levels = model.frame.levels(variable)
    coding = model.codings.get(variable, "")
    place = int(rest) if rest.isascii() and rest.isdigit() and len(rest) < 4 else 0
    if levels is not None and coding in _CODED and 1 <= place < len(levels):
        return f"{_CODED[coding]}.{levels[place - (coding == 'sum')]}"
    if rest in ("TRUE", "FALSE") and (levels is None or rest not in levels):
        return rest.capitalize()
    return rest


def is_factor(variable: str, model: Fitted) -> bool | None:
    """Return whether a variable of the formula has levels; None where that is not known."""
    name = variable.partition("(")[0]
    if name in ("factor", "as.factor", "ordered", "as.ordered", "C", "cut", "interaction"):
        return True
    if name in ("relevel",):
        return True
    kind = model.frame.kind(variable)
    if "(" in variable or kind == "number":
        return False
    return True if kind in ("factor", "ordered", "text", "truth") else None


def hypothesis_text(text: str, model: Fitted, kind: str = "b", group: str = "") -> tuple[str, bool]:
    """Return a brms hypothesis in mixwell's words, and whether it asks for equality.

    Raises `NotTranslatedError` for what is no arithmetic of coefficients.
    """
    try:
        statements = read_r(text).statements
    except FormulaError:
        statements = ()
    if len(statements) != 1:
        raise NotTranslatedError(f'The hypothesis "{text}" is not one comparison.')
    node = statements[0]
    if isinstance(node, r.Assign):
        node = r.Binary("=", node.target, node.value)
    if not isinstance(node, r.Binary) or node.op not in ("=", "==", "<", ">", "<=", ">="):
        raise NotTranslatedError(f'The hypothesis "{text}" compares nothing.')
    words = _Words(model, kind, group)
    op = "=" if node.op == "==" else node.op
    return f"{words.of(node.left)} {op} {words.of(node.right)}", op == "="


class _Words:
    """Writes R's arithmetic with mixwell's names of one class of parameters."""

    def __init__(self, model: Fitted, kind: str, group: str) -> None:
        self.model = model
        self.kind = kind
        self.group = group

    def of(self, node: r.Node) -> str:
        match node:
            case r.Number():
                return r_text(node).removesuffix("L")
            case r.Paren(inner=inner):
                return f"({self.of(inner)})"
            case r.Unary(op="-" | "+" as op, operand=operand):
                return f"{op}{self.of(operand)}"
            case r.Binary(op="+" | "-" | "*" | "/" | "^" as op, left=left, right=right):
                return f"{self.of(left)} {op} {self.of(right)}"
            case r.Call(args=(r.Argument(value=r.Node() as inner),)) if node.name in _FUNCTIONS:
                return f"{node.name}({self.of(inner)})"
            case r.Symbol() | r.Binary(op=":") | r.Text() | r.Constant() | r.Call() | r.Member():
                return self.name(node.value if isinstance(node, r.Text) else _plain(node))
        raise NotTranslatedError(f"{r_text(node)} is no arithmetic of coefficients.")

    def name(self, r_name: str) -> str:
        if self.kind in PARAMETERS or r_name == "sigma":
            return PARAMETERS.get(r_name, r_name)
        if self.kind == "":
            return self.variable(r_name)
        own = coefficient(r_name, self.model)
        if self.kind == "sd":
            return f"sd_{self.group}[{own}]"
        return own

    def variable(self, name: str) -> str:
        """Return mixwell's name of brms's `b_x`, `sd_g__x`, `cor_g__x__z`."""
        kind, _, rest = name.partition("_")
        if kind == "b":
            return coefficient(rest, self.model)
        group, *effects = rest.split("__")
        own = ", ".join(coefficient(effect, self.model) for effect in effects)
        words = {"sd": "sd", "cor": "corr"}
        if kind not in words or not effects or group not in self.model.factors:
            raise NotTranslatedError(f"{name} is no parameter that the formula tells of.")
        return f"{words[kind]}_{group}[{own}]"


def _plain(node: r.Node) -> str:
    return "".join(r_text(node).replace("`", "").split())
