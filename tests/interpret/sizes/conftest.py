"""R's answers about sizes, and fits at R's own estimates."""

import json
from pathlib import Path

import numpy as np
import pytest

REFERENCE = Path(__file__).parents[1] / "reference"


@pytest.fixture(scope="session")
def sizes():
    """The answers of `reference/sizes.R`."""
    return json.loads((REFERENCE / "sizes.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def at_r(pretend, sizes):
    """Return a maker of fits whose draws are all R's estimates of a mixed model."""

    def make(name, formula, data, family="gaussian", link=None, **groups):
        own = sizes["mixed"][name]
        choices = None if link is None else {"link": link}
        sigma = {"sigma": ((), own["sigma"])} if family == "gaussian" else {}
        sds = dict(zip(groups, np.atleast_1d(own["sd"]), strict=True)) if groups else {}
        rest = {f"sd_{g}": ((f"{g}_effect",), [sd]) for g, sd in sds.items()}
        return pretend(formula, data, np.atleast_1d(own["b"]), family, choices, **rest, **sigma)

    return make
