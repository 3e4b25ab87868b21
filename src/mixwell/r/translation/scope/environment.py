"""What is known at a place of the script: R's variables, the seed, and the statement at hand."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

from mixwell.r.language import nodes as r
from mixwell.r.language.argument_matching import Matched
from mixwell.r.language.deparser import deparse
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.python.pycode import Code
from mixwell.r.translation.scope.r_values import Frame, Thing, Unknown, Value, Vector, level_text
from mixwell.r.translation.scope.shipped_datasets import shipped

type Verb = Callable[["Context", r.Call], Value]


class NotTranslatedError(Exception):
    """An expression that has no translation, with the reason; it never leaves this room."""

    @classmethod
    def of(cls, node: r.Node) -> Self:
        """Return the plain reason for an expression that no rule reads."""
        return cls(f"{shown(node)} has no counterpart.")


def present[T](value: T | None, reason: str) -> T:
    """Return what is there; raises `NotTranslatedError` with the reason where nothing is.

    >>> present("x", "There is no name.")
    'x'
    """
    if value is None:
        raise NotTranslatedError(reason)
    return value


@dataclass(frozen=True, slots=True)
class Binding:
    """A variable of R's: its Python name, what it is, and why it is not there (`missing`)."""

    name: str
    thing: Thing
    line: int
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Mask:
    """A data frame whose columns stand in an expression by their bare names."""

    code: Code
    frame: Frame


@dataclass(slots=True)
class Environment:
    """The variables so far, and what concerns all later statements."""

    variables: dict[str, Binding] = field(default_factory=dict)
    seed: int = 1
    codings: tuple[str, str] | None = None
    said: dict[tuple[str, str], int] = field(default_factory=dict)
    functions: dict[str, int] = field(default_factory=dict)

    def python_name(self, r_name: str) -> str:
        """Return the Python name of a variable, the same for each assignment to it."""
        if r_name in self.variables:
            return self.variables[r_name].name
        return py.name_for(r_name, {variable.name for variable in self.variables.values()})

    def assign(self, r_name: str, thing: Thing, line: int, missing: str = "") -> None:
        """Note what a variable is from here on."""
        self.variables[r_name] = Binding(self.python_name(r_name), thing, line, missing)


@dataclass(slots=True)
class Statement:
    """What the translation of one statement has found, its Python aside."""

    line: int
    loads: dict[str, tuple[str, Code]] = field(default_factory=dict)
    needs: dict[str, str] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)
    caller: str = ""
    fits: bool = False


@dataclass(slots=True)
class Context:
    """The environment, the statement at hand, and the way to translate what is inside."""

    environment: Environment
    statement: Statement
    verbs: Mapping[str, Verb]
    expression: Callable[["Context", r.Node], Value]
    masks: list[Mask] = field(default_factory=list)

    def value(self, node: r.Node) -> Value:
        """Translate an expression; raises `NotTranslatedError`."""
        return self.expression(self, node)

    def first(self, node: r.Call) -> r.Node:
        """Return the first argument of a call; raises `NotTranslatedError` where there is none."""
        return present(node.first, f"{node.name}() of nothing.")

    def first_value(self, node: r.Call) -> Value | None:
        """Translate the first argument of a call, None where there is none."""
        return None if node.first is None else self.value(node.first)

    def code(self, node: r.Node) -> Code:
        """Translate an expression whose kind does not matter."""
        return self.expression(self, node).code

    def note(self, key: str, sentence: str) -> None:
        """Add a difference to the list under the statement, once."""
        if (key, sentence) not in self.statement.notes:
            self.statement.notes.append((key, sentence))

    def say_left_out(self, names: Iterable[str]) -> None:
        """Note arguments that have no counterpart."""
        for name in names:
            self.note(name, f"{name} = has no counterpart and is left out.")

    def need_column(self, owner: Code, frame: Frame, name: str) -> None:
        """Note a column that is not there because the line that makes it was left out."""
        why = frame.lost(name)
        root = owner.text.partition("[")[0].partition(".")[0]
        if why and root not in self.statement.needs:  # a frame that is not there has no columns
            self.statement.needs[f'{owner.text}["{name}"]'] = why

    def look_up(self, name: str) -> Value | None:
        """Return a variable, loading a shipped dataset of that name; None for an unknown one."""
        known = self.environment.variables.get(name)
        if known is None:
            return self._shipped(name)
        if known.missing:
            self.statement.needs[known.name] = known.missing
        return Value(py.raw(known.name), known.thing)

    def _shipped(self, name: str) -> Value | None:
        found = shipped(name)
        if found is None:
            return None
        own = self.environment.python_name(name)
        self.statement.loads[name] = (own, py.call("mw.load_data", found[0]))
        self.environment.assign(name, found[1], self.statement.line)
        return Value(py.raw(own), found[1])

    def frame(self, node: r.Node) -> Value:
        """Translate what has to be a data frame; one that is never made is read from a file."""
        if isinstance(node, r.Symbol) and not self.masks and self.look_up(node.name) is None:
            self.from_file(node.name)
        return self.value(node)

    def data_frame(self, node: r.Node) -> tuple[Value, Frame] | None:
        """Translate a data frame and return what is known of it; None for anything else."""
        found = self.frame(node)
        if isinstance(found.thing, Frame | Unknown):
            return found, found.thing if isinstance(found.thing, Frame) else Frame()
        return None

    @contextmanager
    def masked(self, code: Code, frame: Frame) -> Iterator[None]:
        """Let the columns of a frame stand by their bare names."""
        self.masks.append(Mask(code, frame))
        try:
            yield
        finally:
            self.masks.pop()

    def from_file(self, name: str) -> None:
        """Load a data frame that is not the script's own from a file that R has to write."""
        own = self.environment.python_name(name)
        self.statement.loads[name] = (own, py.call("pd.read_csv", f"{name}.csv"))
        self.environment.assign(name, Frame(source="file"), self.statement.line)
        self.note(
            f"data frame {name}",
            f'{name} is not made in the script: in R, write.csv({name}, "{name}.csv", '
            "row.names = FALSE); its factors come back as text or numbers.",
        )

    def require(self, name: str) -> Value:
        """Return a variable; one that is never assigned is noted as needed."""
        found = self.look_up(name)
        if found is not None:
            return found
        own = self.environment.python_name(name)
        self.statement.needs[own] = "not made in the script, no dataset of mixwell"
        return Value(py.raw(own), Unknown())

    def literal(self, node: r.Node | None) -> Vector | None:
        """Return the literal that a node is or stands for, None where it is none."""
        if node is None:
            return None
        if isinstance(node, r.Number | r.Text):
            return Vector((node.value,))
        thing = self.value(node).thing
        return thing if isinstance(thing, Vector) else None

    def only(self, node: r.Node | None) -> float | int | str | bool | None:
        """Return the value of a literal that is just one, None for anything else."""
        found = self.literal(node)
        return found.values[0] if found is not None and len(found.values) == 1 else None

    def word(self, node: r.Node | None) -> str | None:
        """Return one text, None for anything else."""
        value = self.only(node)
        return value if isinstance(value, str) else None

    def words(self, node: r.Node | None) -> tuple[str, ...] | None:
        """Return texts, None for anything else."""
        found = self.literal(node)
        return None if found is None else found.words

    def text(self, node: r.Node, what: str) -> str:
        """Return one text; raises `NotTranslatedError` for anything else."""
        return present(self.word(node), f"{what} is computed: {shown(node)}")

    def name(self, node: r.Node | None, what: str) -> str:
        """Return a text or a bare name that is no variable; "" where nothing stands."""
        if node is None:
            return ""
        if isinstance(node, r.Symbol) and node.name not in self.environment.variables:
            return node.name
        return self.text(node, what)

    def texts(self, node: r.Node, what: str) -> tuple[str, ...]:
        """Return texts, numbers written as R writes levels; raises `NotTranslatedError`."""
        found = present(self.literal(node), f"{what} are computed: {shown(node)}")
        return tuple(level_text(value) for value in found.values)

    def choice(self, node: r.Node | None, choices: Sequence[str]) -> str | None:
        """Return the choice that a text means, which R completes ("resp" is "response").

        A text that is none of them is returned as it is; None stands for anything but a text.
        """
        word = self.word(node)
        return next((choice for choice in choices if word and choice.startswith(word)), word)

    def whole(self, node: r.Node | None) -> int | None:
        """Return a whole number, None for anything else."""
        value = self.only(node)
        if value is None or isinstance(value, bool | str) or not abs(value) <= 1e9:
            return None
        return int(value) if float(value).is_integer() else None

    def flag(self, matched: Matched, name: str, default: bool) -> bool:
        """Return a truth value among matched arguments; raises `NotTranslatedError`."""
        if name not in matched:
            return default
        given = matched[name]
        return present(r.truth(given), f"{name} is computed: {shown(given)}")


def shown(node: r.Node | None, longest: int = 60) -> str:
    """Return R's text of a node, cut where it is long."""
    found = deparse(node)
    return found if len(found) <= longest else f"{found[: longest - 3]}..."
