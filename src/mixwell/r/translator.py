"""`translate`: an R script to a Python script that uses mixwell's own calls."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from mixwell.errors import require_text
from mixwell.public_calls import public
from mixwell.r.language import nodes as r
from mixwell.r.language.documents import Chunk, read_document
from mixwell.r.language.reader import read_r
from mixwell.r.translation.python.writer import Commented, Passage, notebook, script
from mixwell.r.translation.scope.environment import Environment
from mixwell.r.translation.statements import statement


@dataclass(frozen=True, slots=True)
class Note:
    """A difference between R's call on a line and what it became."""

    line: int
    call: str
    text: str


@dataclass(frozen=True, slots=True)
class Untranslated:
    """R code that stayed a comment: its line, its text and the reason."""

    line: int
    text: str
    reason: str


class Translation(str):
    """A translated script: the text of a Python program, with what is to be said of it.

    `notes` are the differences between R and mixwell, `untranslated` the statements that stayed
    comments, both in the order of the script; `python` is the text itself, `source` its name.
    """

    notes: tuple[Note, ...]
    untranslated: tuple[Untranslated, ...]
    source: str | None
    _blocks: tuple[Passage, ...]

    def __new__(
        cls,
        blocks: tuple[Passage, ...],
        notes: tuple[Note, ...],
        untranslated: tuple[Untranslated, ...],
        source: str | None = None,
    ) -> Self:
        """Write the blocks as one script."""
        made = super().__new__(cls, script(blocks))
        made.notes, made.untranslated, made.source = notes, untranslated, source
        made._blocks = blocks
        return made

    @property
    def python(self) -> str:
        """The program as plain text."""
        return str(self)

    def notebook(self) -> dict[str, object]:
        """Return the translation as a notebook (nbformat 4): prose as Markdown, code in cells."""
        return notebook(self._blocks)

    def __repr__(self) -> str:
        lines = len(self.splitlines())
        left = len(self.untranslated)
        return f"Translation: {lines} lines of Python, {left} untranslated, {len(self.notes)} notes"


@public
def translate(
    text: str | bytes, *, suffix: str | None = None, source: str | None = None
) -> Translation:
    """Translate an R script, or the chunks of an R Markdown or Quarto document, to Python.

    `suffix` (".R", ".Rmd", ".qmd") says what the text is where that cannot be seen; `source` is
    the name that the result remembers. Variable names and comments are kept, differences stand
    under each call, and what has no counterpart stays as a comment with the reason. Nothing is
    ever run. Raises `RSyntaxError`, a `FormulaError`, with line, column and caret for broken R.

    >>> import mixwell as mw
    >>> made = mw.r.translate("fm1 <- lmer(Reaction ~ Days + (Days | Subject), sleepstudy)")
    >>> print(made.split("# Differs")[0].strip())
    import mixwell as mw
    <BLANKLINE>
    sleepstudy = mw.load_data("sleepstudy")
    fm1 = mw.Model("Reaction ~ Days + (Days | Subject)", sleepstudy).fit(seed=1)
    """
    if not isinstance(text, bytes):
        require_text("text", text, "mixwell translate FILE reads a file.")
    for name, given in (("suffix", suffix), ("source", source)):
        if given is not None:
            require_text(name, given)
    chunks = read_document(text, suffix)
    read = read_r(_one_text(chunks))
    pieces = _pieces(read, Environment())
    blocks = tuple(_blocks(chunks, pieces))
    notes, left = _collected(pieces)
    return Translation(blocks, notes, left, source)


def _one_text(chunks: Sequence[Chunk]) -> str:
    """Put the code of all chunks on the lines that it has in the document."""
    if len(chunks) == 1 and chunks[0].first_line == 1:
        return chunks[0].code
    lines: list[str] = []
    for chunk in chunks:
        lines += [""] * (chunk.first_line - 1 - len(lines))
        lines += chunk.code.split("\n")
    return "\n".join(lines)


def _pieces(read: r.Script, environment: Environment) -> list[tuple[int, Commented]]:
    """Translate statement after statement; each piece with its first line, comments included."""
    made: list[tuple[int, Commented]] = []
    comments = [comment for comment in read.comments[::-1] if not _is_shebang(comment)]
    ended = 0  # the last line that was dealt with
    starts = [*(node.span.start for node in read.statements), len(read.text)]
    for node, following in zip(read.statements, starts[1:], strict=True):
        last = node.span.line + read.text.count("\n", node.span.start, node.span.stop)
        before = _taken(comments, node.span.start)
        made += _comment_pieces(before, ended)
        above = before[-1].span.line if before else ended
        inside = _taken(comments, node.span.stop)
        line_end = read.text.find("\n", node.span.stop)
        trailing = _taken(comments, min(line_end, following) if line_end >= 0 else following)
        output = statement(environment, node)
        # code that is left out is shown as it was, with the comments inside it
        kept = () if output.reason and not output.needs else tuple(c.text for c in inside)
        piece = Commented(
            output,
            kept,
            " ".join(comment.text for comment in trailing),
            node.span.line > above + 1,
            _source(read.text, node),
        )
        made.append((node.span.line, piece))
        ended = last
    return [*made, *_comment_pieces(comments[::-1], ended)]


def _is_shebang(comment: r.Comment) -> bool:
    return comment.span.start == 0 and comment.text.startswith("#!")


def _taken(waiting: list[r.Comment], stop: int) -> list[r.Comment]:
    """Take the comments that begin before an offset from those that wait, the last one first."""
    taken = []
    while waiting and waiting[-1].span.start < stop:
        taken.append(waiting.pop())
    return taken


def _comment_pieces(comments: Sequence[r.Comment], ended: int) -> list[tuple[int, Commented]]:
    """Return comments on lines of their own, a piece for each run of lines."""
    runs: list[list[r.Comment]] = []
    for comment in comments:
        if runs and comment.span.line <= runs[-1][-1].span.line + 1:
            runs[-1].append(comment)
        else:
            runs.append([comment])
    pieces = []
    for run in runs:
        gap = run[0].span.line > ended + 1
        pieces.append((run[0].span.line, Commented(None, tuple(c.text for c in run), "", gap)))
        ended = run[-1].span.line
    return pieces


def _source(text: str, node: r.Node) -> tuple[str, ...]:
    """Return R's text of a statement, line by line."""
    found = text[node.span.start : node.span.stop].split("\n")
    return tuple(line.rstrip() for line in found)


def _blocks(chunks: Sequence[Chunk], pieces: Sequence[tuple[int, Commented]]) -> Iterator[Passage]:
    at = 0
    for place, chunk in enumerate(chunks):
        following = chunks[place + 1].first_line if place + 1 < len(chunks) else None
        own: list[Commented] = []
        while at < len(pieces) and (following is None or pieces[at][0] < following):
            own.append(pieces[at][1])
            at += 1
        yield Passage(tuple(own), chunk.prose)


def _collected(
    pieces: Sequence[tuple[int, Commented]],
) -> tuple[tuple[Note, ...], tuple[Untranslated, ...]]:
    notes: list[Note] = []
    left: list[Untranslated] = []
    for _, piece in pieces:
        output = piece.output
        if output is None:
            continue
        text = "\n".join(piece.source)
        if output.reason:
            left.append(Untranslated(output.line, text, output.reason))
        notes += [Note(output.line, text, sentence) for _, sentence in output.notes]
    return tuple(notes), tuple(left)
