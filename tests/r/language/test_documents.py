import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixwell.r.language.documents import Chunk, decode, read_document
from mixwell.r.language.reader import read_r

many = settings(max_examples=150, deadline=None)

REPORT = """---
title: "Sleep: a study"
author: A. Person
output:
  html_document:
    toc: true
---

# Introduction

We fit *one* model; `r nrow(sleepstudy)` rows.

```{r setup, include=FALSE}
library(lme4)
```

## The model

```{r}
fm <- lmer(Reaction ~ Days + (Days | Subject),
           sleepstudy)
```

```{python}
print("not R")
```

Done.
"""


def test_a_script_is_one_chunk() -> None:
    assert read_document("x <- 1\ny <- 2\n") == (Chunk("x <- 1\ny <- 2\n"),)
    assert read_document("") == (Chunk(""),)


def test_a_report_gives_its_chunks_with_the_prose_before_them() -> None:
    setup, model, last = read_document(REPORT)
    assert setup.label == "setup"
    assert setup.code == "library(lme4)"
    assert setup.prose == (
        "# Sleep: a study\n\nA. Person\n\n\n# Introduction\n\n"
        "We fit *one* model; `r nrow(sleepstudy)` rows."
    )
    assert model.label is None
    assert model.prose == "## The model"
    assert model.code.startswith("fm <- lmer(")
    assert last == Chunk("", REPORT.count("\n") + 1, None, last.prose)
    assert last.prose == '```{python}\nprint("not R")\n```\n\nDone.'


def test_a_chunk_knows_on_which_line_of_the_document_it_begins() -> None:
    lines = REPORT.split("\n")
    for chunk in read_document(REPORT)[:2]:
        first, *_ = chunk.code.split("\n")
        assert lines[chunk.first_line - 1] == first


@pytest.mark.parametrize(
    ("opening", "label"),
    [
        ("```{r}", None),
        ("```{R}", None),
        ("``` {r}", None),
        ("```{ r }", None),
        ("```{r fit}", "fit"),
        ("```{r my-fit 2}", "my-fit 2"),
        ("```{r, fit}", "fit"),
        ("```{r fit, echo=FALSE, fig.cap='a, b'}", "fit"),
        ("```{r, echo=FALSE}", None),
        ("```{r label='fit', echo=FALSE}", "fit"),
        ("```{r, label=fit}", "fit"),
        ("```{r 'fit'}", "fit"),
        ("```{r, label=2}", None),
        ("```{r fit, broken=(}", "fit"),
        ("````{r}", None),
        ("~~~{r fit}", "fit"),
        ("  ```{r fit}", "fit"),
    ],
)
def test_an_r_chunk_is_known_by_its_fence(opening: str, label: str | None) -> None:
    closing = opening.strip().split("{")[0].strip()
    (chunk,) = read_document(f"text\n\n{opening}\nx <- 1\n{closing}\n", ".Rmd")
    assert chunk == Chunk("x <- 1", 4, label, "text")


@pytest.mark.parametrize(
    "opening",
    [
        "```",
        "```r",
        "```{python}",
        "```{rust}",
        "```{.r}",
        "```{Rcpp}",
        "``{r}",
        "`{r}`",
        "```{=r}",
    ],
)
def test_other_fences_are_prose(opening: str) -> None:
    text = f"{opening}\nx <- 1\n```"
    assert read_document(text, ".Rmd") == (Chunk("", 3, None, text),)


@pytest.mark.parametrize(
    "options",
    [
        "```{r, eval=FALSE}",
        "```{r fit, eval = F, echo = TRUE}",
        "```{r}\n#| eval: false",
        "```{r}\n#| label: fit\n#| eval: FALSE",
        "```{r}\n#| eval=FALSE",
        "```{r}\n#| eval: !expr FALSE",
        "```{r eval=TRUE}\n#| eval: no",
    ],
)
def test_code_that_is_not_run_is_kept_as_comments(options: str) -> None:
    (chunk,) = read_document(f"{options}\nx <- 1\n\n  y\n```")
    assert chunk.code.endswith("# x <- 1\n#\n#   y")
    assert all(line.startswith("#") for line in chunk.code.split("\n"))
    assert read_r(chunk.code).statements == ()


@pytest.mark.parametrize(
    "options",
    [
        "```{r, eval=TRUE}",
        "```{r, eval=params$run}",
        "```{r, eval=2}",
        "```{r, eval=c(1, 2)}",
        "```{r}\n#| eval: true",
        "```{r}\n#| echo: false",
    ],
)
def test_other_code_is_run(options: str) -> None:
    (chunk,) = read_document(f"{options}\nx <- 1\n```")
    assert len(read_r(chunk.code).statements) == 1


def test_quarto_options_give_the_label() -> None:
    (chunk,) = read_document('```{r}\n#| label: fit\n#| fig-cap: "a"\nx\n#| label: no\n```', ".qmd")
    assert chunk.label == "fit"
    assert chunk.first_line == 2


def test_indented_and_quoted_chunks_lose_what_stands_before_them() -> None:
    text = (
        "1. item\n\n    ```{r}\n    if (a) {\n      b\n    }\n  c\n    ```\n\n> ```{r}\n> x\n> ```"
    )
    inner, quoted = read_document(text)
    assert inner.code == "if (a) {\n  b\n}\nc"
    assert inner.first_line == 4
    assert quoted.code == "x"


def test_a_longer_fence_holds_shorter_ones() -> None:
    text = "````md\n```{r}\nno\n```\n````\n```{r}\nyes\n```"
    (chunk,) = read_document(text)
    assert chunk.code == "yes"
    assert chunk.prose == "````md\n```{r}\nno\n```\n````"


def test_a_chunk_that_never_ends_goes_to_the_end() -> None:
    assert read_document("```{r}\nx\ny") == (Chunk("x\ny", 2),)


def test_an_empty_chunk_has_no_code() -> None:
    assert read_document("a\n```{r}\n```\nb") == (Chunk("", 3, None, "a"), Chunk("", 4, None, "b"))


def test_a_reference_to_another_chunk_becomes_a_comment() -> None:
    (chunk,) = read_document("```{r}\n<<setup>>\nx << y >> z\n  <<other, echo=FALSE>>\n```")
    assert chunk.code == "# <<setup>>\nx << y >> z\n# <<other, echo=FALSE>>"


@pytest.mark.parametrize("text", ["---\na: b\n", "---\n", "--- \ntitle: x"])
def test_a_header_that_never_ends_is_prose(text: str) -> None:
    assert read_document(text, ".Rmd")[0].prose == text.strip()


def test_a_folded_title_is_left_out() -> None:
    (chunk,) = read_document("---\ntitle: >\n  long\nauthor: B\n---\n```{r}\nx\n```")
    assert chunk.prose == "B"


@many
@given(st.text("ra,=FLS evlb'\"()1:c-"))
def test_any_chunk_header_is_read(header: str) -> None:
    (chunk,) = read_document(f"```{{r{header}}}\nx <- 1\n```", ".Rmd")
    assert chunk.code in ("x <- 1", "# x <- 1", "")


def test_a_header_without_a_title_leaves_nothing() -> None:
    (chunk,) = read_document("---\noutput: pdf\n...\n```{r}\nx\n```")
    assert chunk == Chunk("x", 5)


@pytest.mark.parametrize(
    ("suffix", "is_markdown"),
    [(".R", False), (".r", False), (".Rmd", True), (".qmd", True), (".md", True), (None, True)],
)
def test_the_suffix_tells_what_a_document_is(suffix: str | None, is_markdown: bool) -> None:
    text = "```{r}\nx\n```"
    assert read_document(text, suffix) == ((Chunk("x", 2),) if is_markdown else (Chunk(text),))


def test_a_script_that_speaks_of_chunks_is_a_script() -> None:
    text = "#' ```{r}\n#' x\n#' ```\nf <- function() 1  # ```{r}\n"
    assert read_document(text) == (Chunk(text),)


@pytest.mark.parametrize(
    "data",
    [
        "naïve € x".encode(),
        b"\xef\xbb\xbf" + "naïve € x".encode(),
        "naïve € x".encode("cp1252"),
        "naïve € x".encode("utf-16"),
        b"\xfe\xff" + "naïve € x".encode("utf-16-be"),
        "naïve € x".encode("utf-32"),
    ],
)
def test_bytes_are_read_in_the_encoding_they_have(data: bytes) -> None:
    assert decode(data) == "naïve € x"


def test_bytes_of_no_encoding_are_latin_1() -> None:
    assert decode(b"a\x81\xe9") == "a\x81é"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_report_is_the_same_in_every_encoding(encoding: str, end: str) -> None:
    text = REPORT.replace("A. Person", "É. Müller")
    expected = read_document(text)
    assert read_document(text.replace("\n", end).encode(encoding), ".Rmd") == expected


@many
@given(st.binary(), st.sampled_from([None, ".R", ".Rmd"]))
def test_any_bytes_are_a_document(data: bytes, suffix: str | None) -> None:
    assert all(isinstance(chunk, Chunk) for chunk in read_document(data, suffix))


@many
@given(
    st.lists(
        st.sampled_from(
            [
                *("```{r}", "```{r a, eval=FALSE}", "```", "````", "~~~", "  ```{r}", "> ```"),
                *("```{python}", "#| eval: false", "x <- 1", "  y", "<<a>>", "", "---", "title: x"),
            ]
        )
    )
)
def test_every_line_of_code_is_a_line_of_the_document(lines: list[str]) -> None:
    for chunk in read_document("\n".join(lines), ".Rmd"):
        code = chunk.code.split("\n") if chunk.code else []
        for number, line in enumerate(code, chunk.first_line - 1):
            assert lines[number].strip("> ").endswith(line.removeprefix("#").strip("> "))
