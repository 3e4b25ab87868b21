"""A model of a Spark data frame has the posterior of the same rows in memory."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import mixwell as mw

pytestmark = pytest.mark.spark


@pytest.fixture(autouse=True)
def elsewhere():
    mw.options.rows_in_memory = 0
    yield
    mw.options.rows_in_memory = None


def test_draws_from_a_seed_are_those_of_rows_in_memory(spark: Any) -> None:
    rng = np.random.default_rng(1)
    site = rng.integers(0, 20, 600)
    rows = pd.DataFrame(
        {
            "x": rng.normal(5.0, 1.0, 600),
            "arm": rng.choice(["a", "b", "c"], 600),
            "site.of": [f"s{k:02d}" for k in site],  # Spark takes names apart at points
            "is.new": rng.random(600) < 0.5,
        }
    )
    rows["y"] = 50.0 + 0.5 * rows["x"] + rng.normal(size=20)[site] + rng.normal(size=600)
    rows.loc[3, "x"] = np.nan
    formula = "y ~ x * arm + is.new + (1 + x | site.of)"
    schema = "x double, arm string, `site.of` string, `is.new` boolean, y double"
    there = mw.Model(formula, spark.createDataFrame(rows.values.tolist(), schema))
    assert "sum products by site.of" in str(there.plan())
    fits = [model.fit(draws=200, seed=1) for model in (there, mw.Model(formula, rows))]
    means = [fit.means("arm") for fit in fits]
    for name, expected in fits[1].posterior.data_vars.items():
        found, sd = fits[0].posterior[name], expected.std(("chain", "draw"))
        assert float((np.abs(found - expected) / (sd + 1e-6)).max()) < 1e-6
    for column in ("estimate", "lower", "upper"):
        np.testing.assert_allclose(means[0][column], means[1][column], rtol=1e-10)
