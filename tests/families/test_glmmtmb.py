"""Maximum likelihood by `mode(flat=True)`: the answers of R's glmmTMB, stored with their script.

Salamanders (Price et al. 2016) and Owls (Roulin and Bersier 2007) come with glmmTMB; the others are
simulated there (tests/families/reference/zeros.R).
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mixwell as mw

STORED = json.loads((Path(__file__).parent / "reference" / "zeros.json").read_text())
SPECIES = ["GP", "PR", "DM", "EC-A", "EC-L", "DES-L", "DF"]
COUNT = "count ~ mined + spp + (1 | site)"
CALLS = "SiblingNegotiation ~ FoodTreatment + offset(log(BroodSize)) + (1 | Nest)"
#: Formulas and family of each fit.
FITS = {
    "salamanders": {
        "zero_inflated_poisson": (COUNT, "zero_inflated_poisson"),
        "zero_inflated_poisson_zi": ([COUNT, "zi ~ mined"], "zero_inflated_poisson"),
        "zero_inflated_nbinom2": ([COUNT, "zi ~ mined"], "zero_inflated_nbinom2"),
        "zero_inflated_nbinom1": (COUNT, "zero_inflated_nbinom1"),
        "hurdle_poisson": ([COUNT, "hu ~ mined"], "hurdle_poisson"),
        "hurdle_nbinom2": ([COUNT, "hu ~ mined"], "hurdle_nbinom2"),
        "nbinom1": (COUNT, "nbinom1"),
        "genpois": (COUNT, "genpois"),
        "compois": (COUNT, "compois"),
        "nbinom1_dispersion": ([COUNT, "phi ~ DOY"], "nbinom1"),
        "nbinom2_dispersion": ([COUNT, "alpha ~ DOY"], "nbinom2"),
    },
    "positives": {
        "truncated_poisson": (COUNT, "truncated_poisson"),
        "truncated_nbinom2": (COUNT, "truncated_nbinom2"),
        "truncated_nbinom1": (COUNT, "truncated_nbinom1"),
    },
    "owls": {
        "zero_inflated_poisson": (CALLS, "zero_inflated_poisson"),
        "zero_inflated_nbinom2": (CALLS, "zero_inflated_nbinom2"),
        "zero_inflated_nbinom1": (CALLS, "zero_inflated_nbinom1"),
    },
    "simulation": {
        "hurdle_gamma": (["amount ~ x + (1 | g)", "hu ~ x"], "hurdle_gamma"),
        "zero_inflated_beta": ("share ~ x + (1 | g)", "zero_inflated_beta"),
        "tweedie": ("amount ~ x + (1 | g)", "tweedie"),
        "beta_binomial": ("hits | trials(trials) ~ x + (1 | g)", "beta_binomial"),
        "zero_inflated_beta_binomial": (
            "fewer | trials(trials) ~ x + (1 | g)",
            "zero_inflated_beta_binomial",
        ),
        "zero_inflated_binomial": (
            "fewer | trials(trials) ~ x + (1 | g)",
            "zero_inflated_binomial",
        ),
    },
}
#: The family's parameter at a sigma() of glmmTMB, by data and family where that is another.
OWN = {"hurdle_gamma": lambda sigma: 1 / sigma**2, "compois": lambda sigma: 1 / sigma}
ALL = [(data, name) for data, fits in FITS.items() for name in fits]


def frame(name):
    """A dataset with R's order of levels."""
    source = {"positives": "salamanders", "simulation": "simulated"}.get(name, name)
    data = pd.DataFrame(STORED["data"][source])
    if source == "salamanders":
        data["mined"] = pd.Categorical(data["mined"], ["yes", "no"])
        data["spp"] = pd.Categorical(data["spp"], SPECIES)
    return data[data["count"] > 0] if name == "positives" else data


@pytest.mark.parametrize(("data", "name"), ALL, ids=[name for _, name in ALL])
def test_estimates_and_likelihood_are_glmmtmbs(data, name):
    formulas, family = FITS[data][name]
    model, known = mw.Model(formulas, frame(data), family), STORED[data][name]
    found = model.mode(flat=True, nodes=None if isinstance(formulas, list) else 1)
    assert abs(found.log_likelihood - known["log_likelihood"]) < 1e-4
    formulaic = isinstance(formulas, list)
    expected = list(known["mean"].values())
    if formulaic:
        expected += list(known["dispersion" if "dispersion" in name else "zi"].values())
    away = np.abs(found.fixef()["estimate"].to_numpy() - expected)
    assert (away < 0.005 * found.fixef()["se"].to_numpy()).all()
    np.testing.assert_allclose(next(iter(found.sd.values())), known["sds"], rtol=1e-3)
    own = dict(found.parameters)
    if "zi" in own:
        chance = own.pop("zi")
        np.testing.assert_allclose(np.log(chance / (1 - chance)), *known["zi"].values(), rtol=2e-3)
    if own:
        expected = OWN.get(name, float)(known["sigma"])
        np.testing.assert_allclose(next(iter(own.values())), expected, rtol=1e-3)
