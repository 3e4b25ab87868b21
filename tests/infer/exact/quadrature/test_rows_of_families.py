"""Families whose rows are not counted together, and weights of rows: Gauss-Hermite sums by hand."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.families import FAMILIES

VALUES = {"alpha": 1.4, "phi": 1.6, "kappa": 5.0, "sigma": 0.8, "power": 1.4, "nu": 0.7}
VALUES |= dict.fromkeys(("zi", "hu", "zoi", "coi"), 0.35)
NAMES = [
    f.name
    for f in FAMILIES.values()
    if f.tally is not None
    and (f.based_on or (f.support.whole and f.further) or f.support.atoms is not None)
]
NAMES = [n for n in NAMES if {p.name for p in FAMILIES[n].further} <= set(VALUES)]


def rows(family):
    """A dozen rows in three groups with a response that the family can have."""
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"g": np.repeat(["a", "b", "c"], 4), "x": rng.normal(size=12)})
    frame["n"] = 3.0 + np.arange(12) % 4
    frame["w"] = 1.0 + np.arange(12) % 3
    counts = np.array([0, 1, 3, 0, 2, 0, 1, 5, 0, 2, 1, 0])
    if family.support.kind == "trials":
        frame["y"] = np.minimum(counts, frame["n"])
    elif family.name.startswith("truncated"):
        frame["y"] = counts + 1
    elif family.support.whole:
        frame["y"] = counts
    elif family.link_name == "logit":
        frame["y"] = counts / 6 if family.based_on else (counts + 1) / 8
        if "coi" in {p.name for p in family.further}:
            frame.loc[3, "y"] = 1.0
    else:
        frame["y"] = counts * 0.7 if family.apart or family.support.atoms else counts * 0.7 + 0.2
    return frame


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_a_likelihood_is_the_integral_over_the_level_effects(name, weighted):
    family = FAMILIES[name]
    data = rows(family)
    if weighted and family.scale is not None:
        pytest.skip("weights divide the variance")
    left = "y | trials(n)" if family.support.kind == "trials" else "y"
    weights = "w" if weighted else None
    model = mw.Model(f"{left} ~ x + (1 | g)", data, name, weights=weights)
    own = {p.name: VALUES[p.name] for p in family.further}
    b = {"Intercept": 0.2, "x": 0.3}
    found = model.log_marginal_likelihood(sd={"g": [0.6]}, b=b, nodes=40, **own)

    nodes, log_weights = np.polynomial.hermite_e.hermegauss(60)
    log_weights = np.log(log_weights) - 0.5 * np.log(2 * np.pi)
    eta = 0.2 + 0.3 * data["x"].to_numpy() + 0.6 * nodes[:, None]
    given = {"y": data["y"].to_numpy(float), "trials": data["n"].to_numpy(), "eta": eta, **own}
    density = family.arguments(**given).call(family.density.log) + 0 * eta
    if weighted:
        density = density * data["w"].to_numpy()
    total = 0.0
    for start in (0, 4, 8):
        total += np.logaddexp.reduce(density[:, start : start + 4].sum(axis=1) + log_weights)
    assert found == pytest.approx(total, abs=2e-5)
