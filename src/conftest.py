"""What the examples of `Model` and `Fit` have at hand: one model, and its fit, made once."""

from typing import Any

import pytest


@pytest.fixture(scope="session")
def cake_model() -> Any:
    """Read the model of the cakes."""
    import mixwell as mw

    return mw.Model("angle ~ recipe + temp + (1 | replicate)", mw.load_data("cake"))


@pytest.fixture(scope="session")
def cake_fit(cake_model: Any) -> Any:
    """Fit the cakes exactly."""
    return cake_model.fit(seed=1)


@pytest.fixture(autouse=True)
def _at_hand(request: pytest.FixtureRequest, doctest_namespace: dict[str, Any]) -> None:
    for name, made in {"model.Model": "cake_model", "fit.Fit": "cake_fit"}.items():
        if request.node.name.startswith(f"mixwell.{name}."):
            doctest_namespace[name.partition(".")[0]] = request.getfixturevalue(made)
