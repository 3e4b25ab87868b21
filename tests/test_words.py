"""One spelling of English, American, and plain words: what a newcomer reads at once."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

#: British spellings, by the stems that this project uses, and endings of any word.
BRITISH = re.compile(
    r"""\b\w*(
        centre | centring | metre(s?)\b | colour | favour | behaviour | neighbour | honour | labour
      | grey | licence | defence | artefact | judgement | catalogue | programme\b | towards
      | afterwards | upwards | downwards | forwards | backwards | whilst | learnt | spelt
      | (model|label|cancel|travel|signal)l(ed|ing|er) | fulfil\b
      | analys(e|es|ed|ing)\b(?<!analyses)
      | (summar|standard|general|parameter|factor|normal|penal|optim|minim|maxim|regular|vector
         |real|organ|initial|character|special|recogn|util|emphas|orthogonal|rational|discret|local
         |random|symmetr|linear|visual|serial|synchron|final|categor|critic|author|priorit
         |neutral|memor|equal|stabil|sensit|winsor|digit|harmon)
        is(e|es|ed|er|ers|ing|able|ation|ations)\b
    )\w*""",
    re.IGNORECASE | re.VERBOSE,
)
#: Old or dialect words, for which there are plain ones (available, predict, separate, next to ...).
DIALECT = re.compile(
    r"""(?<![\w'])(
        (can|cannot|to)\ be\ had | (un|fore)?told | (fore)?tells?
      | besides? | amongst | upon | thereof | therein | thereby | whence | hence | whereof | nought
      | (come|comes|came)\ to(?!\s+(a|the)\b) | the\ like | in\ (their|its)\ stead | shall | lest
      | parts?\ (it|them) | ought
    )(?![\w'])""",
    re.IGNORECASE | re.VERBOSE,
)
#: Names of R's, and arguments of an older version, by the folder that has them.
QUOTED = {
    "src/mixwell/r/": {"summarise"},
    "tests/r/": {"summarise", "centre"},
    "src/mixwell/infer/coordinates/choice.py": {"centred", "noncentred"},
    "tests/infer/coordinates/test_former_spellings.py": {"centred"},
    "tests/golden/": {"centred"},
    "CHANGELOG.md": {"centred"},
    "src/mixwell/whole_files.py": {"tell"},  # a method that files have
}


def prose_of(path: Path) -> str:
    """The text of a file, of a notebook its cells without their output."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    return "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])


FILES = sorted(
    path
    for pattern in (
        "src/**/*.py",
        "src/**/*.toml",
        "tests/**/*.py",
        "benchmarks/**/*.py",
        "tools/*.py",
        "docs/*.md",
        "examples/*.ipynb",
        "*.md",
        "pyproject.toml",
    )
    for path in ROOT.glob(pattern)
    if path != Path(__file__)
)


def found(pattern: re.Pattern[str], path: Path) -> list[str]:
    name = path.relative_to(ROOT).as_posix()
    quoted = {word for place, words in QUOTED.items() if name.startswith(place) for word in words}
    return [
        f"{name}:{number}: {match[0]}"
        for number, line in enumerate(prose_of(path).splitlines(), 1)
        for match in pattern.finditer(line)
        if match[0].lower() not in quoted
    ]


@pytest.mark.parametrize("pattern", [BRITISH, DIALECT], ids=["American", "plain"])
def test_words_are_american_and_plain(pattern: re.Pattern[str]) -> None:
    assert [place for path in FILES for place in found(pattern, path)] == []


@pytest.mark.parametrize(
    ("word", "pattern"),
    [
        ("centred", BRITISH), ("uncentred", BRITISH), ("standardised", BRITISH),
        ("_colour", BRITISH), ("Summarising", BRITISH), ("kilometres", BRITISH),
        ("labelled", BRITISH), ("analysed", BRITISH), ("factorisation", BRITISH),
        ("told apart", DIALECT), ("foretold", DIALECT), ("cannot be had", DIALECT),
        ("Besides", DIALECT), ("come to", DIALECT),
    ],
)  # fmt: skip
def test_a_word_that_has_another_is_found(word: str, pattern: re.Pattern[str]) -> None:
    assert pattern.search(word)


@pytest.mark.parametrize(
    "word",
    ["parameters", "analyses", "analysis", "raises", "pairwise", "compromise", "promised", "four",
     "hours", "filled", "called", "rise", "meters", "realistic", "optimism", "toward"],
)  # fmt: skip
def test_a_good_word_is_left_alone(word: str) -> None:
    assert not BRITISH.search(word)
    assert not DIALECT.search(word)
