"""Expressions of formulas on tables elsewhere have the values, levels and memory of held rows."""

import numpy as np
import polars as pl
import pytest

from mixwell.design.pushed.pushed_language import pushed_frame
from mixwell.errors import DataError, FormulaError
from mixwell.formula import parse_expression

from .pushed_cases import ENGINES, in_duckdb, numbered, same_value

N = 300


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    rng = np.random.default_rng(1)
    x = rng.normal(size=N)
    return numbered(
        pl.DataFrame(
            {
                "x": np.where(rng.uniform(size=N) < 0.05, np.nan, x),
                "z": rng.normal(size=N) + 1e7,
                "p": rng.uniform(0.01, 0.99, N),
                "k": rng.integers(0, 6, N),
                "s": pl.Series(rng.integers(-100, 100, N), dtype=pl.Int8),
                "a": pl.Series(rng.choice(["b1", "a2", "c"], N)),
                "h": [None if u < 0.05 else "uv"[int(u > 0.5)] for u in rng.uniform(size=N)],
                "o": pl.Series(
                    rng.choice(["low", "mid"], N), dtype=pl.Enum(["low", "mid", "high"])
                ),
                "t": rng.uniform(size=N) < 0.4,
                "q": [None if u < 0.05 else bool(u > 0.5) for u in rng.uniform(size=N)],
            }
        )
    )


@pytest.fixture(scope="module")
def tables(frame):
    return {engine: open_in(frame) for engine, open_in in ENGINES.items()}


ARITHMETIC = """
x ; k ; s ; t ; q ; I(x^2) ; I(s*s) ; I(s + 100) ; I(-x) ; I(x - 2*p) ; I(1/(k + 1))
I(k/(k - 3)) ; I(0/k) ; I(k^0.5) ; I(x^0.5) ; I(x^-1) ; I(2^x) ; I(k %% 4) ; I(x %% 0.3)
I(x %/% 0.3) ; I(1 %/% p) ; I(k %% 0) ; I(t + 1) ; I(!t) ; I(-t) ; log(p) ; log(k) ; log(x)
log(p, 2) ; log10(p) ; log2(p) ; log1p(x^2) ; log1p(1e-12 * p) ; log1p(-p) ; expm1(x)
expm1(1e-12 * p) ; exp(x) ; exp(x * 1000) ; sqrt(abs(x)) ; sqrt(x) ; sign(x) ; floor(x)
ceiling(x) ; trunc(x) ; round(x) ; round(k / 2) ; round(x, 1) ; round(z, -2) ; sin(x) ; cos(x)
tan(x) ; sinh(x) ; cosh(x) ; tanh(x) ; tanh(30 * x) ; asinh(x) ; asinh(z) ; acosh(1 + p)
atanh(p) ; logit(p) ; qlogis(p) ; plogis(x) ; expit(x) ; boxcox(p, 0.5) ; boxcox(p, 0)
pmin(x, z, 1) ; pmax(x, 0) ; pmax(x, k, na.rm = TRUE) ; np.clip(x, 0, 1) ; np.cbrt(x)
np.square(x) ; np.maximum(x, k) ; np.power(p, 3) ; np.log(p) ; np.reciprocal(p) ; pmin(x, 3, p)
ifelse(x > 0, x, -1) ; ifelse(a == "c", 1, 0) ; ifelse(t, k, 0) ; is.na(x) ; I(is.na(h) + 1)
as.integer(10 * x) ; as.numeric(t) ; as.numeric(a) ; as.integer(o) ; I(x > 0) ; I(k >= 3)
I(k != 3 & t) ; I(x > 0 | q) ; I(!(x > 0)) ; I(a == "c") ; I(a != h) ; I(h == "u")
I(x - mean(x)) ; I((z - mean(z)) / sd(z)) ; I(p / max(p)) ; I(p - min(p)) ; I(p - median(p))
I(p / sum(p)) ; I(x / var(x)) ; I(2 * 3) ; I(x + TRUE) ; I(x == x) ; I(a + 1) ; I(x > "c")
I(a > "c") ; I(a == "zz") ; I(a == 1) ; log() ; log(x, k) ; nothing ; I(nothing + 1) ; lgo(x)
scale() ; poly(3, 2) ; c(x, 1) ; I(x == NULL) ; abs(a) ; round(x, k) ; I(x : 2) ; I(a %in% h)
"""
LEARNED = """
center(z) ; scale(z) ; scale(x) ; scale(x, center = FALSE) ; scale(x, scale = FALSE)
scale(x, 1, 2) ; scale(log(p)) ; scale(scale(x)) ; poly(x, 3) ; poly(z, 4) ; poly(k, 3)
poly(exp(x), 5) ; poly(x, 2, raw = TRUE) ; poly(k, 6) ; poly(k, 1) ; poly(k, 5) ; bs(x, df = 5)
bs(z, knots = c(1e7, 1e7 + 1)) ; bs(x, df = 2) ; bs(x, degree = 2, df = 5)
bs(p, df = 4, intercept = TRUE) ; ns(z, df = 4) ; ns(k, df = 3)
ns(x, df = 2, Boundary.knots = c(-1, 1)) ; cr(x, df = 5) ; cr(k, df = 4) ; cr(p, knots = 0.5)
cut(x, 3) ; cut(x, c(-9, 0, 9)) ; cut(z, quantile(z, c(0, 0.3, 1)), include.lowest = TRUE)
cut(k, c(0, 2, 5), right = FALSE) ; cut(k, 2, labels = c("few", "many"))
cut(x, c(-9, 0, 9), labels = FALSE) ; cut(x, c(-1, 0, 1)) ; cut(x) ; cut(x, 1)
cut(k, c(0, 2, 5), right = FALSE, include.lowest = TRUE, ordered_result = TRUE)
bs(x, df = 2.5) ; ns(a) ; scale(k - k) ; bs(7)
"""
LEVELS = """
a ; h ; o ; factor(k) ; factor(x > 0) ; factor(s) ; factor(p > 2) ; ordered(a)
ordered(k, levels = c(3, 1, 2)) ; relevel(a, ref = "c") ; relevel(a, ref = 3) ; relevel(a, "d")
as.factor(k) ; as.factor(t) ; C(a, sum) ; C(a, Treatment("c"))
C(a, contr.treatment(3, base = 2)) ; C(o, poly) ; C(h, contr.helmert)
factor(a, levels = c("c", "b1")) ; factor(a, labels = c("x", "y", "z"))
factor(a, labels = "x") ; factor(a, exclude = "c") ; factor(h, exclude = NULL)
factor(a, levels = "nope") ; factor(o) ; interaction(a, h) ; interaction(a, t)
interaction(a, k, sep = "_") ; interaction(a, h, drop = TRUE)
interaction(a, o, lex.order = TRUE) ; interaction(a, cut(x, 3)) ; factor(cut(x, c(-9, 0, 9)))
C(cut(k, c(-1, 2, 6)), sum) ; T(a, "c") ; S(a) ; C(a, contr.treatment(nlevels(a)))
as.ordered(k) ; factor(levels(a)) ; factor(interaction(a, h)) ; C(a, nope)
C(interaction(a, o), sum) ; factor(x, levels = k) ; relevel(o, "mid") ; factor(poly(x, 2))
factor(3) ; factor()
"""


def written(texts: str) -> list[str]:
    return [text for text in texts.replace("\n", " ; ").split(" ; ") if text]


#: Levels are learned by the language of held rows: of those one engine shows what there is to show.
CASES = [(text, engine) for text in written(ARITHMETIC + LEARNED) for engine in ENGINES]
CASES += [(text, "duckdb") for text in written(LEVELS)]


@pytest.mark.parametrize(("text", "engine"), CASES)
def test_an_expression_has_one_value_wherever_its_rows_lie(text, engine, frame, tables):
    same_value(text, frame, tables[engine])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("f(x)", "f(), a function of your own, cannot be computed where the data lie"),
        ("asin(p)", "asin() cannot be computed where the data lie"),
        ("I(2 * poly(x, 2))", "Arithmetic with poly(x, 2), which has several columns, cannot"),
    ],
)
def test_what_no_engine_computes_is_refused_by_name_with_the_way_out(text, said, frame):
    pushed = pushed_frame(in_duckdb(frame), {"f": np.log}, text=text)
    with pytest.raises(FormulaError, match="into a column of the table first") as caught:
        pushed.variable(parse_expression(text))
    assert str(caught.value).startswith(said)
    assert "^" in str(caught.value)


def test_numbers_that_are_none_are_refused_with_where_they_are(frame):
    pushed = pushed_frame(in_duckdb(frame.with_columns(x=pl.lit(-2.0))), text="log(x)")
    with pytest.raises(DataError, match="is not a number in 300 rows") as caught:
        pushed.variable(parse_expression("log(x)"))
    assert caught.value.where == "x = -2.0"


def test_all_means_and_all_sds_of_a_formula_take_one_query_each(frame):
    pushed = pushed_frame(in_duckdb(frame))
    texts = ["scale(x)", "scale(z)", "poly(p, 2)", "center(log(p))", "I(k - mean(k))"]
    pushed.values([parse_expression(text) for text in texts])
    purposes = [query.purpose for query in pushed.table.queries.entries]
    assert sum("range of x" in purpose for purpose in purposes) == 1
    # ranges, spreads, twice the products of powers and how many values there are, sizes
    assert len(purposes) <= 6


@pytest.mark.parametrize(
    "text",
    ["center(x)", "scale(x)", "poly(x, 2)", "bs(x)", "ns(x, df = 2)", "cr(x, df = 3)", "cut(x, 3)"],
)
@pytest.mark.parametrize("engine", ENGINES)
def test_what_learns_from_infinite_numbers_is_refused_alike(text, engine):
    infinite = numbered(pl.DataFrame({"x": [np.inf, 1.0, 2.0, 3.0, 5.0, 8.0]}))
    same_value(text, infinite, ENGINES[engine](infinite))
    with pytest.raises((DataError, FormulaError), match=r"x.* is infinite in "):
        pushed_frame(ENGINES[engine](infinite), text=text).variable(parse_expression(text))
