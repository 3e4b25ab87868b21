"""Parameters of a variance by moments: those that responses were simulated with."""

import pytest
from tests.families.simulated import SIMULATED, simulated_rows

import mixwell as mw
from mixwell.infer.coordinates.working_weights import dispersion, start


@pytest.mark.parametrize(
    ("family", "parameter"),
    [
        ("negativebinomial", "alpha"),
        ("nbinom1", "phi"),
        ("genpois", "phi"),
        ("compois", "nu"),
        ("tweedie", "phi"),
        ("beta", "kappa"),
        ("beta_binomial", "kappa"),
    ],
)
def test_moments_find_a_shape_that_shrinks_the_variance_and_a_dispersion_that_widens_it(
    family, parameter
):
    """By 500 rows of SciPy's, at the linear predictor that they were drawn with."""
    known, data = SIMULATED[family], simulated_rows(family)
    spec = mw.Model(f"{known.left} ~ x", data, family).spec
    ((intercept, slope),) = known.line
    eta = {**start(spec), "mean": intercept + slope * data["x"].to_numpy()}
    found = dispersion(spec, eta, 2.0, {})[parameter]
    assert found == pytest.approx(known.parameters[parameter], rel=0.25)
