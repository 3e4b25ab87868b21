"""Densities and distribution functions of families as R's packages compute them.

`reference/densities.R` (brms, VGAM, mgcv, stats) made the values, with those packages' own names of
parameters: `FAMILIES_HERE` and `PARAMETERS` say what they are called here.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from mixwell.families import Family, get_family

STORED = json.loads((Path(__file__).parent / "reference/densities.json").read_text())
THRESHOLDS = np.array(STORED["thresholds"])
FAMILIES_HERE = {
    "inverse.gaussian": "inverse_gaussian",
    "asym_laplace": "asymmetric_laplace",
    "negbinomial": "negativebinomial",
}
PARAMETERS = {"shape": "alpha"}
#: R's phi where it is a precision, which is called kappa here.
PRECISIONS = ("beta", "beta_binomial", "zero_inflated_beta")
CASES = [pytest.param(case, id=f"{case['family']}-{i}") for i, case in enumerate(STORED["rows"])]


def family_and_arguments(case: dict) -> tuple[Family, dict[str, np.ndarray]]:
    """The family here and its arguments by their names here."""
    name, _, link = case["family"].partition(" ")
    family = get_family(FAMILIES_HERE.get(name, name), link or None)
    renamed = PARAMETERS | ({"phi": "kappa"} if name in PRECISIONS else {})
    given = {renamed.get(key, key): np.array(value) for key, value in case["given"].items()}
    if family.of_levels is not None:
        family = family.of(("0", "1", "2"))
        second = family.further[0].name
        given = {"y": given["y"], "eta": given["eta1"], second: given["eta2"]}
    if "threshold" in [p.name for p in family.further]:
        given["threshold"] = THRESHOLDS
    return family, given


@pytest.mark.parametrize("case", CASES)
def test_arrays_have_the_log_density_and_probabilities_of_r(case: dict) -> None:
    family, given = family_and_arguments(case)
    found = family.arguments(**given)
    np.testing.assert_allclose(found.call(family.density.log), case["log"], rtol=1e-7, atol=1e-9)
    if case["below"] is not None and family.censorable is not None:
        below = np.exp(found.call(family.censorable.log_below))
        np.testing.assert_allclose(below, case["below"], rtol=2e-6, atol=1e-9)
