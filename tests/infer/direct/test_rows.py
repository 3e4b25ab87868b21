"""Rows of the direct engine: equal ones as one, against all of them one by one."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mixwell as mw
from mixwell.infer.direct import rows as module
from mixwell.infer.direct.reference import Conditional, build_reference
from mixwell.infer.direct.target import Target, build_target

#: Formulas and families whose weights multiply log densities, with all that rows may have.
MODELS = {
    "outcomes": ("y ~ a + (1 | g) + (1 | h)", "bernoulli"),
    "weighted, with slopes": ("y | weights(w) ~ a + (1 + a | g)", "bernoulli"),
    "trials": ("wins | trials(n) ~ a + (1 | g)", "binomial"),
    "counts with an offset": ("count ~ a + offset(o) + (1 | g)", "poisson"),
    "truncated": ("some | trunc(lb = 1) ~ a + (1 | g)", "poisson"),
    "censored": ("count | cens(side) ~ a + (1 | g)", "poisson"),
    "two formulas": (["count ~ a + (1 | g)", "alpha ~ h + offset(o)"], "negativebinomial"),
    "ratings": ("rating ~ a + (1 | g)", "cumulative"),
}


def frame(seed: int, n: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    made = pd.DataFrame(
        {
            "a": rng.integers(0, 2, n),
            "g": rng.integers(0, 3, n).astype(str),
            "h": rng.integers(0, 2, n).astype(str),
            "o": rng.choice([0.0, 0.5], n),
            "w": rng.choice([0.0, 1.0, 0.3], n),
            "n": rng.integers(2, 4, n),
            "side": rng.choice([-1, 0, 1], n),
            "count": rng.poisson(1.0, n),
            "y": rng.integers(0, 2, n),
        }
    )
    made["some"] = made["count"] + 1
    made["wins"] = rng.binomial(made["n"], 0.5)
    made["rating"] = pd.Categorical(rng.integers(0, 3, n), ordered=True)
    return made


def both(name: str, data: pd.DataFrame) -> tuple[Target, Target]:
    """Return a model's target with equal rows as one, and with all rows."""
    formula, family = MODELS[name]
    spec = mw.Model(formula, data, family=family).spec
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_MANY", 1)
        few = build_target(spec, observed=True)
        patch.setattr(module, "_MANY", 10**9)
        return few, build_target(spec, observed=True)


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_density_of_cells_is_that_of_all_rows(name: str, seed: int) -> None:
    few, all_rows = both(name, frame(seed))
    assert few.rows.n < 0.8 * all_rows.rows.n
    rng = np.random.default_rng(seed)
    x = 0.3 * rng.normal(size=few.columns.size)
    for vector in few.columns.vectors:
        x[few.columns.coefficients[vector]].sort()
    t = 0.3 * rng.normal(size=few.covariances.size)
    assert few.log_density(x, t) == pytest.approx(all_rows.log_density(x, t), rel=1e-12)
    found = [Conditional(build_reference(target, x)) for target in (few, all_rows)]
    assert all(each.move(t) for each in found)
    np.testing.assert_allclose(found[0].mean, found[1].mean, rtol=1e-6, atol=1e-8)
    assert found[0].log_marginal == pytest.approx(found[1].log_marginal, rel=1e-9)
    moved = x + 0.01
    rests = [each.reference.rest(moved) for each in found]
    np.testing.assert_allclose(rests[0][1], rests[1][1], rtol=1e-7, atol=1e-7)


def test_rows_that_differ_in_one_thing_alone_stay_apart() -> None:
    data = pd.concat([frame(1, 40)] * 3, ignore_index=True)
    few, _ = both("counts with an offset", data)
    read = data[["count", "a", "o", "g"]].drop_duplicates()
    assert few.rows.n == len(read)
    assert few.rows.response.weights is not None
    assert few.rows.response.weights.sum() == len(data)


def test_weights_that_are_precisions_keep_rows_apart() -> None:
    """Two rows of a gaussian model are not one row of twice the weight: it would be one term."""
    data = pd.concat([frame(1)] * 10, ignore_index=True)
    spec = mw.Model("count ~ a + (1 | g)", data).spec
    assert build_target(spec).rows.n == len(data)


def test_the_mode_of_cells_is_that_of_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    data = pd.concat([frame(2)] * 2, ignore_index=True)
    model = mw.Model("y ~ a + (1 | g) + (1 | h)", data, family="bernoulli")
    whole = model.mode(flat=True)
    monkeypatch.setattr(module, "_MANY", 1)
    cells = mw.Model("y ~ a + (1 | g) + (1 | h)", data, family="bernoulli").mode(flat=True)
    assert cells.log_likelihood == pytest.approx(whole.log_likelihood, abs=1e-7)
    np.testing.assert_allclose(cells.b, whole.b, atol=1e-4)


def test_what_is_said_of_rows_is_said_of_each_of_them() -> None:
    data = pd.concat([frame(3)] * 10, ignore_index=True)
    model = mw.Model("y ~ a + (1 | g) + (1 | h)", data, family="bernoulli")
    assert build_target(model.spec).rows.n < 100
    fit = model.fit(engine="direct", seed=1, draws=100, tune=100, chains=2)
    assert len(fit.residuals().frame) == len(fit.predictions().frame) == len(data)
    assert fit.loo().n_data_points == len(data)
