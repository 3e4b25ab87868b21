"""The arguments of a call in a formula: bound to R's names, or evaluated as they stand."""

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from mixwell.design.atoms.model_frame import FormulaReader, is_constant
from mixwell.design.atoms.transform_arguments import truth_argument
from mixwell.errors import did_you_mean
from mixwell.formula import Binary, Call, Expr, Name, deparse
from mixwell.package_options import require_memory
from mixwell.text.level_labels import labels_of

EMPTY: Mapping[str, str] = MappingProxyType({})


class BoundArguments:
    """A call's arguments by R's names for them, each evaluated when it is asked for.

    `names` are R's, the first of which is required; arguments without a name fill them in order.
    `synonyms` are others' names for some of them. `FormulaError` for others.
    """

    def __init__(
        self,
        node: Call,
        names: tuple[str, ...],
        frame: FormulaReader,
        synonyms: Mapping[str, str] = EMPTY,
    ) -> None:
        self.node, self.frame = node, frame
        self.exprs: dict[str, Expr] = {}
        free = list(names)
        for argument in node.args:
            if argument.name is None:
                continue
            name = synonyms.get(argument.name, argument.name.replace("_", "."))
            hits = [n for n in names if n == name] or [n for n in names if n.startswith(name)]
            if len(hits) != 1:
                raise frame.error(
                    argument.value,
                    f"{node.function}() has no argument {argument.name!r}.",
                    did_you_mean(argument.name, names),
                )
            if hits[0] in self.exprs:
                raise frame.error(argument.value, f"{node.function}() is given {hits[0]} twice.")
            self.exprs[hits[0]] = argument.value
            free.remove(hits[0])
        for argument in node.args:
            if argument.name is None:
                if not free:
                    raise frame.error(
                        argument.value, f"{node.function}() has one argument too many."
                    )
                self.exprs[free.pop(0)] = argument.value
        if names[0] not in self.exprs:
            raise frame.error(node, f"{node.function}() needs a column first.")

    def __contains__(self, name: str) -> bool:
        return name in self.exprs

    def value(self, name: str, default: Any = None) -> Any:
        """Return one argument's value, the default where it was not given."""
        return self.frame.evaluate(self.exprs[name]) if name in self.exprs else default

    def constant(self, name: str, default: Any = None) -> Any:
        """Return one argument's value; `FormulaError` where it differs from row to row."""
        return constant_value(self.exprs[name], self.frame) if name in self.exprs else default

    def truth(self, name: str, default: bool) -> bool:
        """Return one argument's truth value; `DataError` where it is none."""
        return truth_argument(self.value(name, default), name, self.node.function)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return one argument's value as texts, as levels are written."""
        value = self.constant(name)
        return labels_of(value if isinstance(value, list) else [value])


#: Numbers of one list: of break points, knots, levels and labels there are fewer.
_LONGEST_LIST = 100_000


def require_list(node: Call | Binary, length: float, frame: FormulaReader) -> None:
    """Refuse a list of constants that takes long to make, or that memory cannot hold."""
    if length > _LONGEST_LIST:
        written = deparse(node)
        require_memory(length, written, where=f"formula {frame.text}")
        said = f"{written} has {length:,.0f} values, and at most {_LONGEST_LIST:,} are listed."
        raise frame.error(node, said, "Take longer steps, or make a column of the data.")


def constant_value(expr: Expr, frame: FormulaReader) -> Any:
    """Return a text, a number or a list of these; `FormulaError` where it is a column of values."""
    value = frame.evaluate(expr)
    if is_constant(value):
        return value
    written = deparse(expr)
    said = f"{written} has one value a row, where one for all rows is asked."
    hint = (
        f'If a text is meant, it goes into quotes: "{written}".' if isinstance(expr, Name) else None
    )
    raise frame.error(expr, said, hint)


def evaluated_arguments(
    node: Call, frame: FormulaReader, *, least: int = 0
) -> tuple[list[Any], dict[str, Any]]:
    """Return the values of a call's arguments: those without a name, and those with one."""
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for argument in node.args:
        value = frame.evaluate(argument.value)
        if argument.name is None:
            positional.append(value)
        else:
            named[argument.name.replace(".", "_").lower()] = value
    if len(node.args) < least:
        raise frame.error(node, f"{node.function}() needs an argument.")
    return positional, named


def check_signature(
    node: Call,
    function: Callable[..., Any],
    positional: list[Any],
    named: dict[str, Any],
    frame: FormulaReader,
) -> None:
    """Refuse arguments that a function does not take, saying which it does."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # numpy's own functions and some classes have none
        return
    try:
        signature.bind(*positional, **named)
    except TypeError as reason:
        bare = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
        shown = signature.replace(parameters=bare, return_annotation=signature.empty)
        raise frame.error(
            node,
            f"{node.function}() cannot be called like this: {reason}.",
            f"It is {node.function}{shown}.",
        ) from None
