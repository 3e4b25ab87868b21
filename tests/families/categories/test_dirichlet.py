"""Dirichlet shares and Dirichlet-multinomial counts: SciPy's densities, and all rooms."""

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats
from tests.families.test_density import slopes

import mixwell as mw
from mixwell.families import get_family
from mixwell.infer.direct.row_loops import row_loop
from mixwell.infer.direct.rows import build_rows
from mixwell.posterior.predictive import log_likelihood, posterior_predictive

LEVELS = ["a", "b", "c"]
NAMES = ["eta", "muc", "kappa"]
PARAMETERS = {
    "eta": np.array([0.3, -1.2, 2.0]),
    "muc": np.array([-0.4, 0.7, 1.1]),
    "kappa": np.array([2.0, 9.0, 30.0]),
}
RESPONSES = {
    "dirichlet": np.array([[0.2, 0.3, 0.5], [0.1, 0.1, 0.8], [0.6, 0.3, 0.1]]),
    "dirichlet_multinomial": np.array([[2.0, 3, 5], [0, 1, 8], [6, 3, 0]]),
}
FAMILIES = pytest.mark.parametrize("name", RESPONSES)


def point(name):
    """The family of three categories, with rows."""
    columns = {f"column_{k}": column for k, column in enumerate(RESPONSES[name].T)}
    return get_family(name).of(LEVELS), {**PARAMETERS, **columns}


def law(name, y, a):
    if name == "dirichlet":
        return stats.dirichlet(a).logpdf(y)
    return stats.dirichlet_multinomial(a, int(y.sum())).logpmf(y.astype(int))


def simulated(name, n=300, seed=4):
    """Rows of which b and c have log odds of 0.5 + 0.8 x and -0.5; kappa is 12."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    eta = np.stack([np.zeros(n), 0.5 + 0.8 * x, np.full(n, -0.5)], axis=1)
    shares = np.stack([rng.dirichlet(12 * p) for p in special.softmax(eta, axis=1)])
    shares = np.clip(shares, 1e-9, None)
    shares /= shares.sum(axis=1, keepdims=True)
    if name == "dirichlet_multinomial":
        shares = np.stack([rng.multinomial(20, p) for p in shares])
    return pd.DataFrame(shares, columns=LEVELS).assign(x=x, g=[f"g{k % 6}" for k in range(n)])


@FAMILIES
def test_the_density_is_scipys(name):
    family, given = point(name)
    p = special.softmax([np.zeros(3), given["eta"], given["muc"]], axis=0).T
    rows = zip(RESPONSES[name], given["kappa"][:, None] * p, strict=True)
    expected = [law(name, y, a) for y, a in rows]
    np.testing.assert_allclose(family.arguments(**given).call(family.density.log), expected)


@FAMILIES
def test_the_derivatives_are_those_of_the_density(name):
    family, given = point(name)

    def value(part):
        return lambda **at: family.arguments(**at).call(part)

    found, density = family.arguments(**given), family.density
    hessian = iter(found.call(density.hessian))
    for row, one in enumerate(NAMES):
        expected = slopes(value(density.log), given, one)
        np.testing.assert_allclose(found.call(density.gradient)[row], expected, rtol=1e-7)
        for other in NAMES[: row + 1]:
            expected = slopes(lambda r=row, **at: value(density.gradient)(**at)[r], given, other)
            np.testing.assert_allclose(next(hessian), expected, rtol=1e-6, atol=1e-9)


def test_the_curvature_of_shares_is_the_expected_information():
    family, given = point("dirichlet")
    p = special.softmax([np.zeros(3), given["eta"], given["muc"]], axis=0).T
    rng = np.random.default_rng(3)
    drawn = np.stack(
        [rng.dirichlet(k * q, 400_000) for k, q in zip(given["kappa"], p, strict=True)], axis=1
    )
    drawn = np.clip(drawn, 1e-300, None)
    columns = {f"column_{k}": drawn[..., k] for k in range(3)}
    observed = family.arguments(**{**PARAMETERS, **columns}).call(family.density.hessian)
    found = family.arguments(**given)
    curvature = found.call(family.density.curvature)
    mixed = [found.call(function) for function in family.density.mixed]
    expected = [curvature[0], mixed[0], curvature[1], mixed[1], mixed[2], curvature[2]]
    for terms, known in zip(observed, expected, strict=True):
        entry = np.broadcast_to(terms, drawn.shape[:2])
        error = np.std(entry, axis=0) / np.sqrt(len(drawn))
        assert (np.abs(-np.mean(entry, axis=0) - known) < 5 * error + 1e-9).all()


def test_the_curvature_of_counts_is_positive():
    family, given = point("dirichlet_multinomial")
    for entry in family.arguments(**given).call(family.density.curvature):
        assert (entry > 0).all()


@FAMILIES
def test_the_mode_finds_what_rows_were_simulated_with(name):
    model = mw.Model("cbind(a, b, c) ~ x", simulated(name), name)
    found = model.mode(flat=True)
    truth = [0.5, 0.8, -0.5, 0.0]
    away = (found.fixef()["estimate"] - truth) / found.fixef()["se"]
    assert away.abs().max() < 3
    assert found.parameters["kappa"] == pytest.approx(12, rel=0.2)
    rows = build_rows(model.spec)
    eta = np.random.default_rng(2).normal(size=(3, rows.n))
    np.testing.assert_allclose(row_loop(rows).score(eta, {})[1], rows.score(eta, {})[1], atol=1e-8)


@FAMILIES
def test_pymc_has_the_same_log_likelihood(name):
    data = simulated(name, 20)
    mine = mw.Model("cbind(a, b, c) ~ x", data, name).pymc
    point = mine.initial_point()
    kappa = np.exp(float(point["kappa_log__"]))
    logp = mine.compile_logp(vars=mine.observed_RVs, mode="FAST_COMPILE")
    expected = sum(law(name, y, np.full(3, kappa / 3)) for y in data[LEVELS].to_numpy())
    assert float(logp(point)) == pytest.approx(expected, rel=1e-6)


@FAMILIES
def test_a_fit_is_asked_as_any_other(name, tmp_path):
    data = simulated(name, 80)
    model = mw.Model("cbind(a, b, c) ~ x + (1 | g)", data, name)
    fit = model.fit(draws=120, tune=150, chains=2, seed=3, progressbar=False)
    assert list(fit.fixef().index) == ["mub_Intercept", "mub_x", "muc_Intercept", "muc_x"]
    shares = fit.means("x", at={"x": [0.0, 1.0]})
    np.testing.assert_allclose(shares["estimate"].to_numpy().reshape(2, 3).sum(axis=1), 1.0)
    assert np.isfinite(log_likelihood(fit.drawn)).all()
    new = posterior_predictive(fit.drawn, seed=1)
    total = 1.0 if name == "dirichlet" else 20.0
    np.testing.assert_allclose(new.sum("category"), total, rtol=1e-9)
    expected = fit.predictions(groups="existing")["estimate"].to_numpy().reshape(-1, 3).mean(axis=0)
    np.testing.assert_allclose(new.mean(("chain", "draw", "obs")) / total, expected, atol=0.02)
    assert fit.predictions(data[["x", "g"]].head(2))["category"].tolist() == LEVELS * 2
    np.testing.assert_allclose(
        fit.residuals()["estimate"].to_numpy().reshape(-1, 3).sum(axis=1), 0.0, atol=1e-8
    )
    again = mw.load(fit.save(tmp_path / "fit.nc"))
    np.testing.assert_array_equal(again.fixef()["estimate"], fit.fixef()["estimate"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"a": 0.9}, 'shares of "cbind\\(a, b, c\\)" add up to'),
        ({"a": 0.0, "b": 0.5, "c": 0.5}, "The response has no a"),
        ({"a": -0.5, "b": 1.0, "c": 0.5}, "is not between 0 and 1"),
    ],
)
def test_what_are_no_shares_is_refused(change, said):
    with pytest.raises(mw.DataError, match=said):
        mw.Model("cbind(a, b, c) ~ x", simulated("dirichlet", 10).assign(**change), "dirichlet")
