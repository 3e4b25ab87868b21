"""The translation as a value: its text, notes and notebook; and whole scripts that run."""

import subprocess
import sys

import nbformat
import pytest

import mixwell as mw
from mixwell.r import translate
from mixwell.r.language.r_errors import RSyntaxError


def test_broken_r_is_refused_with_line_column_and_caret():
    with pytest.raises(RSyntaxError) as caught:
        translate("x <- 1\ny <- lmer(a ~ b,, +\n")
    assert isinstance(caught.value, mw.FormulaError)
    assert "line 2" in str(caught.value)
    assert "^" in str(caught.value)


def test_the_result_says_what_it_is():
    made = translate("x <- 1\ny <- z\n", source="a.R")
    assert str(made) == made.python
    assert "1 untranslated" in repr(made)
    assert made.source == "a.R"


def test_a_translation_is_the_text_of_a_program():
    made = translate("x <- 2  # two")
    assert made == made.python == str(made)
    assert "x = 2" in made
    found: dict[str, object] = {}
    exec(made, found)
    assert found["x"] == 2
    assert repr(made).startswith("Translation: ")


RMD = """---
title: A report
---

Some *words*.

```{r fit}
x <- 2
x
```

More words.

```{r, eval=FALSE}
y <- 3
```
"""


def test_a_document_keeps_its_prose_and_counts_its_lines():
    made = translate(RMD.replace("x <- 2", "x <- mystery()"), suffix=".Rmd")
    assert "# Some *words*." in made.python
    assert "# y <- 3" in made.python
    assert made.untranslated[0].line == 8


def test_an_error_in_a_document_has_the_line_of_the_document():
    with pytest.raises(RSyntaxError, match="line 8"):
        translate(RMD.replace("x <- 2", "x <- )"), suffix=".Rmd")


def test_a_notebook_has_prose_as_markdown_and_shows_the_last_value():
    notebook = translate(RMD, suffix=".Rmd").notebook()
    nbformat.validate(nbformat.from_dict(notebook))
    cells = [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]
    assert ("code", "x = 2\nx") in cells
    assert ("markdown", "More words.") in cells


def test_a_notebook_of_a_script_has_a_cell_for_each_paragraph():
    notebook = translate("# Title\n\nx <- 1\nx\n\ny <- 2\n").notebook()
    sources = ["".join(cell["source"]) for cell in notebook["cells"]]
    assert sources == ["import mixwell as mw", "# Title\n\nx = 1\nx", "y = 2"]


def test_bytes_of_any_encoding_are_read():
    assert "größe = 2" in translate("größe <- 2".encode("latin-1")).python


def test_a_coding_cookie_in_a_comment_is_not_one_of_the_file():
    made = translate("# -*- coding: unknown-8 -*-\nx <- 1").python
    compile(made.encode(), "made", "exec")


RUNNING = """
library(lme4); library(emmeans)
fm <- lmer(Reaction ~ Days + (Days | Subject), sleepstudy)
ll <- logLik(fm)
slope <- fixef(fm)["Days"]
people <- ranef(fm)$Subject[["Days"]]
nd <- data.frame(Days = c(0, 9))
nd$p <- predict(fm, nd, re.form = NA)
two <- expand.grid(Days = 0:1, Subject = c("308", "309"))
known <- predict(fm, two)
rms <- sqrt(mean(resid(fm)^2))
both <- fixef(fm)["Days"] * 2 + sigma(fm)
warpbreaks$tension <- relevel(warpbreaks$tension, ref = "M")
levels(warpbreaks$wool)[2] <- "C"
warp <- subset(warpbreaks, breaks < 60)
wm <- lm(breaks ~ wool * tension, warp, contrasts = list(wool = contr.sum))
emm <- emmeans(wm, pairwise ~ tension | wool)
own <- contrast(emm$emmeans, list(ends = c(1, 0, -1)))
ix <- contrast(emmeans(wm, ~ wool * tension), interaction = c("pairwise", "consec"))
tr <- emtrends(fm, ~ 1, var = "Days")
hyp <- hypothesis(wm, "tensionL > 0")
wide <- warp %>% group_by(wool) %>% summarise(m = mean(breaks), n = n())
"""


def test_a_translation_runs_and_its_numbers_are_those_of_r(monkeypatch):
    few = mw.Model.fit
    monkeypatch.setattr(
        mw.Model, "fit", lambda model, **given: few(model, draws=200, chains=2, seed=1)
    )
    made = translate(RUNNING)
    assert made.untranslated == ()
    names: dict = {}
    exec(compile(made.python, "made", "exec"), names)
    assert names["ll"] == pytest.approx(-871.8141, abs=1e-3)  # R: logLik(fm)
    assert names["slope"] == pytest.approx(10.467, abs=1.0)  # R: fixef(fm)
    assert len(names["people"]) == 18
    assert names["nd"]["p"].tolist() == pytest.approx([251.4, 345.6], abs=6)
    assert len(names["known"]) == 4
    assert names["rms"] == pytest.approx(23.4, abs=1)
    assert names["warp"]["tension"].cat.categories.tolist() == ["M", "L", "H"]
    assert names["emm_contrasts"]["contrast"].tolist()[:2] == ["M - L", "M - H"]
    assert len(names["own"]) == 2
    assert len(names["ix"]) == 2
    assert names["hyp"]["hypothesis"].tolist() == ["tension[L] > 0"]
    assert names["wide"].columns.tolist() == ["wool", "m", "n"]


def test_the_translator_brings_neither_pandas_nor_pymc_along():
    script = (
        "import sys, mixwell.r\n"
        "mixwell.r.translate('m <- brm(y ~ x, cake, prior = prior(normal(0, 1)))')\n"
        "print([n for n in ('pandas', 'numpy', 'scipy', 'pymc', 'xarray') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
