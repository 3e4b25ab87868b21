"""What a statement becomes: lines of Python with their style, or the reason why not."""

from dataclasses import dataclass

from mixwell.r.language import nodes as r
from mixwell.r.translation.python.pycode import Code, raw


@dataclass(frozen=True, slots=True)
class PythonLine:
    """One line of Python: `prefix` and expression.

    `style` is "plain", "show" (R prints it), "figure" (`name` is that of its file) or "comment".
    """

    code: Code
    prefix: str = ""
    style: str = "plain"
    name: str = ""


def remark(text: str) -> PythonLine:
    """Return a line that is a comment."""
    return PythonLine(raw(text), style="comment")


@dataclass(frozen=True, slots=True)
class Output:
    """A statement's translation: datasets to load first, lines, differences; or a `reason`.

    `fits` says that a model is fitted. With `needs` the lines are right but stand in comments,
    since what they read is not there.
    """

    node: r.Node
    line: int
    loads: tuple[PythonLine, ...] = ()
    parts: tuple[PythonLine, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    needs: bool = False
    fits: bool = False
