"""Deviations of very many levels, drawn where they are read: the same posterior, held in no memory.

The eager draws of the same models are the reference; they are checked against closed forms and
quadrature elsewhere (`test_exact_draws`, `test_level_draws`).
"""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.infer.exact.gaussian import gaussian_likelihood, gaussian_target
from mixwell.infer.exact.quadrature import quadrature_target
from mixwell.infer.exact.quadrature.deviation_draws import LaterLevels
from mixwell.posterior import level_deviations
from mixwell.posterior.redrawn_levels import RedrawnLevels

MODELS = {
    "intercepts": ("y ~ x + (1 | g)", "gaussian"),
    "slopes": ("y ~ x + (1 + x | g)", "gaussian"),
    "other units": ("big ~ x + (1 + x | g)", "gaussian"),
    "crossed": ("y ~ x + (1 | g) + (1 | h)", "gaussian"),
    "many crossed": ("y ~ x + (1 | g) + (1 | w)", "gaussian"),
    "counts": ("k ~ x + (1 | g)", "poisson"),
    "counts without columns": ("k ~ 1 + (1 | g)", "poisson"),
    "outcomes": ("z ~ x + (1 + x | g)", "bernoulli"),
}


def data() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    n, g = 240, np.repeat(np.arange(40), 6)
    x, h = rng.normal(size=n), rng.integers(4, size=n)
    eta = 0.3 + 0.5 * x + rng.normal(0, 0.8, 40)[g]
    return pd.DataFrame(
        {
            "x": x,
            "g": g,
            "h": h,
            "w": rng.integers(30, size=n),
            "y": eta + rng.normal(size=n) + 0.5 * h,
            "big": 1e60 * (eta + rng.normal(size=n)),
            "k": rng.poisson(np.exp(eta)),
            "z": (rng.uniform(size=n) < 1 / (1 + np.exp(-eta))).astype(int),
        }
    )


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (gaussian_target, quadrature_target):
        monkeypatch.setattr(module, "HELD", 0)
    monkeypatch.setattr(level_deviations, "_BLOCK", 7 * 4000)


def fitted(name: str) -> mw.Fit:
    formula, family = MODELS[name]
    return mw.Model(formula, data(), family=family).fit(engine="exact", seed=1)


@pytest.mark.parametrize("name", MODELS)
def test_deviations_drawn_later_have_the_posterior_of_those_that_are_held(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = fitted(name)
    for module in (gaussian_target, quadrature_target):
        monkeypatch.setattr(module, "HELD", 0)
    monkeypatch.setattr(level_deviations, "_BLOCK", 7 * 4000)
    if name == "many crossed":
        monkeypatch.setattr(gaussian_target, "_LARGE", 20)
    lazy = fitted(name)
    one, other = (fit.posterior["r_g"].to_numpy().reshape(4000, -1) for fit in (held, lazy))
    error = np.hypot(one.std(axis=0), other.std(axis=0)) / np.sqrt(held.made.effective_number)
    assert np.abs((one.mean(axis=0) - other.mean(axis=0)) / error).max() < 4.5
    np.testing.assert_allclose(other.std(axis=0), one.std(axis=0), rtol=0.12)
    together = []
    for fit, draws in ((held, one), (lazy, other)):  # each belongs to its own draw of b
        b = fit.posterior["b"].to_numpy().reshape(4000, -1)[:, 0]
        mean = draws[:, :: len(fit.spec.layout.factors[0].effects)].mean(axis=1)
        together.append(np.corrcoef(b, mean)[0, 1])
    assert together[1] == pytest.approx(together[0], abs=0.08)
    assert together[1] < -0.15


def test_nothing_that_prints_draws_them(later: None, monkeypatch: pytest.MonkeyPatch) -> None:
    fits = [fitted("intercepts"), fitted("counts")]

    def refused(*_: object) -> None:
        raise AssertionError("deviations were drawn")

    for kind in (RedrawnLevels, LaterLevels):
        monkeypatch.setattr(kind, "__call__", refused)
    for fit in fits:
        assert "independent" in str(fit)
        assert "sd(Intercept)" in fit._repr_html_()
        for text in (fit.report(), fit.explain(), fit.diagnose(), fit.summary(), fit.VarCorr()):
            assert len(str(text)) > 50
        assert len(fit.means("x", at={"x": [0, 1]})) == 2
        assert len(fit.hypothesis("x > 0")) == 1
        assert fit.plot.trace(["x", "sd_g"]) is not None
    assert len(fits[0].ranef()) == 40
    assert len(fits[0].coef()) == 80
    with pytest.raises(AssertionError, match="drawn"):
        fits[1].ranef()


def test_tables_predictions_and_files_have_the_same_draws(later: None, tmp_path) -> None:
    fit = fitted("counts")
    table = fit.ranef()
    fit.save(tmp_path / "fit.nc")
    again = mw.load(tmp_path / "fit.nc")
    np.testing.assert_array_equal(again.posterior["r_g"], fit.posterior["r_g"])
    pd.testing.assert_frame_equal(again.ranef(), table)
    pd.testing.assert_frame_equal(again.coef(), fit.coef())
    one, other = (each.predictions(groups="existing").frame for each in (fit, again))
    pd.testing.assert_frame_equal(one, other)
    assert str(again) == str(fit)


def test_the_same_seed_gives_the_same_deviations(later: None) -> None:
    one, other = fitted("counts"), fitted("counts")
    some = one.posterior["r_g"].isel(g=[30, 2]).to_numpy()
    np.testing.assert_array_equal(other.posterior["r_g"].to_numpy()[:, :, [30, 2]], some)


@pytest.mark.parametrize("name", ["slopes", "crossed"])
def test_a_costly_model_has_the_same_draws_in_any_number_of_threads(
    name: str, later: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = fitted(name)
    monkeypatch.setattr(gaussian_target, "_COSTLY", 1)  # draws are kept on the way
    monkeypatch.setattr(gaussian_likelihood, "_WORTH_THREADS", 1)
    monkeypatch.setattr(gaussian_likelihood, "_TOGETHER", 8)
    monkeypatch.setattr(gaussian_likelihood, "_CACHED", 100)
    fits = []
    for workers in (1, 3):
        monkeypatch.setattr("os.cpu_count", lambda workers=workers: workers)
        fits.append(fitted(name))
    one, other = fits
    for variable in one.posterior:
        np.testing.assert_array_equal(one.posterior[variable], other.posterior[variable])
    mean, sd = (getattr(plain.posterior, measure)(("chain", "draw")) for measure in ("mean", "std"))
    away = (one.posterior.mean(("chain", "draw")) - mean) / sd
    for variable in ("b", "sd_g", "sigma"):
        assert np.abs(away[variable]).max() < 4.5 * np.sqrt(2 / 2000)
    b, r = (one.posterior[v].to_numpy().reshape(4000, -1) for v in ("b", "r_g"))
    intercepts = r[:, :: len(one.spec.layout.factors[0].effects)].mean(axis=1)
    assert np.corrcoef(b[:, 0], intercepts)[0, 1] < -0.15  # each belongs to its own draw of b


def test_a_prior_that_keeps_the_intercept_from_the_levels_is_found_without_their_draws(
    later: None,
) -> None:
    frame = data().assign(y=lambda d: d["y"] + 10.0)
    priors = {"Intercept": "Normal(0, 0.1)"}
    fit = mw.Model("y ~ x + (1 | g)", frame, priors=priors).fit(engine="exact", seed=1)
    said = [f for f in fit.diagnose() if "deviate" in f.meaning]
    assert len(said) == 1
    assert said[0].value == pytest.approx(6.3, abs=0.4)  # sqrt(40): all of the sd is the mean
