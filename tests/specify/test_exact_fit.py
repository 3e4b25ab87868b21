import numpy as np
import pandas as pd
import pytest

from mixwell import Model, SamplingError

RNG = np.random.default_rng(0)
X = RNG.normal(size=24)
GROUP = np.arange(24) % 4


def frame(y: object) -> pd.DataFrame:
    return pd.DataFrame({"y": y, "x": X, "g": GROUP.astype(str), "o": 2.0 * X})


@pytest.mark.parametrize("engine", ["auto", "nuts"])
@pytest.mark.parametrize(
    ("family", "formula", "y", "said"),
    [
        ("gaussian", "y ~ x", 2 * X + 1, "fixed effects determine"),
        ("gaussian", "y ~ 1 + offset(o)", 2 * X + 1, "fixed effects determine"),
        ("student", "y ~ x", 2 * X + 1, "fixed effects determine"),
        ("lognormal", "y ~ x + (1 | g)", np.exp(2 * X + 1), "fixed effects determine"),
        ("gamma", "y ~ x", np.exp(2 * X + 1), "fixed effects determine"),
        ("gamma", "y ~ g", 1.0 + GROUP, "fixed effects determine"),
        ("beta", "y ~ x", 1 / (1 + np.exp(-X)), "fixed effects determine"),
        ("gamma", "y ~ 1 + (1 | g)", 1.0 + GROUP, "same in all rows of each level of g"),
        ("gaussian", "y ~ 1 + (1 | g)", 1.0 + GROUP, "same in all rows of each level of g"),
    ],
)
def test_a_response_without_residuals_is_refused_before_sampling(
    family: str, formula: str, y: object, said: str, engine: str
) -> None:
    model = Model(formula, frame(y), family=family)
    with pytest.raises(SamplingError, match=said):
        model.fit(engine=engine)


def test_a_mode_of_a_response_without_residuals_is_refused() -> None:
    with pytest.raises(SamplingError, match="fixed effects determine"):
        Model("y ~ x", frame(np.exp(2 * X + 1)), family="gamma").mode()


def test_counts_that_are_the_same_in_every_row_of_a_group_are_not_refused() -> None:
    mode = Model("y ~ 1 + (1 | g)", frame(1 + GROUP), family="poisson").mode()
    assert mode.sd["g"][0] > 0
