"""A short text may not ask for unbounded memory: its size is known before anything is made."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.design import predictor
from mixwell.design.atoms import evaluation, interval_calls, model_frame, transforms
from mixwell.design.columns import fixed_effects
from mixwell.formula import Expr, parse_formula

N = 3000
DATA = pd.DataFrame(
    {
        "y": np.arange(N) % 7.0,
        "x": np.linspace(0, 1, N),
        "f": [f"f{k % 300}" for k in range(N)],
        "id": [f"i{k}" for k in range(N)],
    }
)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("y ~ ns(x, df = 1e9)", r"ns\(\) with df = .* would take 24,000 GB"),
        ("y ~ bs(x, df = 1e9)", r"bs\(\) with df = .* would take"),
        ("y ~ cr(x, df = 1e9)", r"cr\(\) with df = .* would take"),
        ("y ~ poly(x, 1e8, raw = TRUE)", "poly.* would take"),
        ("y ~ cut(x, 1e12)", r"cut\(x, 1e\+12\) would take 8,000 GB"),
        ("y ~ I(1:1e12)", "1:1e.12 would take 8,000 GB"),
        ("y ~ bs(x, knots = seq(0, 1, 1e-12))", "seq.* would take"),
        ("y ~ bs(x, knots = seq(0, 1, length.out = 1e12))", "seq.* would take"),
        ("y ~ id * f", "900,000 columns for 3,000 rows, which would take 22 GB"),
        ("y ~ f:id + (1 | f)", r"term f:id: 900,000 columns"),
    ],
)
def test_what_would_take_too_much_memory_is_refused_with_its_size(
    monkeypatch: pytest.MonkeyPatch, formula: str, message: str
) -> None:
    monkeypatch.setattr(mw.options, "memory", "2 GB")
    with pytest.raises(mw.MixwellError, match=message) as found:
        mw.Model(formula, DATA, "poisson")  # which may have as many columns as rows
    assert "At most 2 GB are allowed" in str(found.value)


def test_the_limit_is_the_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mw.options, "memory", "10 MB")
    with pytest.raises(mw.DataError, match="belongs into a group"):
        mw.Model("y ~ f * x", DATA)
    monkeypatch.setattr(mw.options, "memory", None)
    assert len(mw.Model("y ~ f * x", DATA).spec.design.mean.fixed.names) == 600


MANY = " + ".join(f"v{k}" for k in range(25))
PRODUCT = MANY.replace("+", "*")
WIDE = DATA.assign(
    **{f"v{k}": np.cos((k + 1) * np.arange(N)) for k in range(25)},
    **{f"k{k}": [f"{(j // (k + 1)) % 3}" for j in range(N)] for k in range(45)},
)
FACTORS = ", ".join(f"k{k}" for k in range(45))


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        (f"y ~ ({MANY})^20", "up to 33,539,155 terms; at most 25,000"),
        (f"y ~ ({MANY})^4", "15,275 columns or more for 3,000 rows: too many"),
        (f"y ~ ({MANY})^4 - ({MANY})^3", "12,650 columns or more for 3,000 rows: too many"),
        (f"y ~ x + (({MANY})^4 | f)", "correlations of 15,276 effects"),
        (f"y ~ {PRODUCT}", "up to 33,554,431 terms"),
        (f"y ~ x + ({PRODUCT} | f)", "up to 33,554,431 terms"),
        ("y ~ .^9", "up to [0-9,]+ terms; at most 25,000"),
        ("y ~ x + (f | id)", "44,850 correlations of 300 effects would take 32 GB"),
        ("y ~ x + (f | p | id)", "44,850 correlations of 300 effects"),
        ("y ~ x + (id | f)", "4,498,500 correlations of 3,000 effects"),
        ("y ~ (k0 + f + k1)^3 * id", "columns for 3,000 rows"),
        (f"y ~ interaction({FACTORS})", "would have [0-9,]+ levels or more, and at most 1,000,000"),
        (f"y ~ (1 | interaction({FACTORS}))", "would have [0-9,]+ levels"),
        (f"y ~ (1 | {FACTORS.replace(', ', ':')})", "combinations, which cannot be numbered"),
        ("y ~ x" + " + (1 | f)" * 300, "more than 200 group-level terms"),
        (f"y ~ (1 | {FACTORS.replace(', ', '/')})", "21 grouping factors, and at most 20"),
        ("y ~ (1 | (k0/k1/k2/k3/k4):(k5/k6/k7/k8/k9))", "25 grouping factors, and at most 20"),
        ("y ~ x:bs(x, df = 2000)", "df = 2000 has 2,000 columns, and at most 1,000 are made"),
        (f"y ~ ns(x, knots = c({'0.5, ' * 2000}0.5))", "2,001 knots has 2,002 columns"),
        ("y ~ cr(x, df = 2000)", "df = 2000 has 2,000 columns"),
        ("y ~ poly(x, 2000)", "degree 2000 has 2,000 columns"),
        ("y ~ " + " + ".join(f"ns(x,{k})" for k in range(1, 900)), "than 10,000 columns together"),
        ("y ~ poly(x, 2000, raw = TRUE)", "degree 2000 has 2,000 columns"),
        ("y" + " + y" * 4000 + " ~ x", "response is nested more than 100 levels deep"),
        ("y" + " + y" * 7000 + " ~ x", "more than 12,000 words, numbers and operators"),
        ("y ~ x" + " + x" * 7000, "more than 12,000 words, numbers and operators"),
        ("y ~ x" + " + .^2" * 40 + " + .:.:.", "up to [0-9,]+ terms; at most 25,000"),
        ("y ~ x" + " + ." * 100, '"." more than 50 times, which is all other columns'),
        ("y ~ " + " + ".join(f"v{k % 25}:x" for k in range(1600)), "more than 3,000 words and op"),
        ("y ~ x" + " + (x)" * 1100, "more than 3,000 words and operators that are no plain sum"),
        (
            f"y ~ ({' + '.join(f'a{k}' for k in range(400))}) / "
            f"({' + '.join(f'b{k}' for k in range(400))})",
            "have 160,800 variables together; at most 100,000 are read",
        ),
        ("y ~ cut(x, seq(0, 1, 5e-5))", "at most 10,000 intervals, not 20,000"),
        ("y ~ factor(x, levels = 1:1e6)", "has 999,999 values, and at most 100,000 are listed"),
        ("y ~ bs(x, knots = seq(0, 1, 1e-6))", "has 1,000,000 values, and at most 100,000"),
        ("y ~ bs(x, knots = c(1:9e4, 1:9e4))", "has 180,000 values, and at most 100,000"),
        ("y ~ cut(x, 1e6)", "at most 10,000 intervals, not 1,000,000"),
        ("y ~ ordered(id)", "over 3,000 levels cannot be computed accurately"),
        ("y ~ x + " + " " * 10**6, "1,000,008 characters, and at most 40,000 are read"),
        ("y ~ " + "(" * 10**5 + "x" + ")" * 10**5, "200,005 characters"),
    ],
)
def test_what_would_take_too_long_is_refused_with_its_size(formula: str, message: str) -> None:
    with pytest.raises(mw.MixwellError, match=message):
        mw.Model(formula, WIDE, "poisson")


@pytest.mark.parametrize(
    "call",
    [
        "ns(x + {}, 900)",
        "bs(x + {}, df = 890 + 10)",
        "cr(x + {}, knots = seq(0, 1, length.out = 900))",
        "poly(x + {}, degree = 900)",
        "log(1 + cut(x + {}, 9000, labels = FALSE))",
    ],
)
@pytest.mark.parametrize("formula", ["y ~ {}", "y ~ x + ({} | f)", "y ~ x + (1 | f) + {}:x"])
def test_columns_are_counted_before_any_is_made(
    monkeypatch: pytest.MonkeyPatch, formula: str, call: str
) -> None:
    def made(*_: object) -> None:
        pytest.fail("columns were made")

    for name in ("NaturalSpline", "BasisSpline", "CubicRegressionSpline", "Polynomial"):
        monkeypatch.setattr(getattr(transforms, name), "__call__", made)
    monkeypatch.setattr(interval_calls, "_interval", made)
    calls = " + ".join(call.format(k) for k in range(12))
    with pytest.raises(mw.DataError, match="more than 10,000 columns together"):
        mw.Model(formula.format(f"({calls})" if ":" in formula else calls), DATA)


ROWS = {f"c{k}": np.cos((k + 1) * np.arange(20.0)) for k in range(60)}
NARROW = pd.DataFrame({"y": np.arange(20) % 3.0, **ROWS, "t": ["a", "b"] * 10})


@pytest.mark.parametrize(
    ("formula", "seen"),
    [
        (" + ".join(ROWS), 37),
        ("t + " + " + ".join(f"{name}:c0" for name in ROWS), 39),
        (" + ".join(f"poly({name}, 2, raw = TRUE) + {name}" for name in ROWS), 74),
        ("0 + " + " + ".join(ROWS), 37),
    ],
)
def test_columns_too_many_for_the_rows_are_seen_by_the_first_of_them(
    monkeypatch: pytest.MonkeyPatch, formula: str, seen: int
) -> None:
    read: set[object] = set()
    language = model_frame.ModelFrame.variable

    def counted(frame: model_frame.ModelFrame, expr: Expr) -> object:
        read.add(expr)
        return language(frame, expr)

    monkeypatch.setattr(model_frame.ModelFrame, "variable", counted)
    with pytest.raises(mw.DataError, match="There are 20 fixed-effect columns for 20 rows"):
        mw.Model(f"y ~ {formula}", NARROW)
    assert len(read) <= seen


def test_first_columns_that_are_no_more_than_others_refuse_nothing() -> None:
    alike = pd.DataFrame({f"d{k}": NARROW["c0"] * (k + 1) for k in range(60)})
    gaps = NARROW["c1"].where(NARROW["c1"] > 0)
    data = NARROW.assign(**alike, gaps=gaps)
    formula = f"y ~ {' + '.join(alike.columns)} + c1"
    assert mw.Model(formula, data).design.common.columns.tolist() == ["Intercept", "d0", "c1"]
    mw.Model(" + ".join(["y ~ gaps", *(f"gaps:d{k}" for k in range(60))]), data)


def test_a_column_that_is_not_there_is_said_before_others_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(evaluation, "read_column", lambda *_: pytest.fail("a column was read"))
    with pytest.raises(mw.FormulaError, match="no column 'absent'"):
        predictor.expand_formula(
            parse_formula(f"y ~ {' + '.join(ROWS)} + absent"), evaluation.training_frame(NARROW)
        )


@pytest.mark.parametrize("call", ["ns(v{}, df = 1000)", "bs(v{}, df = 1000)", "poly(v{}, 999)"])
def test_columns_of_functions_too_many_for_the_rows_are_counted_before_any_is_made(
    monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def made(*_: object) -> None:
        pytest.fail("columns were made")

    for name in ("NaturalSpline", "BasisSpline", "Polynomial"):
        monkeypatch.setattr(getattr(transforms, name), "__call__", made)
    calls = " + ".join(call.format(k) for k in range(4))
    with pytest.raises(mw.DataError, match=r"There are up to (4,?001|3,?997) .* for 3,?000 rows"):
        mw.Model(f"y ~ {calls}", WIDE)


def test_functions_of_ones_own_are_not_counted_as_those_of_their_name() -> None:
    formula = "y ~ " + " + ".join(f"ns(x + {k}, 900)" for k in range(12))
    model = mw.Model(formula, DATA, functions={"ns": lambda x, power: np.sin(power * x)})
    assert len(model.design.common.columns) > 1


@pytest.mark.parametrize("formula", ["y ~ id", "y ~ id * x", "y ~ 0 + id", "y ~ x + (id | f)"])
@pytest.mark.parametrize("coding", [None, "sum", "helmert"])
def test_a_factor_of_many_levels_is_refused_before_its_columns_are_made(
    formula: str, coding: str | None
) -> None:
    """100,000 levels have a table of 75 GB: no part of it is made."""
    n = 100_000
    data = pd.DataFrame({"y": np.arange(n) % 7.0, "x": np.arange(n) % 5.0, "f": np.arange(n) % 9})
    data["id"] = pd.Categorical.from_codes(np.arange(n), [f"i{k}" for k in range(n)])
    contrasts = None if coding is None else {"id": coding}
    tracemalloc.start()
    try:
        with pytest.raises(mw.DataError, match=r"factor of 100,000 levels.* would take 80 GB"):
            mw.Model(formula, data.assign(f=data["f"].astype(str)), contrasts=contrasts)
        assert tracemalloc.get_traced_memory()[1] < 100e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "formula",
    ["y ~ C(id, contr.sum)", "y ~ factor(id)", "y ~ ordered(k)", "y ~ as.factor(k) * x"],
)
def test_a_factor_made_of_a_column_is_refused_before_all_levels_are_read(
    formula: str,
) -> None:
    n = 400_000
    data = pd.DataFrame({"y": np.arange(n) % 7.0, "x": np.arange(n) % 5.0, "k": np.arange(n)})
    data["id"] = data["k"].astype(str)
    mw.Model(formula, data[:40].assign(id=data["id"][:40].str[-1:], k=data["k"][:40] % 10))
    tracemalloc.start()  # now that all is loaded
    try:
        with pytest.raises(mw.DataError, match=r"a factor of 100,000 levels or more.* would take"):
            mw.Model(formula, data)
        assert tracemalloc.get_traced_memory()[1] < 10e6  # sorted levels and codes take 13 MB
    finally:
        tracemalloc.stop()


def test_levels_that_a_formula_takes_out_are_not_counted() -> None:
    n = 100_000
    data = pd.DataFrame({"y": np.arange(n) % 7.0, "id": [f"i{k}" for k in range(n)]})
    model = mw.Model("y ~ factor(id, levels = c('i1', 'i2', 'i3', 'i9'))", data, family="poisson")
    assert model.spec.design.n == 4


@pytest.mark.parametrize(
    ("formula", "coding"),
    [
        *((f"y ~ {terms}", None) for terms in ("0 + id", "x + id", "f + id", "0 + x + id")),
        *((f"y ~ {terms}", None) for terms in ("x * id", "id + k + (1 | f)", "factor(k) + x")),
        *(("y ~ id + x", {"id": coding}) for coding in ("treatment", "sum", "helmert", "sdif")),
    ],
)
def test_a_factor_with_a_level_for_each_row_is_refused_before_it_is_coded(
    formula: str, coding: dict[str, str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def done(*_: object) -> None:
        pytest.fail("a factor was coded, or the rank of columns looked for")

    monkeypatch.setattr(fixed_effects, "independent_columns", done)
    monkeypatch.setattr(predictor, "learn_atom", done)
    with pytest.raises(mw.DataError, match="3000 fixed-effect columns for 3000 rows"):
        mw.Model(formula, DATA.assign(k=np.arange(N)), contrasts=coding)


def test_a_level_for_each_row_is_no_fault_where_there_are_no_residuals() -> None:
    data = DATA[:12].assign(se=0.5)
    for formula, family, columns in (
        ("y ~ x + id", "poisson", 12),
        ("y | se(se) ~ id", "gaussian", 12),
    ):
        assert len(mw.Model(formula, data, family).design.common.columns) == columns
    with pytest.raises(mw.DataError, match="12 fixed-effect columns for 12 rows"):
        mw.Model("y | se(se, sigma = TRUE) ~ id", data)


@pytest.mark.parametrize(
    "formula", ["y ~ half * x", "y ~ half:x", "y ~ x + half", "y ~ f + half:f + (1 | f)"]
)
def test_a_factor_of_too_many_levels_for_the_rank_is_refused_before_it_is_coded(
    formula: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rank of 5,000 columns or more in as many rows takes minutes, their coding seconds."""

    def unwanted(*given: object) -> None:
        pytest.fail("a factor was coded, or the rank of columns looked for")

    n = 10_000
    data = pd.DataFrame({"y": np.arange(n) % 7.0, "x": np.linspace(0, 1, n)})
    data["half"] = [f"h{k // 2}" for k in range(n)]
    data["f"] = [f"f{k % 3}" for k in range(n)]
    monkeypatch.setattr(predictor, "learn_atom", unwanted)
    monkeypatch.setattr(fixed_effects, "independent_columns", unwanted)
    with pytest.raises(mw.DataError, match="4,999 columns or more for 10,000 rows: too many") as it:
        mw.Model(formula, data)
    assert "(1 | half)" in str(it.value)


@pytest.mark.parametrize("coding", ["treatment", "sum", "helmert", "sdif", "simple", "poly"])
def test_the_columns_of_one_factor_are_independent_as_its_rank_says(coding: str) -> None:
    data = DATA[::5].assign(f=[f"f{k * k % 11}" for k in range(len(DATA[::5]))])
    fixed = mw.Model("y ~ f", data, contrasts={"f": coding}).spec.design.mean.fixed
    assert np.linalg.matrix_rank(fixed.values) == fixed.values.shape[1] == 6
    assert not fixed.dropped


def test_a_product_of_splines_is_refused_with_its_size() -> None:
    data = DATA.assign(z=np.cos(np.arange(N)))
    with pytest.raises(mw.DataError, match="250,000 columns"):
        mw.Model("y ~ bs(x, df = 500):bs(z, df = 500)", data)


def test_numbers_of_a_formula_are_floats_and_do_not_wrap_around() -> None:
    """R computes with doubles: 9^99999 is infinite, 2^64 is 18446744073709551616."""
    with pytest.raises(mw.DataError, match="infinite"):
        mw.Model("y ~ I(x + 9**99999)", DATA)
    made = mw.Model("y ~ I(x * 2^64)", DATA).design.common["I(x * 2^64)"]
    assert made.max() == 2.0**64
    left = mw.Model("y ~ I(x * (36893488147419103237 %% 7))", DATA).design.common
    assert left.iloc[:, 1].max() == float(36893488147419103237) % 7
