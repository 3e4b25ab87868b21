"""R scripts, R Markdown and Quarto documents to pieces of R code with the prose before them."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass

from mixwell.r.language import nodes as r
from mixwell.r.language.r_errors import RSyntaxError
from mixwell.r.language.reader import read_r

MARKDOWN = frozenset({".rmd", ".qmd", ".md", ".rmarkdown", ".markdown"})
PLAIN = frozenset({".r", ".s", ".q"})

# R's own byte order marks first; the longer ones begin like the shorter.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FENCE = re.compile(r"(?P<before>[\t >]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)")
_R_CHUNK = re.compile(r"\{\s*[rR](?:[\s,]+(?P<options>.*?))?\s*\}")
_HAS_CHUNK = re.compile(r"^[\t >]*(?:`{3,}|~{3,})[ \t]*\{\s*[rR][\s,}]", re.MULTILINE)
_OPTION = re.compile(r"#\|\s*(?P<name>[\w.-]+)\s*[:=]\s*(?P<value>.*?)\s*")
_REFERENCE = re.compile(r"\s*<<.+>>\s*")  # knitr puts another chunk here
_HEADER = re.compile(r"(?P<name>title|subtitle|author|date):\s*(?P<value>[^\s>|].*)")
_FALSE = frozenset({"false", "f", "no", "off", "!expr false", "!expr f"})


@dataclass(frozen=True, slots=True)
class Chunk:
    """R code that stands together, and the prose before it.

    ``first_line`` is the line of the document on which ``code`` begins, from 1. Code that the
    document shows without running it is kept as comments. After the last code, a chunk with no
    code holds the prose that is left.
    """

    code: str
    first_line: int = 1
    label: str | None = None
    prose: str = ""


def decode(data: bytes) -> str:
    """Return the text of a file: UTF-8 or what its byte order mark says, else Windows' Latin-1.

    Examples
    --------
    >>> decode("é".encode("latin-1")), decode("é".encode("utf-16"))
    ('é', 'é')
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def read_document(text: str | bytes, suffix: str | None = None) -> tuple[Chunk, ...]:
    r"""Return the R code of a document in pieces: one for a script, one per chunk of Markdown.

    ``suffix`` (".R", ".Rmd", ".qmd") says what the document is; without it, a text with a
    fenced ``{r}`` chunk is Markdown. No text is refused here: errors in code are the reader's.

    Examples
    --------
    >>> chunk, = read_document("Some *prose*.\n\n```{r fit, echo=FALSE}\nx <- 1\n```\n")
    >>> chunk
    Chunk(code='x <- 1', first_line=4, label='fit', prose='Some *prose*.')
    """
    if isinstance(text, bytes):
        text = decode(text)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    kind = suffix.lower() if suffix else ""
    if kind in MARKDOWN or (kind not in PLAIN and _HAS_CHUNK.search(text)):
        return _markdown(text.split("\n"))
    return (Chunk(text),)


def _markdown(lines: Sequence[str]) -> tuple[Chunk, ...]:
    chunks: list[Chunk] = []
    prose, at = _front_matter(lines)
    while at < len(lines):
        opening = _FENCE.fullmatch(lines[at])
        if opening is None:
            prose.append(lines[at])
            at += 1
            continue
        stop = _closing(lines, at, opening["fence"])
        chunk = _R_CHUNK.fullmatch(opening["info"].strip())
        if chunk:
            code = [_without(line, opening["before"]) for line in lines[at + 1 : stop]]
            chunks.append(_chunk(code, at + 2, chunk["options"] or "", prose))
            prose = []
        else:
            prose.extend(lines[at : stop + 1])
        at = stop + 1
    if any(line.strip() for line in prose):
        chunks.append(Chunk("", len(lines), None, "\n".join(prose).strip()))
    return tuple(chunks)


def _closing(lines: Sequence[str], at: int, fence: str) -> int:
    """Return the line that closes a fence: as long at least, of the same mark; or the end."""
    for number in range(at + 1, len(lines)):
        mark = lines[number].strip("\t >")
        if len(mark) >= len(fence) and not mark.strip(fence[0]):
            return number
    return len(lines)


def _without(line: str, before: str) -> str:
    """Take away the indent (or a quotation's mark) that a chunk's fence has, too."""
    if before.strip():
        return line.removeprefix(before)
    blanks = len(line) - len(line.lstrip(" \t"))
    return line[min(blanks, len(before)) :]


def _chunk(code: list[str], first_line: int, header: str, prose: Sequence[str]) -> Chunk:
    options = _header_options(header)
    for line in code:
        found = _OPTION.fullmatch(line.strip())
        if found is None:
            break
        options[found["name"]] = found["value"].strip("\"'")
    if options.get("eval", "").lower() in _FALSE:
        code = [f"# {line}".rstrip() for line in code]
    code = [f"# {line.strip()}" if _REFERENCE.fullmatch(line) else line for line in code]
    label = options.get("label") or None
    return Chunk("\n".join(code), first_line, label, "\n".join(prose).strip())


def _header_options(header: str) -> dict[str, str]:
    """Return the label and eval of ``label, eval=FALSE, fig.cap="a, b"``."""
    first, _, rest = header.partition(",")
    options = {} if "=" in first else {"label": first.strip("\"' ")}
    try:
        statements = read_r(f"options({header if '=' in first else rest})").statements
    except RSyntaxError:
        return options
    call = statements[0] if statements else None
    for each in call.args if isinstance(call, r.Call) else ():
        if each.name in ("label", "eval"):
            options[each.name] = _plain(each.value)
    return options


def _plain(value: r.Node | None) -> str:
    return value.name if isinstance(value, r.Constant) else r.bare_name(value) or ""


def _front_matter(lines: Sequence[str]) -> tuple[list[str], int]:
    """Return the title, author and date of a YAML header as prose, and the line after it."""
    if lines[0].rstrip() != "---":
        return [], 0
    ends = (i for i, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "..."))
    stop = next(ends, None)
    if stop is None:
        return [], 0
    prose: list[str] = []
    for match in filter(None, (_HEADER.fullmatch(line.rstrip()) for line in lines[1:stop])):
        value = match["value"].strip("\"'")
        prose += [f"# {value}" if match["name"] == "title" else value, ""]
    return prose, stop + 1
