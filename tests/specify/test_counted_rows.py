"""Rows that stand for several equal ones: the model is that of the rows, written out."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw

RNG = np.random.default_rng(1)
N = 400
EFFECTS = RNG.normal(0, 0.5, 8)
X, G = RNG.integers(0, 3, N).astype(float), RNG.integers(0, 8, N)
ETA = 0.3 * X + EFFECTS[G]
COUNT = RNG.poisson(np.exp(ETA))
ROWS = pd.DataFrame(
    {
        "x": X,
        "g": G.astype(str),
        "count": COUNT,
        "event": RNG.random(N) < 1 / (1 + np.exp(-ETA)),
        "rating": pd.Categorical(np.clip(COUNT, 0, 3).astype(str), ordered=True),
        "choice": np.clip(COUNT, 0, 2).astype(str),
    }
)
FAMILIES = [
    ("poisson", "count"),
    ("negbinomial", "count"),
    ("zero_inflated_poisson", "count"),
    ("bernoulli", "event"),
    ("cumulative", "rating"),
    ("categorical", "choice"),
]


def models(family: str, response: str) -> tuple[mw.Model, mw.Model]:
    """The model of all rows, and that of their cells with how often each is there."""
    cells = ROWS.groupby(["x", "g", response], observed=True).size().rename("rows").reset_index()
    formula = f"{response} ~ x + (1 | g)"
    counted = {"weights": "rows", "weight_kind": "frequency"}
    return mw.Model(formula, ROWS, family), mw.Model(formula, cells, family, **counted)


@pytest.mark.parametrize(("family", "response"), FAMILIES)
def test_default_priors_of_counted_rows_are_those_of_the_rows(family: str, response: str) -> None:
    whole, cells = models(family, response)
    assert whole.priors["prior"].astype(str).tolist() == cells.priors["prior"].astype(str).tolist()
    assert whole.priors["reason"].tolist() == cells.priors["reason"].tolist()


@pytest.mark.parametrize(("family", "response"), FAMILIES[:5])
def test_posteriors_of_counted_rows_are_those_of_the_rows(family: str, response: str) -> None:
    whole, cells = (model.fit(seed=1, draws=250) for model in models(family, response))
    one, other = whole.summary(), cells.summary()
    assert whole.engine["name"] == "exact"
    assert ((one["estimate"] - other["estimate"]).abs() < 1e-6 * one["sd"]).all()
