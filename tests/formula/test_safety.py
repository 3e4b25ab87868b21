"""A formula is a small language, not Python: any text is read whole, or refused in words."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixwell.errors import FormulaError
from mixwell.formula import Formula, parse_expression, parse_formula

many = settings(deadline=None, max_examples=300)

SYMBOLS = "** || %in% %% == <= != <- -> // := ( [ np.log( log( f( bs( cbind( s( offset("
WORDS = "a b c y x g 0 1 2 2L 1e5 0.5 TRUE None NULL Inf NA in if lambda s . .. ... _ __x__"
PIECES = [
    *"+-*/:^~|&<>!()[],=.{}$@;%'\"`\\#?\n\t ",
    *re.split(" ", SYMBOLS),
    *re.split(" ", WORDS),
    *["'text'", '"te xt"', "`odd name`", "k =", "y ~ ", " | trials(n) ~ ", "(1 | g)", "(x || g)"],
    *["\N{LATIN SMALL LETTER E WITH ACUTE}", "\N{CJK UNIFIED IDEOGRAPH-8EAB}", "\0", "\ud7ff"],
]
formula_like = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


def read_or_refused(text: str) -> Formula | None:
    """Return the formula, or None where it was refused; anything else is a fault."""
    try:
        return parse_formula(text)
    except FormulaError:
        return None


@many
@given(st.one_of(st.text(max_size=60), formula_like, formula_like.map("y ~ {}".format)))
def test_any_text_is_read_or_refused(text: str) -> None:
    formula = read_or_refused(text)
    if formula is not None:
        assert read_or_refused(str(formula)) == formula
        assert parse_formula(str(formula)).terms(["y", "p"]) == formula.terms(["y", "p"])


@many
@given(st.one_of(st.text(max_size=40), formula_like))
def test_any_expression_is_read_or_refused(text: str) -> None:
    try:
        expr = parse_expression(text)
    except FormulaError:
        return
    assert hash(expr) == hash(parse_expression(text))


# Formulas that are valid by construction.
names = st.sampled_from(["a", "b", "c", "x", "`odd name`", "log(x)", "poly(x, 2)", "I(x^2)"])
operands = st.recursive(
    st.one_of(names, st.sampled_from(["0", "1"])),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", ":", " %in% "]), inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        ),
        inner.map(lambda e: f"({e})^2"),
    ),
    max_leaves=6,
)
groups = st.tuples(names, st.sampled_from(["|", "||"]), st.sampled_from(["g", "g/h", "g:h"])).map(
    lambda parts: "({} {} {})".format(*parts)
)


@many
@given(operands, st.lists(groups, max_size=3))
def test_a_valid_formula_is_read_and_reads_back(fixed: str, blocks: list[str]) -> None:
    formula = parse_formula(" + ".join([f"y ~ {fixed}", *blocks]))
    again = parse_formula(str(formula))
    assert again == formula
    assert again.terms() == formula.terms()
    assert str(again) == str(formula)


@many
@given(operands)
def test_terms_come_once_and_sorted_by_order(fixed: str) -> None:
    terms = parse_formula(f"y ~ {fixed}").terms()
    orders = [term.order for term in terms.terms]
    assert orders == sorted(orders)
    assert len(set(terms.names)) == len(terms.names)


@many
@given(operands)
def test_adding_a_formula_to_itself_adds_no_terms(fixed: str) -> None:
    once = parse_formula(f"y ~ ({fixed})").terms()
    twice = parse_formula(f"y ~ ({fixed}) + ({fixed})").terms()
    assert twice.names == once.names


MALICIOUS = [
    '__import__("os").system("x")',
    'y ~ __import__("os").system("x")',
    'y ~ I(__import__("os").system("x"))',
    'y ~ eval.__call__("1")',
    "y ~ x.__class__",
    "y ~ x.__class__.__mro__[1]",
    "y ~ ().__class__.__bases__[0].__subclasses__()",
    "y ~ [].__class__",
    "y ~ ''.join(a)",
    "y ~ (x).values",
    "y ~ log(x).values",
    "y ~ x.values.dump(1)",
    "y ~ os.system('x')",
    "y ~ np.lib.npyio.load('x')",
    "y ~ numpy.core.os.system('x')",
    "y ~ np.__builtins__",
    "y ~ pd.read_pickle('x')",
    "y ~ self.text(x)",
    "y ~ data['x']",
    "y ~ x[0]",
    "y ~ f(x)[0]",
    "y ~ f(x)(x)",
    "y ~ lambda x: x",
    "y ~ f(lambda x: x)",
    "y ~ f(k := 1)",
    "y ~ (k := 1)",
    "y ~ f(x := __import__('os'))",
    'y ~ f"{x}"',
    'y ~ f("{x}".format(y))',
    "y ~ {x for x in y}",
    "y ~ [x for x in y]",
    "y ~ (x for x in y)",
    "y ~ x if y else z",
    "y ~ await x",
    "y ~ yield x",
    "y ~ *x",
    "y ~ f(*x)",
    "y ~ f(**x)",
    "y ~ x; import os",
    "y ~ x\nimport os",
    "import os",
    "y ~ `f`(x)",
    "y ~ 'f'(x)",
    "y ~ (f)(x)",
    "y ~ {x}",
    "y ~ f({'a': 1})",
    "y ~ f(function(x) x)",
    "y ~ f(\\(x) x)",
    "y ~ x <- 1",
    "y ~ base::system('x')",
    "y ~ data$x",
    "y ~ obj@slot",
    "__builtins__ ~ x",
    "y ~ f(__name__)",
    "y ~ f(x, __k = 1)",
    "y | __import__('os') ~ x",
    "y ~ (1 | __import__('os'))",
    "y ~ (__class__ | g)",
]


@pytest.mark.parametrize("text", MALICIOUS)
def test_python_and_r_programs_are_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        parse_formula(text)


def test_a_quoted_name_is_a_column_and_nothing_more() -> None:
    formula = parse_formula("y ~ `__import__('os')` + `__class__`")
    assert formula.columns == ("y", "__import__('os')", "__class__")
    assert parse_formula(str(formula)) == formula
