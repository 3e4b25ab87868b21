"""Cells that the data lack, where a factor has a level for the others only."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.errors import DataError

SPELLINGS = [
    "interaction(a, b)",
    'interaction(a, b, sep = "_")',
    "interaction(a, b, drop = TRUE)",
    "interaction(b, a, lex.order = TRUE)",
    "factor(interaction(a, b))",
    'relevel(interaction(a, b), "v.p")',
    "C(interaction(a, b), sum)",
    "pasted(a, b)",
    "0 + interaction(a, b)",
]


def pasted(a, b):
    return a.astype(str) + b.astype(str)


@pytest.fixture(scope="module")
def rows():
    """Return rows without the cell `v r`, whose levels of b differ by nine."""
    made = pd.DataFrame({"a": list("uvuvu") * 4, "b": list("ppqqr") * 4})
    rng = np.random.default_rng(3)
    made["x"] = rng.normal(size=len(made))
    return made.assign(y=rng.normal(size=len(made)) + 9.0 * (made.b == "r"))


def fitted(formula, data):
    functions = {"pasted": pasted} if "pasted" in formula else None
    model = mw.Model(formula, data, functions=functions)
    return model.fit(engine="exact", seed=1, draws=200, chains=2)


def estimates(table):
    return table.frame["estimate"].to_numpy(dtype=float)


@pytest.mark.parametrize("term", SPELLINGS)
def test_a_cell_without_rows_has_no_mean_however_the_factor_is_spelled(term, rows) -> None:
    # the columns span what those of a * b do, whose empty cell is not estimable
    table = fitted(f"y ~ {term}", rows).means(["a", "b"])
    own, crossed = estimates(table), fitted("y ~ a * b", rows).means(["a", "b"])
    assert np.isnan(own).tolist() == np.isnan(estimates(crossed)).tolist() == [False] * 5 + [True]
    assert "Not estimable, shown as NaN: v, r." in str(table)
    # closed form under flat priors: each cell's own mean
    cells = rows.groupby(["b", "a"])["y"].mean().to_numpy()
    np.testing.assert_allclose(own[:5], cells, atol=0.25)


@pytest.mark.parametrize("term", SPELLINGS)
def test_comparisons_and_contrasts_know_the_cell_without_rows(term, rows) -> None:
    fit = fitted(f"y ~ {term}", rows)
    assert np.isnan(estimates(fit.comparisons("a", by="b"))).tolist() == [False, False, True]
    assert np.isnan(estimates(fit.comparisons("a"))).tolist() == [True]
    pairs = fit.contrasts("pairwise", "b", by="a")
    assert np.isnan(estimates(pairs)).tolist() == [False] * 4 + [True, True]


@pytest.mark.parametrize("kind", ["response", "rows", "existing"])
def test_averages_over_rows_know_the_cell_without_rows(kind, rows) -> None:
    # the same cells are not estimable as those of a * b
    data = rows.assign(n=np.arange(20) % 4, s=np.repeat(list("1234"), 5))
    found = []
    for term in ("interaction(a, b)", "a * b"):
        if kind == "existing":
            asked = fitted(f"y ~ {term} + (1 | s)", data).means(["a", "b"], groups="existing")
        elif kind == "rows":
            asked = fitted(f"y ~ {term} + x", data).comparisons("b", over="data")
        else:
            model = mw.Model(f"n ~ {term} + x", data, family="poisson")
            fit = model.fit(engine="exact", seed=1, draws=50, chains=2)
            asked = fit.means("a", average="response")
            slopes = fit.slopes("x", by=["a", "b"], scale="response")
            assert np.isnan(estimates(slopes)).tolist() == [False] * 5 + [True]
        found.append(np.isnan(estimates(asked)).tolist())
    assert found[0] == found[1]
    assert True in found[0]


def test_new_data_of_a_cell_without_rows_are_refused(rows) -> None:
    fit = fitted("y ~ interaction(a, b)", rows)
    with pytest.raises(DataError, match="a = v, b = r, in rows of the new data"):
        fit.predictions(pd.DataFrame({"a": ["u", "v"], "b": ["r", "r"]}))


def test_a_slope_is_missing_in_a_cell_without_rows_only_where_it_is_the_cells_own(rows) -> None:
    own = fitted("y ~ interaction(a, b) * x", rows).slopes("x", by=["a", "b"])
    assert np.isnan(estimates(own)).tolist() == [False] * 5 + [True]
    shared = estimates(fitted("y ~ interaction(a, b) + x", rows).slopes("x", by=["a", "b"]))
    assert not np.isnan(shared).any()
    assert np.ptp(shared) == pytest.approx(0.0, abs=1e-12)


def test_cells_without_rows_do_not_cancel_each_other(rows) -> None:
    # each mean of a lacks one cell; that of another name is no answer for it
    fewer = rows[~((rows.a == "u") & (rows.b == "q"))]
    assert np.isnan(estimates(fitted("y ~ interaction(a, b)", fewer).comparisons("a"))).all()
    at_r = fitted("y ~ interaction(a, b) + x", rows).contrasts(
        "pairwise", "x", by=["a", "b"], at={"x": [0, 1]}
    )
    assert not np.isnan(estimates(at_r)).any()


def test_levels_nested_in_anothers_are_averaged_over_those_that_there_are() -> None:
    # b is nested in a: its cells are all of its levels (closed form: means of the cell means)
    rng = np.random.default_rng(5)
    data = pd.DataFrame({"a": list("uuuvv") * 6, "b": list("pqrst") * 6})
    data["y"] = rng.normal(size=len(data)) + np.tile([0.0, 3, 6, 20, 30], 6)
    means = data.groupby(["a", "b"])["y"].mean().groupby("a").mean()
    found = estimates(fitted("y ~ interaction(a, b)", data).means("a"))
    np.testing.assert_allclose(found, means.to_numpy(), atol=0.3)


@pytest.mark.parametrize(
    "ask",
    [
        lambda fit: fit.means("x", at={"x": [0, 2, 9]}),
        lambda fit: fit.comparisons("x", step=(0, 9)),
        lambda fit: fit.means("x", at={"x": [-1, 2]}),
        lambda fit: fit.means("g", at={"x": 9}),
        lambda fit: fit.contrasts("pairwise", "x", at={"x": [0, 9]}),
    ],
)
@pytest.mark.parametrize(
    "term",
    [
        "cut(x, c(-1, 1, 2, 3))",
        "ordered(cut(x, c(-1, 1, 2, 3)))",
        "interaction(cut(x, c(-1, 1, 2, 3)), g)",
        "I(cut(x, c(-1, 1, 2, 3)) == '(1,2]')",
    ],
)
def test_a_value_outside_the_intervals_has_no_mean(term, ask) -> None:
    # R's cut() gives NA outside its breaks, the lowest of which is outside, too
    data = pd.DataFrame({"x": np.tile([0.0, 1, 2, 3], 6), "g": list("ab") * 12})
    fit = fitted(f"y ~ {term} + g", data.assign(y=np.sin(np.arange(24))))
    with pytest.raises(DataError, match=r"no level for .* that this asks about") as refused:
        ask(fit)
    assert "x = 9" in str(refused.value) or "x = -1" in str(refused.value)


def test_an_interval_without_rows_is_refused_with_the_value_that_lies_there() -> None:
    data = pd.DataFrame({"x": np.tile([0.0, 1, 2, 3], 6), "g": list("ab") * 12})
    fit = fitted("y ~ cut(x, c(-1, 1.2, 1.8, 3)) + g", data.assign(y=np.sin(np.arange(24))))
    with pytest.raises(DataError, match=r"\(1.2,1.8\](.|\n)*x = 1.5"):
        fit.means("g")  # the mean of x lies there
    assert len(fit.means("g", at={"x": 1}).frame) == 2


def test_a_number_made_a_factor_and_a_number_again_stands_at_its_own_values() -> None:
    # levels 2, 3, 58 are positions 1, 2, 3: the means lie on a line in these
    data = pd.DataFrame({"k": np.repeat([2, 3, 58], 8)})
    data["y"] = np.random.default_rng(0).normal(size=24) + np.repeat([1.0, 2, 3], 8)
    fit = fitted("y ~ as.numeric(factor(k))", data)
    table = fit.means("k")
    assert table.frame["k"].tolist() == [2, 3, 58]
    slope = estimates(fit.slopes("as.numeric(factor(k))"))[0]
    np.testing.assert_allclose(np.diff(estimates(table)), slope)
