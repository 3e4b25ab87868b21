"""As many independent columns as rows are known from the first of them."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.design.columns import fixed_effects, residuals_left


def columns(rows: int, **further: object) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    made = {f"v{k}": rng.normal(size=rows) for k in range(60)}
    made |= {f"f{k}": rng.permutation([f"l{i % 3}" for i in range(rows)]) for k in range(10)}
    return pd.DataFrame({"y": rng.normal(size=rows), **made, **further})


NUMBERS = " + ".join(f"v{k}" for k in range(25))
FACTORS = " * ".join(f"f{k}" for k in range(10))


@pytest.mark.parametrize("terms", [f"({NUMBERS})^4", FACTORS, f"({NUMBERS}):({NUMBERS}):f0"])
def test_the_first_columns_show_that_no_residuals_are_left(
    terms: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    widths = []
    count = residuals_left.count_independent

    def counted(matrix):
        widths.append(matrix.shape[1])
        return count(matrix)

    monkeypatch.setattr(residuals_left, "count_independent", counted)
    with pytest.raises(mw.DataError, match="There are 50 fixed-effect columns for 50 rows"):
        mw.Model(f"y ~ {terms}", columns(50))
    assert max(widths) < 300


def test_columns_that_others_determine_are_not_counted() -> None:
    signs = {f"s{k}": np.where(np.arange(40) // 2**k % 2, 1.0, -1.0) for k in range(3)}
    twice = {f"t{k}": signs[f"s{k}"] * (k + 2) for k in range(3)}
    products = " + ".join([*signs, *twice])
    fixed = mw.Model(f"y ~ ({products})^5", columns(40, **signs, **twice)).spec.design.mean.fixed
    assert len(fixed.plan.names()) == 63
    assert len(fixed.names) == 8


def test_predictors_far_from_zero_are_counted_where_they_are_judged() -> None:
    data = columns(30, far=1e9 + np.arange(30.0))
    with pytest.raises(mw.DataError, match="There are 30 fixed-effect columns for 30 rows"):
        mw.Model(f"y ~ far * ({NUMBERS})", data)
    assert len(mw.Model("y ~ far * v1 + v2", data).spec.design.mean.fixed.names) == 5


def test_where_rank_takes_long_combinations_of_levels_that_occur_are_counted() -> None:
    """900 columns for 800 rows, of which 400 differ: they are looked at as before."""
    k = np.arange(800) % 400
    data = pd.DataFrame({"y": np.sin(k * k), "f": k % 20, "g": (k % 20 + k // 20 % 20) % 30})
    data = data.assign(f=data["f"].astype(str), g=(k // 20 + 10 * (k % 2)).astype(str), x=np.cos(k))
    fixed = mw.Model("y ~ f * g", data).spec.design.mean.fixed
    assert len(fixed.names) == len({*zip(data["f"], data["g"], strict=True)}) < 800


KINKS = " + ".join(f"abs(v{k % 60} + 0.{k // 60})" for k in range(600)) + " + " + NUMBERS
KINKS += " + " + " + ".join(f"abs(v{k} + 1)" for k in range(40))


@pytest.mark.parametrize("terms", ["v0:id", KINKS])
def test_where_rank_takes_long_it_is_not_looked_for(
    terms: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unwanted(*_: object) -> None:
        pytest.fail("the rank of columns was looked for")

    monkeypatch.setattr(fixed_effects, "independent_columns", unwanted)
    monkeypatch.setattr(residuals_left, "count_independent", unwanted)
    data = columns(650, id=[f"i{k}" for k in range(650)])
    with pytest.raises(mw.DataError, match=r"There are up to 6[0-9]+ fixed-effect columns for 650"):
        mw.Model(f"y ~ {terms}", data)


@pytest.mark.parametrize("cells", [399, 400])
def test_combinations_that_occur_are_counted_to_the_last_one(cells: int) -> None:
    """20 x 20 levels in 400 rows: one row twice leaves a residual, each once leaves none."""
    k = np.arange(400) % cells
    data = pd.DataFrame({"y": np.sin(k * k), "f": (k % 20).astype(str), "g": (k // 20).astype(str)})
    formula = "y ~ f * g"
    if cells == 400:
        with pytest.raises(mw.DataError, match="400 fixed-effect columns for 400 rows"):
            mw.Model(formula, data)
    else:
        assert len(mw.Model(formula, data).spec.design.mean.fixed.names) == 399
