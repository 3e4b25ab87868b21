"""Answers of a model whose rows lie elsewhere are those of the same rows in memory."""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
import polars as pl
import pytest

import mixwell as mw
from mixwell.fit import Fit


@pytest.fixture(scope="module", autouse=True)
def rows_stay_where_they_lie() -> Iterator[None]:
    mw.options.rows_in_memory = 0
    yield
    mw.options.rows_in_memory = None


def rows() -> pd.DataFrame:
    """Two crossed factors, one nested in the first, a number and groups; of a x h a cell lacks."""
    rng, n = np.random.default_rng(2), 120
    data = pd.DataFrame({"a": np.repeat(["u", "v", "w"], n // 3), "x": rng.normal(50, 1, n)})
    data["b"] = data["a"] + pd.Series(np.arange(n) % 3).astype(str)
    data["h"] = np.where(np.arange(n) % 2 == 0, "p", "q")
    data["g"], data["k"] = np.arange(n) % 8, rng.integers(0, 5, n)
    data["w"] = rng.uniform(0.5, 2, n)
    data["day"] = (np.arange(n) % 4).astype(float)
    own = rng.normal(size=8)
    data["y"] = rng.normal(size=n) + data["x"] + data["day"] / 2 + own[data["g"]]
    return data[(data["a"] != "u") | (data["h"] != "q")].reset_index(drop=True)


def fits(formula: str, **choices: object) -> tuple[Fit, Fit]:
    data = rows()
    models = (mw.Model(formula, d, **choices) for d in (data, pl.from_pandas(data).lazy()))
    memory, elsewhere = (model.fit(seed=1, draws=25) for model in models)
    return memory, elsewhere


def rounded(made: object) -> str:
    """A print with numbers of five digits: the last ones of sums differ."""
    text = made.to_string() if isinstance(made, pd.DataFrame) else str(made)
    found = re.sub(r"-?\d+\.\d+(e[-+]\d+)?", lambda m: f"{float(m[0]):.5g}", text)
    return re.sub(r"(^|\s)-0\b", r"\g<1>0", found)


TERMS = [
    ("y ~ a/b + x + (1 | g)", {}),
    ("y ~ a * h * day + (day | g)", {"weights": "w"}),
    ("y ~ 0 + a:h + x:a + (1 | g)", {}),
    ("y ~ interaction(a, h) + a", {"contrasts": {"a": "sum"}}),
]


@pytest.mark.parametrize(("formula", "choices"), TERMS)
def test_whole_terms_are_tested_and_sized_from_the_sums(
    formula: str, choices: dict[str, object]
) -> None:
    memory, elsewhere = fits(formula, **choices)
    for kind in (2, 3):
        assert rounded(elsewhere.joint_tests(kind)) == rounded(memory.joint_tests(kind))
    assert rounded(elsewhere.joint_tests(at=0)) == rounded(memory.joint_tests(at=0))
    for column in ("estimate", "lower", "upper"):
        made = (fit.part_r2()[column].to_numpy() for fit in (elsewhere, memory))
        assert next(made) == pytest.approx(next(made), rel=1e-6, abs=1e-12)
    one, other = (fit.mode(flat=True).joint_tests(ddf="asymptotic") for fit in (memory, elsewhere))
    assert rounded(other) == rounded(one)


def test_shares_of_variance_of_crossed_groups_and_far_predictors_come_from_the_sums() -> None:
    memory, elsewhere = fits("y ~ I(day + 1e6) + (I(day + 1e6) | g) + (day || k)")
    for ask in (Fit.r2, Fit.icc, Fit.design_effects, lambda fit: fit.r2("latent")):
        for column in ("estimate", "lower", "upper"):
            assert ask(elsewhere)[column].to_numpy() == pytest.approx(
                ask(memory)[column].to_numpy(), rel=1e-6
            )


def test_averages_over_the_rows_count_them_where_they_lie() -> None:
    memory, elsewhere = fits("y ~ a * day + (1 | g)")
    asked = [
        lambda fit: fit.means("a", over="data"),
        lambda fit: fit.means("a", by="h", over="data", weights="w"),
        lambda fit: fit.means("a", groups="existing"),
        lambda fit: fit.slopes("day", over="data", standardized="total"),
        lambda fit: fit.comparisons("day", over="data", step="sd"),
        lambda fit: fit.effect("a", by="h", among="treated"),
        lambda fit: fit.contrasts("pairwise", of="a", standardized="response"),
        lambda fit: fit.why(fit.means("a", over="data"), 0),
        lambda fit: fit.why(fit.joint_tests(), "a:day"),
    ]
    for ask in asked:
        assert rounded(ask(elsewhere)) == rounded(ask(memory))


REFUSED = {
    "Leave-one-out goes": Fit.loo,
    "Responses that are drawn anew go": Fit.ppc,
    "Residuals go": Fit.residuals,
    "Predictions of the data's own rows go": Fit.predictions,
    "fit.fixef\\(\\) has the same coefficients": Fit.marginal_coefficients,
    "What levels are without pooling goes": lambda fit: fit.plot.shrinkage(),
    "R2 of responses with weights and groups goes": Fit.r2,
}


def test_what_goes_through_rows_is_refused_by_what_it_is() -> None:
    _, fit = fits("y ~ day + (1 | g)", weights="w")
    for said, ask in REFUSED.items():
        with pytest.raises(mw.DataError, match=said):
            ask(fit)
    with pytest.raises(mw.SamplingError, match="Degrees of freedom go through the rows"):
        fit.mode(flat=True).joint_tests(ddf="kenward-roger")


def test_more_combinations_than_are_listed_are_refused_with_what_serves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, fit = fits("y ~ a * x")
    monkeypatch.setattr("mixwell.design.elsewhere.table_seen._COMBINATIONS", 50)
    with pytest.raises(mw.DataError, match="counted by what is averaged over") as error:
        fit.means("a", over="data")
    assert 'over="grid"' in str(error.value)
