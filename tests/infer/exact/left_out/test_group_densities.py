"""Densities of groups of rows from sums against the normal distribution of these rows."""

from collections.abc import Iterator

import ibis
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import stats

import mixwell as mw
from mixwell.infer.exact.exact_draws import build_target, exact_draws, exact_tree
from mixwell.infer.exact.leave_group_out import leave_one_group_out
from mixwell.infer.exact.left_out.group_densities import GroupDensities
from mixwell.posterior.posterior import Posterior
from mixwell.specify.layout import FactorEffects


@pytest.fixture(autouse=True)
def rows_stay_where_they_lie() -> Iterator[None]:
    mw.options.rows_in_memory = 0
    yield
    mw.options.rows_in_memory = None


def rows() -> pd.DataFrame:
    """Rows of two crossed factors; in the first are rooms with seats, and hours across rooms."""
    rng, n = np.random.default_rng(3), 240
    school, judge = rng.integers(5, size=n), rng.integers(4, size=n)
    room, hour = (10 * school + rng.integers(k, size=n) for k in (3, 2))
    levels = {"school": school, "judge": judge, "room": room, "hour": hour}
    levels["seat"] = 10 * room + rng.integers(2, size=n)
    x, own = 50 + rng.normal(size=n), rng.normal(size=(5, 600))
    y = 1000 + 2 * x + rng.normal(size=n)
    for level, deviations in zip(levels.values(), own, strict=True):
        y += deviations[level]
    named = {name: [f"{name}{k}" for k in level] for name, level in levels.items()}
    numbers = {"y": y, "x": x, "z": rng.normal(size=n), "w": rng.uniform(0.5, 2, n)}
    return pd.DataFrame(numbers | named)


def by_rows(posterior: Posterior, own: list[str], level: int) -> list[float]:
    """The log density of a level's rows in each draw, effects of `own` factors integrated out."""
    spec, draws = posterior.spec, range(posterior.samples)
    factors = {found.factor: found for found in spec.layout.of("mean")}
    part = np.flatnonzero(factors[own[0]].index == level)
    x = spec.design.common.to_numpy()[part]
    weights = np.ones(len(part)) if spec.response.weights is None else spec.response.weights[part]
    values = []
    for draw in draws:
        away = spec.response.values[part] - x @ posterior.coefficients()[:, draw]
        covariance = np.diag(posterior.flat("sigma")[draw] ** 2 / weights)
        for name, found in factors.items():
            z, index = found.values[part], found.index[part]
            if name in own:
                covariance += _own(posterior, found, draw, z) * (index[:, None] == index)
            else:
                away -= (z * posterior.flat(found.r_name)[draw][index]).sum(axis=1)
        values.append(stats.multivariate_normal.logpdf(away, cov=covariance))
    return values


def _own(posterior: Posterior, found: FactorEffects, draw: int, z: np.ndarray) -> np.ndarray:
    return z @ posterior.covariance(found).matrix[draw] @ z.T


MODELS = {
    "one factor": ("y ~ x + (x + z | school)", ["school"], {}),
    "weights": ("y ~ x + (x | school)", ["school"], {"weights": "w"}),
    "crossed": ("y ~ 1 + (z | school) + (z | judge)", ["judge"], {}),
    "nested": ("y ~ x + (1 | school) + (z || room) + (1 | seat)", ["school", "room", "seat"], {}),
    "in the middle": ("y ~ x + (1 | school) + (1 | room) + (z | seat)", ["room", "seat"], {}),
    "across each other": (
        "y ~ x + (1 | judge) + (1 | school) + (z | room) + (1 | hour)",
        ["school", "room", "hour"],
        {},
    ),
    "no fixed effects": ("y ~ 0 + (1 | school)", ["school"], {}),
}


@pytest.mark.parametrize(("formula", "own", "choices"), MODELS.values(), ids=MODELS)
def test_a_groups_density_is_the_normal_one_of_its_rows(
    formula: str, own: list[str], choices: dict[str, str]
) -> None:
    spec = mw.Model(formula, rows(), **choices).spec
    draws = exact_tree(exact_draws(build_target(spec), 100, 1), (1, 100))["posterior"]
    posterior = Posterior(draws.to_dataset(), spec).thinned(3)
    factors = {found.factor: found for found in spec.layout.of("mean")}
    groups = GroupDensities(posterior, factors[own[0]])
    for first, last in ((0, 2), (2, 4)):
        expected = [by_rows(posterior, own, level) for level in range(first, last)]
        np.testing.assert_allclose(groups.block(slice(first, last)), expected, rtol=1e-9)


def test_weights_of_a_survey_multiply_the_log_density_of_a_groups_rows() -> None:
    data = rows().assign(w=lambda d: 1 + d["school"].eq("school1"))  # the same within a group
    spec = mw.Model("y ~ x + (1 | school)", data, weights="w", weight_kind="survey").spec
    draws = exact_tree(exact_draws(build_target(spec), 100, 1), (1, 100))["posterior"]
    posterior = Posterior(draws.to_dataset(), spec).thinned(3)
    [school] = spec.layout.of("mean")
    found = GroupDensities(posterior, school).block(slice(1, 2))[0]
    # of equal weights w the product of w-th powers is a normal one of variances sigma^2 / w,
    # but for what powers lack of a density
    w = spec.response.weights[school.index == 1]
    sigma = posterior.flat("sigma")
    lacking = 0.5 * len(w) * np.log(2 * np.pi * sigma**2 / w[0])
    lacking -= 0.5 * w.sum() * np.log(2 * np.pi * sigma**2)
    np.testing.assert_allclose(found, by_rows(posterior, ["school"], 1) + lacking, rtol=1e-9)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of ibis, which calls DuckDB's old names
@pytest.mark.parametrize(
    ("formula", "choices"),
    [
        ("y ~ x + judge + (x | school)", {}),
        ("y ~ x * judge + offset(z) + (1 | school) + (z | room)", {"weights": "w"}),
        ("y ~ x + (z | school) + (1 | judge)", {}),
        ("y | se(w) ~ x + (1 | school)", {}),
        ("y ~ x + (1 | school)", {"weights": "w", "weight_kind": "survey"}),
    ],
)
def test_groups_of_a_table_elsewhere_are_left_out_as_those_of_rows_in_memory(
    formula: str, choices: dict[str, str]
) -> None:
    data = rows()
    memory = mw.Model(formula, data, **choices).fit(seed=1, draws=100)
    expected = memory.loo("school")
    for table in (pl.from_pandas(data).lazy(), ibis.memtable(data)):
        spec = mw.Model(formula, table, **choices).spec
        found = leave_one_group_out(Posterior(memory.drawn.draws, spec), "school")
        for name in ("elpd", "lpd", "rows", "responses"):
            np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-9)
        np.testing.assert_allclose(found.k_hat, expected.k_hat, atol=1e-6)


def test_what_a_table_is_asked_for_when_groups_are_left_out_stands_in_its_plan() -> None:
    model = mw.Model("y ~ x + (1 | school) + (1 | judge)", pl.from_pandas(rows()).lazy())
    fit = model.fit(seed=1, draws=100)
    before = len(model.plan().frame)
    fit.loo("judge")
    assert model.plan().frame["purpose"].tolist()[before:] == [
        "list the groups of rows",
        "sum the columns' products by school and judge",
    ]
