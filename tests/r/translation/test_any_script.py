"""Whatever the text, a translation is a program, and nothing is run."""

import ast
import builtins
import json

import nbformat
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mixwell.r import translate
from mixwell.r.language.r_errors import RSyntaxError


def undefined(script: str) -> set[str]:
    """Return the names that a script reads before it makes them."""
    made, missing = set(dir(builtins)), set()
    for statement in ast.parse(script).body:
        nodes = list(ast.walk(statement))
        local = {node.arg for node in nodes if isinstance(node, ast.arg)}
        local |= {node.target.id for node in nodes if isinstance(node, ast.comprehension)}
        names = [node for node in nodes if isinstance(node, ast.Name)]
        read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
        missing |= read - made - local
        made |= {node.id for node in names if isinstance(node.ctx, ast.Store)}
        for node in nodes:
            if isinstance(node, ast.Import):
                made |= {alias.asname or alias.name for alias in node.names}
    return missing


def check_anything(text: str) -> None:
    try:
        made = translate(text)
    except RSyntaxError:
        return
    compile(made.python.encode(), "made", "exec")
    assert undefined(made.python) == set()
    nbformat.validate(nbformat.from_dict(made.notebook()))
    json.dumps(made.notebook())


@settings(max_examples=150, deadline=None)
@given(st.text())
@example("\x00")
@example("# \ud800\x00\x0c")
@example('x <- "\\u0000"')
def test_no_text_is_too_odd(text):
    check_anything(text)


VERBS = """
lmer glmer brm lm glm stan_glmer glmmTMB emmeans contrast pairs emtrends hypothesis predict fixef
ranef coef VarCorr summary factor relevel levels data.frame subset filter mutate within c list seq
rep paste mean log scale ifelse set_prior prior bf as.formula reformulate update loo plot head
conditional_effects read.csv expand.grid set.seed options contr.sum ref_grid as.data.frame confint
logLik print cat
"""

ARGUMENTS = """
data family prior by at var class levels x method interaction simple weights type specs subset
contrasts ref formula newdata
"""

ATOMS = (
    *("1", "-2L", '"a"', "x", "d", "fm", "wm", "emm", "NULL", "TRUE", "NA", "", "f(x)", "d$x"),
    *("y ~ x + (x | g)", "~ tension | wool", "pairwise ~ wool", "d[d$x > 1, ]", 'd[["x"]]'),
)

TARGETS = (
    *("", "", "x <- ", "d$z <- ", "d <- ", "fm <- ", "emm <- ", "names(d) <- ", "levels(d$a) <- "),
    *("contrasts(d$a) <- ", "d[d$x > 1, 'x'] <- ", "levels(d$a)[2] <- ", "for (i in 1:2) x <- "),
)

OPERATORS = ("+", "-", "*", "^", "==", "<", "%in%", "|>", "%>%", ":", "&", "$")


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return calls of what is inside, with and without names of arguments, and operations."""
    named = st.builds("{} = {}".format, st.sampled_from(ARGUMENTS.split()), inner)
    arguments = st.lists(inner | named, max_size=4).map(", ".join)
    called = st.builds("{}({})".format, st.sampled_from(VERBS.split()), arguments)
    return called | st.builds("{} {} {}".format, inner, st.sampled_from(OPERATORS), inner)


VALUES = st.recursive(st.sampled_from(ATOMS), compound, max_leaves=6)

STATEMENTS = st.builds("{}{}".format, st.sampled_from(TARGETS), VALUES)


@settings(max_examples=250, deadline=None)
@given(st.lists(STATEMENTS, min_size=1, max_size=4))
def test_no_script_is_too_odd(start, statements):
    check_anything(f"{start}\n" + "\n".join(statements))


def test_nothing_is_ever_run(tmp_path):
    path = tmp_path / "made"
    script = (
        f'system("touch {path}")\nfile.create("{path}")\nwriteLines("a", "{path}")\n'
        f'x <- eval(parse(text = "file.create(\'{path}\')"))\nlm(y ~ file.create("{path}"), d)\n'
        f'd <- read.csv(pipe("touch {path}"))\n'
    )
    translate(script)
    assert not path.exists()


def test_deep_nesting_is_no_crash():
    check_anything("x <- " + "(" * 60 + "1" + ")" * 60)
    check_anything("x <- " + " + ".join(["1"] * 5000))
    check_anything("lm(y ~ " + " + ".join(f"x{k}" for k in range(2000)) + ", d)")
    check_anything("x" + " |> f()" * 1000)
