"""What the examples of `Fit` have at hand: the fit that its docstring makes, made once."""

from typing import Any

import pytest


@pytest.fixture(scope="session")
def cake_fit() -> Any:
    """Fit the cakes exactly."""
    import mixwell as mw

    model = mw.Model("angle ~ recipe + temp + (1 | replicate)", mw.load_data("cake"))
    return model.fit(seed=1)


@pytest.fixture(autouse=True)
def _fit_of_examples(request: pytest.FixtureRequest, doctest_namespace: dict[str, Any]) -> None:
    if request.node.name.startswith("mixwell.fit.Fit."):
        doctest_namespace["fit"] = request.getfixturevalue("cake_fit")
