"""Arguments that have to be literals: texts, numbers, truth values and vectors of them."""

from collections.abc import Sequence

from mixwell.r.dialect.signatures import SIGNATURES
from mixwell.r.language.argument_matching import Matched, match_arguments
from mixwell.r.language.nodes import Call, Constant, Node, Number, Symbol, Text
from mixwell.r.translation.scope.environment import Context, NotTranslatedError, shown
from mixwell.r.translation.scope.r_values import Vector

type Literal = float | int | str | bool


def match(node: Call, name: str = "") -> Matched:
    """Match a call's arguments to the parameters of R's function, or of one that `name` says."""
    return match_arguments(node, SIGNATURES[name or node.name].parameters)


def literal(context: Context, node: Node | None) -> Vector | None:
    """Return the literal that a node is or stands for, None where it is none."""
    if node is None:
        return None
    if isinstance(node, Number | Text):
        return Vector((node.value,))
    thing = context.value(node).thing
    return thing if isinstance(thing, Vector) else None


def text_of(context: Context, node: Node, what: str) -> str:
    """Return one text; raises `NotTranslatedError` for anything else."""
    found = literal(context, node)
    if found is None or len(found.values) != 1 or not isinstance(found.values[0], str):
        raise NotTranslatedError(f"{what} is computed: {shown(node)}")
    return found.values[0]


def choice_of(context: Context, node: Node | None, choices: Sequence[str]) -> str | None:
    """Return the choice that a text means, which R completes ("resp" is "response").

    A text that is none of them is returned as it is; None stands for anything but a text.
    """
    found = literal(context, node)
    if found is None or len(found.values) != 1 or not isinstance(found.values[0], str):
        return None
    word = found.values[0]
    return next((choice for choice in choices if word and choice.startswith(word)), word)


def texts_of(context: Context, node: Node, what: str) -> tuple[str, ...]:
    """Return texts, numbers written as R writes levels; raises `NotTranslatedError`."""
    found = literal(context, node)
    if found is None:
        raise NotTranslatedError(f"{what} are computed: {shown(node)}")
    return tuple(level_text(value) for value in found.values)


def level_text(value: Literal) -> str:
    """Return a literal as R writes a level: 2 for 2.0, TRUE for a truth value.

    >>> level_text(2.0), level_text(True), level_text("b")
    ('2', 'TRUE', 'b')
    """
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def whole_of(context: Context, node: Node | None) -> int | None:
    """Return a whole number, None for anything else."""
    found = literal(context, node)
    if found is None or len(found.values) != 1:
        return None
    value = found.values[0]
    if isinstance(value, bool | str) or value != value or abs(value) > 1e9:
        return None
    return int(value) if float(value).is_integer() else None


def flag(node: Node | None) -> bool | None:
    """Return TRUE or FALSE (T and F too) as a truth value, None for anything else."""
    if isinstance(node, Constant) and node.name in ("TRUE", "FALSE"):
        return node.name == "TRUE"
    if isinstance(node, Symbol) and node.name in ("T", "F"):
        return node.name == "T"
    return None


def flag_of(matched: Matched, name: str, default: bool) -> bool:
    """Return a truth value among matched arguments; raises `NotTranslatedError`."""
    if name not in matched:
        return default
    found = flag(matched[name])
    if found is None:
        raise NotTranslatedError(f"{name} is computed: {shown(matched[name])}")
    return found


def has_value(matched: Matched, name: str) -> bool:
    """Return whether an argument was given and is not NULL."""
    node = matched.get(name)
    return node is not None and not (isinstance(node, Constant) and node.name == "NULL")
