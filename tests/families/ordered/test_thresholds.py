"""Densities whose thresholds are made of others: against the family that has each of its own."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.families import FAMILIES, Family, get_family
from mixwell.families.ordered.rating_families import EQUIDISTANT
from mixwell.numeric.arrays import FloatArray

LEVELS = ("a", "b", "c", "d")
Y = np.array([0.0, 1.0, 2.0, 3.0, 1.0])
#: Parameters of rows: each has a first threshold of its own, so that differences are row by row.
ROWS = {
    "eta": np.array([0.3, -1.2, 2.0, 0.9, 0.1]),
    "threshold": np.array([-1.0, -0.8, -1.2, 0.1, -2.0]),
    "disc": np.array([1.0, 0.7, 1.3, 1.1, 2.0]),
    "spacing": np.array([1.3, 0.7, 2.0, 0.4, 1.1]),
}
CASES = [
    (name, link)
    for name, family in FAMILIES.items()
    if name == f"{family.based_on}_{EQUIDISTANT}"
    for link in family.links
]


@pytest.fixture(params=CASES, ids=[" ".join(case) for case in CASES])
def family(request: pytest.FixtureRequest) -> Family:
    name, link = request.param
    return FAMILIES[name].with_link(link).of(LEVELS)


def at(family: Family, given: dict[str, FloatArray], **more: Any) -> Any:
    vector = {"threshold": given["threshold"][:, None]}
    return family.arguments(**{"y": Y, **given, **vector, **more})


def rows_of(found: Any) -> FloatArray:
    return np.array([np.broadcast_to(one, Y.shape) for one in found])


def each_of_its_own(family: Family) -> Any:
    """The family whose thresholds are a vector, at the same thresholds of every row."""
    steps = ROWS["spacing"][:, None] * np.arange(len(LEVELS) - 1)
    others = {name: ROWS[name] for name in ("eta", "disc")}
    whole = FAMILIES[family.based_on].with_link(family.link_name)
    return whole.arguments(y=Y, **others, threshold=ROWS["threshold"][:, None] + steps)


def test_the_log_density_is_that_of_the_thresholds_written_out(family: Family) -> None:
    expected = each_of_its_own(family).call(FAMILIES[family.based_on].density.log)
    np.testing.assert_allclose(at(family, ROWS).call(family.density.log), expected, rtol=1e-12)


def differences(of: Callable[[dict[str, FloatArray]], FloatArray], names: list[str]) -> Any:
    for name in names:
        up, down = ({**ROWS, name: ROWS[name] + s} for s in (1e-5, -1e-5))
        yield (of(up) - of(down)) / 2e-5


def test_derivatives_are_those_of_the_log_density(family: Family) -> None:
    names = ["eta", *(p.name for p in family.further)]

    def log_density(given: dict[str, FloatArray]) -> FloatArray:
        return rows_of([at(family, given).call(family.density.log)])

    def gradient(given: dict[str, FloatArray]) -> FloatArray:
        return rows_of(at(family, given).call(family.density.gradient))

    slopes = [one[0] for one in differences(log_density, names)]
    np.testing.assert_allclose(gradient(ROWS), slopes, rtol=1e-6, atol=1e-8)
    bends = list(differences(gradient, names))
    lower = [bends[j][i] for i in range(len(names)) for j in range(i + 1)]
    found = rows_of(at(family, ROWS).call(family.density.hessian))
    np.testing.assert_allclose(found, lower, rtol=1e-6, atol=1e-7)


def test_the_curvature_has_no_negative_direction(family: Family) -> None:
    diagonal = rows_of(at(family, ROWS).call(family.density.curvature))
    entries = iter(at(family, ROWS).call(family.density.pairs))
    whole = np.zeros((len(Y), len(diagonal), len(diagonal)))
    for i, own in enumerate(diagonal):
        whole[:, i, i] = own
        for j in range(i):
            found = next(entries)
            whole[:, i, j] = whole[:, j, i] = 0.0 if found is None else found
    assert next(entries, None) is None
    assert np.linalg.eigvalsh(whole).min() > -1e-14


def test_random_ratings_come_with_their_probabilities(family: Family) -> None:
    shape = (50_000, len(Y))
    drawn = at(family, ROWS, draw=np.random.default_rng(1).random(shape))
    ratings = drawn.call(family.sampler.response)
    for k in range(len(LEVELS)):
        chance = np.exp(at(family, ROWS, y=np.full(len(Y), float(k))).call(family.density.log))
        error = np.sqrt(chance * (1 - chance) / shape[0])
        assert (np.abs((ratings == k).mean(axis=0) - chance) < 5 * error + 1e-12).all()


def test_what_is_counted_for_quadrature_is_the_density(family: Family) -> None:
    assert family.tally is not None
    rows = at(family, ROWS, s=Y, disc=1.0)
    seen = tuple(rows.call(family.tally.of_row))
    found = rows.given(seen=seen).call(family.tally.by_row)
    expected = at(family, ROWS, disc=1.0).call(family.density.log)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


def test_the_scale_of_the_linear_predictor_counts_from_the_mean_of_the_thresholds(
    family: Family,
) -> None:
    found = at(family, ROWS).call(family.origin)
    middle = ROWS["threshold"] + ROWS["spacing"] * (len(LEVELS) - 2) / 2
    np.testing.assert_allclose(found, middle, rtol=1e-14)


def simulated(name: str, rng: np.random.Generator) -> pd.DataFrame:
    """Ratings of 60 groups with thresholds -1, 0.2 and 1.4 and a slope of 0.8."""
    n = 1200
    g, x = np.repeat(np.arange(60), n // 60), rng.normal(5.0, 1.0, n)
    eta = 0.8 * (x - 5.0) + rng.normal(0.0, 0.5, 60)[g]
    family = FAMILIES[name].of(LEVELS)
    given = family.arguments(
        eta=eta, draw=rng.random(n), threshold=np.array([-1.0]), spacing=1.2, disc=1.0
    )
    return pd.DataFrame({"y": 1 + given.call(family.sampler.response).astype(int), "x": x, "g": g})


@pytest.mark.parametrize("name", dict.fromkeys(name for name, _ in CASES))
def test_a_first_threshold_and_the_distance_to_the_next_are_recovered(name: str) -> None:
    """At x = 0 the first one lies at -1 + 0.8 * 5."""
    data = simulated(name, np.random.default_rng(12))
    fit = mw.Model("y ~ x + (1 | g)", data, name).fit(draws=250, seed=1, progressbar=False)
    found = fit.summary()
    assert fit.engine["name"] == "exact"
    true = {"x": 0.8, "threshold[1|2]": 3.0, "spacing": 1.2, "sd_g[Intercept]": 0.5}
    for label, value in true.items():
        assert abs(found.loc[label, "estimate"] - value) < 3.5 * found.loc[label, "sd"], label


def test_on_the_link_scale_means_count_from_the_mean_of_the_thresholds() -> None:
    name = f"cumulative_{EQUIDISTANT}"
    data = simulated(name, np.random.default_rng(3))
    fit = mw.Model("y ~ x", data, name).fit(draws=50, seed=1, progressbar=False)
    found = fit.predictions(pd.DataFrame({"x": [5.0]}), kind="linear").frame["estimate"]
    draws = fit.idata.posterior
    middle = draws["threshold"][..., 0] + draws["spacing"]
    expected = float((5.0 * draws["b"][..., 0] - middle).mean())
    assert float(found.iloc[0]) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    "spelling",
    ["cumulative(threshold='equidistant')", 'cumulative( threshold = "equidistant" )',
     "cumulative(threshold=equidistant)", "cumulative_equidistant", "cumulativeequidistant"],
)  # fmt: skip
def test_families_with_equal_distances_are_found_as_brms_writes_them(spelling: str) -> None:
    assert get_family(spelling).name == "cumulative_equidistant"


def test_other_thresholds_are_refused_by_name() -> None:
    assert get_family("acat(threshold='flexible')").name == "acat"
    with pytest.raises(mw.DataError, match='no thresholds "symmetric"') as error:
        get_family("cumulative(threshold='symmetric')")
    assert error.value.hint.startswith('Choices: "flexible" and "equidistant"')


def test_a_fit_with_equal_distances_is_read_again(tmp_path: Path) -> None:
    data = simulated("cumulative_equidistant", np.random.default_rng(3))
    family = "cumulative(threshold='equidistant')"
    fit = mw.Model("y ~ x", data, family).fit(draws=50, seed=1, progressbar=False)
    again = mw.load(fit.save(tmp_path / "fit.nc"))
    assert again.spec.family.name == "cumulative_equidistant"
    pd.testing.assert_frame_equal(again.summary(), fit.summary())
    pickled = pickle.loads(pickle.dumps(fit.spec.family))
    assert pickled.levels == fit.spec.family.levels
    assert pickled.density == fit.spec.family.density
