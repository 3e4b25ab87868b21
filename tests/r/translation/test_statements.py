"""Statements one after another: what is lost, what is there, where comments stand."""

from mixwell.r import translate


def test_what_depends_on_a_line_left_out_stands_in_comments_ready_to_be_used(bare):
    made = translate('d <- readRDS("d.rds")\nm <- lmer(y ~ x + (1 | g), d)\nfixef(m)')
    assert bare(made.python) == []
    assert '# m = mw.Model("y ~ x + (1 | g)", d).fit(seed=1)' in made.python
    assert "# Needs d (line 1, not translated):" in made.python
    assert [left.line for left in made.untranslated] == [1, 2, 3]


def test_a_frame_that_the_script_does_not_make_is_read_from_a_file_that_r_writes(bare):
    made = translate("m <- lmer(y ~ x + (1 | g), d)\nmean(e$x)")
    assert bare(made.python) == [
        'd = pd.read_csv("d.csv")',
        'm = mw.Model("y ~ x + (1 | g)", d).fit(seed=1)',
        'e = pd.read_csv("e.csv")',
        'print(e["x"].mean())',
    ]
    assert 'in R, write.csv(d, "d.csv", row.names = FALSE)' in made.notes[0].text


def test_a_value_that_the_script_does_not_make_is_needed():
    made = translate("x <- sqrt(z)")
    assert "# Needs z (not made in the script, no dataset of mixwell):" in made.python


def test_columns_of_a_lost_frame_are_not_named_with_it():
    script = 'd <- readRDS("d.rds")\nd$z <- d$x / 2\nlm(y ~ z, d)'
    assert "# Needs d (line 1, not translated):" in translate(script).python


def test_a_lost_column_is_all_that_is_lost():
    script = 'd <- read.csv("d.csv")\nd$z <- ave(d$x, d$g)\nlm(y ~ x, d)\nlm(y ~ z, d)'
    made = translate(script)
    assert 'print(mw.Model("y ~ x", d).fit(seed=1))' in made.python.splitlines()
    assert '# Needs d["z"] (line 2, not translated):' in made.python


def test_a_table_changed_in_place_by_a_line_left_out_is_lost():
    made = translate('d <- read.csv("d.csv")\nd[, z := x / 2]\nlm(y ~ z, d)')
    assert "# Needs d (line 2, not translated):" in made.python


def test_what_was_left_out_is_set_apart_from_what_follows_a_line_that_becomes_nothing():
    made = translate("if (TRUE) x <- 1\nlibrary(lme4)\ny <- 2").python
    assert "Branches are left to you.\n\ny = 2" in made


def test_modules_of_lines_in_comments_are_imported_too():
    assert "import numpy as np" in translate("x <- sqrt(never_made)").python


def test_a_variable_is_there_again_once_it_is_made_anew(code):
    assert code('x <- readRDS("x")\nx <- 3\ny <- x') == ["x = 3", "y = x"]


def test_variables_made_in_a_loop_are_not_used_after_it(bare):
    made = translate("for (i in 1:3) { x <- i }\ny <- x\n")
    assert bare(made.python) == []
    assert "# y = x" in made.python


def test_comments_stay_where_they_were():
    script = """# Title

library(lme4)   # the package
# about the model
fm <- lmer(Reaction ~ Days +  # inside
             (Days | Subject), sleepstudy)
x <- 2  # aside
# the end
"""
    lines = [line for line in translate(script).python.splitlines() if "Differs" not in line]
    kept = [line for line in lines if not line.startswith(("# -", "#   "))]
    assert kept == [
        "import mixwell as mw",
        "",
        "# Title",
        "",
        "# the package",
        "# about the model",
        "# inside",
        'sleepstudy = mw.load_data("sleepstudy")',
        'fm = mw.Model("Reaction ~ Days + (Days | Subject)", sleepstudy).fit(seed=1)',
        "x = 2  # aside",
        "# the end",
    ]


def test_a_comment_belongs_to_the_statement_before_it(bare):
    made = translate("x <- 1; y <- 2 # both\nf <- function() {\n  # inside\n}\n# after")
    assert bare(made.python) == ["x = 1", "y = 2  # both"]
    assert made.python.count("# inside") == 1
    assert made.python.endswith("# after\n")


def test_the_same_differences_are_spelled_out_once():
    made = translate("a <- lm(breaks ~ wool, warpbreaks)\nb <- lm(breaks ~ tension, warpbreaks)")
    assert made.python.count("weakly informative") == 1
    assert "# Differs from R as above: posterior instead of least squares" in made.python
    assert len(made.notes) == 4


def test_data_in_a_script_are_written_in_full_lines(bare):
    made = bare(translate(f"x <- c({', '.join(map(str, range(100, 160)))})").python)
    assert len(made) == 8
    assert max(map(len, made)) <= 88


def test_imports_are_those_that_are_used():
    assert translate("x <- 2").python == "import mixwell as mw\n\nx = 2\n"
    assert "import pandas as pd" in translate("d <- read.csv('d.csv')").python
