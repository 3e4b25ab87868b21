"""Predictions: rows, groups, new responses."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from mixwell.errors import DataError
from mixwell.posterior import row_blocks

CORRELATION = np.array([[1.0, -0.6], [-0.6, 1.0]])


@pytest.fixture(scope="module")
def sleep(pretend, table):
    rng = np.random.default_rng(2)
    root = np.linalg.cholesky(CORRELATION) * [[25.0], [6.0]]
    return pretend(
        "Reaction ~ Days + (Days | Subject)",
        table("sleepstudy"),
        [250.0, 10.0],
        vcov=np.diag([1.0, 0.1]),
        chains=4,
        draws=500,
        r_Subject=(("Subject", "Subject_effect"), rng.normal(size=(18, 2)) @ root.T),
        sd_Subject=(("Subject_effect",), [25.0, 6.0]),
        corr_Subject=(("Subject_effect", "Subject_effect_"), CORRELATION),
        sigma=((), 20.0),
    )


def test_predictions_of_the_population_leave_groups_out(sleep):
    made = sleep.predictions(pd.DataFrame({"Days": [0.0, 5.0]}))
    b = sleep.posterior["b"].to_numpy().reshape(-1, 2)
    np.testing.assert_allclose(made.samples, [b[:, 0], b[:, 0] + 5 * b[:, 1]])
    assert list(made.frame.columns[:2]) == ["Days", "estimate"]


def test_existing_levels_have_their_deviations_and_the_datas_index(sleep, table):
    rows = table("sleepstudy").iloc[[3, 25]]
    made = sleep.predictions(rows, groups="existing")
    b = sleep.posterior["b"].to_numpy().reshape(-1, 2)
    r = sleep.posterior["r_Subject"].to_numpy().reshape(-1, 18, 2)
    np.testing.assert_allclose(made.samples[1], (b + r[:, 2]) @ [1, 5])
    assert made.frame.index.tolist() == [3, 25]
    assert made["Subject"].tolist() == ["308", "310"]
    assert len(sleep.predictions()) == 180


def test_unknown_levels_are_listed(sleep):
    rows = pd.DataFrame({"Days": [1.0, 2.0, 3.0], "Subject": ["new", "308", "other"]})
    with pytest.raises(DataError, match="'new', 'other'"):
        sleep.predictions(rows, groups="existing")


def test_new_levels_share_one_draw_from_the_fitted_covariance(sleep):
    rows = pd.DataFrame({"Days": [0.0, 1.0, 0.0], "Subject": ["n1", "n1", "n2"]})
    made = sleep.predictions(rows, groups="new", seed=3)
    own = sleep.predictions(rows)
    deviation = made.samples - own.samples
    intercept, slope = deviation[0], deviation[1] - deviation[0]
    assert intercept.std() == pytest.approx(25, rel=0.06)
    assert slope.std() == pytest.approx(6, rel=0.06)
    assert np.corrcoef(intercept, slope)[0, 1] == pytest.approx(-0.6, abs=0.06)
    assert abs(np.corrcoef(intercept, deviation[2])[0, 1]) < 0.08
    alone = sleep.predictions(pd.DataFrame({"Days": [0.0, 1.0]}), groups="new", seed=3)
    assert np.corrcoef(alone.samples)[0, 1] > 0.9


def test_new_responses_have_the_residual_spread(sleep):
    rows = pd.DataFrame({"Days": [2.0]})
    made = sleep.predictions(rows, kind="response", seed=1)
    assert made["sd"][0] == pytest.approx(20, rel=0.06)


def test_a_modeled_sigma_enters_new_responses(pretend):
    data = pd.DataFrame({"x": [0.0, 1, 2, 3] * 6, "y": np.arange(24.0)})
    fit = pretend(
        ["y ~ x", "sigma ~ x"],
        data,
        [0.0, 1.0],
        draws=2000,
        b_sigma=(("sigma_effect",), [0.0, 1.0]),
    )
    posterior = fit.posterior.assign_coords(sigma_effect=["Intercept", "x"])
    made = type(fit)(fit.spec, posterior).predictions({"x": [0.0, 2.0]}, "response", seed=1)
    np.testing.assert_allclose(made["sd"], [1.0, np.e**2], rtol=0.06)


@pytest.fixture(scope="module")
def cbpp(pretend, table):
    return pretend(
        "incidence | trials(size) ~ period + (1 | herd)",
        table("cbpp"),
        [-1.4, -1.0, -1.1, -1.6],
        "binomial",
        draws=1000,
        sd_herd=(("herd_effect",), [0.6]),
        r_herd=(("herd", "herd_effect"), np.zeros((15, 1))),
    )


def test_binomial_means_are_chances_and_new_responses_counts_of_the_rows_trials(cbpp):
    rows = pd.DataFrame({"period": ["1", "1"], "size": [10, 1000]})
    chances = cbpp.predictions(rows)
    np.testing.assert_allclose(chances["estimate"], expit(-1.4))
    counts = cbpp.predictions(rows, kind="response", seed=1)
    np.testing.assert_allclose(counts["estimate"], rows["size"] * expit(-1.4), rtol=0.03)
    np.testing.assert_allclose(cbpp.predictions(rows, "linear")["estimate"], -1.4)
    assert "counts" in counts.title


def test_an_unknown_kind_is_refused(cbpp):
    with pytest.raises(DataError, match="Choices: mean, linear, response"):
        cbpp.predictions(kind="fitted")


def test_predictions_are_contrasted_by_their_rows(cbpp):
    rows = pd.DataFrame({"period": ["1", "2"]})
    odds = cbpp.predictions(rows).contrasts("revpairwise")
    assert odds["contrast"].tolist() == ["period2 / period1"]
    assert odds["estimate"][0] == pytest.approx(np.exp(-1.0))


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_blocks, "PART", 7 * 2000)
    monkeypatch.setattr(row_blocks, "WHOLE", 1)


@pytest.mark.parametrize("kept", [4_000_000, 1])
@pytest.mark.parametrize("groups", ["population", "existing", "new", "mixed"])
@pytest.mark.parametrize("kind", ["mean", "linear"])
def test_blocks_of_rows_predict_what_all_rows_do(
    sleep, table, kind, groups, kept, request, monkeypatch
):
    data = table("sleepstudy")
    if groups in ("new", "mixed"):
        data = data.assign(Subject=[f"n{i % 13}" if i % 3 else "308" for i in range(len(data))])
    whole = sleep.predictions(data, kind=kind, groups=groups, seed=1)
    request.getfixturevalue("small_blocks")
    monkeypatch.setattr("mixwell.interpret.groups.group_draws._KEPT", kept)
    made = sleep.predictions(data, kind=kind, groups=groups, seed=1)
    assert len(made.row_draws.blocks) == 26
    np.testing.assert_allclose(made.samples, whole.samples, rtol=1e-12)
    pd.testing.assert_frame_equal(made.frame, whole.frame)


def test_new_responses_of_blocks_are_the_same_ones_whenever_they_are_asked_for(sleep, small_blocks):
    made, again, other = (
        sleep.predictions(kind="response", groups="existing", seed=seed) for seed in (1, 1, 2)
    )
    np.testing.assert_allclose(made.frame["estimate"], made.samples.mean(axis=1))
    np.testing.assert_array_equal(made.samples, again.samples)
    assert (made.samples != other.samples).all()
    away = made.samples - sleep.predictions(groups="existing").samples
    np.testing.assert_allclose(away.std(), 20.0, rtol=0.02)  # sigma
    correlation = np.corrcoef(away[6], away[7])[0, 1]  # rows of two blocks
    assert abs(correlation) < 0.1
