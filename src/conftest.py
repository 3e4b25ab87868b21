"""What the examples of `Model`, `Fit` and R's verbs have at hand: one model, fitted once."""

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


@pytest.fixture(scope="session")
def cake_lmer() -> Any:
    """Fit the same under lme4's name."""
    import mixwell as mw
    from mixwell.r import lmer

    return lmer("angle ~ recipe + temp + (1 | replicate)", mw.load_data("cake"), seed=1)


#: By where an example stands: what it calls its fit, and the fixture that makes it.
AT_HAND = {
    "mixwell.model.Model.": ("model", "cake_model"),
    "mixwell.fit.Fit.": ("fit", "cake_fit"),
    "mixwell.answers.": ("fit", "cake_fit"),
    "mixwell.r.verbs.": ("m", "cake_lmer"),
}


@pytest.fixture(autouse=True)
def _at_hand(request: pytest.FixtureRequest, doctest_namespace: dict[str, Any]) -> None:
    for place, (name, made) in AT_HAND.items():
        if request.node.name.startswith(place):
            doctest_namespace[name] = request.getfixturevalue(made)
