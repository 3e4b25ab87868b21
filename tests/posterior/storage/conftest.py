"""One small fit for all tests of files."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mixwell as mw


@pytest.fixture(scope="session")
def small() -> mw.Fit:
    rng = np.random.default_rng(5)
    data = pd.DataFrame({"y": rng.normal(size=24), "g": np.repeat(list("abcd"), 6)})
    data["x"], data["z"] = rng.normal(size=(2, 24))
    data.index = pd.date_range("2020-01-01", periods=24)
    model = mw.Model("y ~ x + (1 + x | g)", data)
    return model.fit(engine="exact", draws=40, chains=2, seed=1)


@pytest.fixture(scope="session")
def saved(small: mw.Fit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small.save(tmp_path_factory.mktemp("store") / "fit.nc")
