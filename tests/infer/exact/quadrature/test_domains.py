"""Links that can leave the domain of a mean: no row has a density there."""

import numpy as np
import pytest
from tests.families.simulated import SIMULATED, simulated_rows

import mixwell as mw
from mixwell.families import FAMILIES
from mixwell.infer.declined import Declined
from mixwell.infer.exact.exact_draws import build_target, sample_exactly
from mixwell.infer.settings import Settings

#: Families of positive means that the exact engine integrates, zeros added or taken out.
NAMES = [
    name
    for name, family in FAMILIES.items()
    if family.location.domain[0] == 0
    and "identity" in family.links
    and family.tally is not None
    and not family.searched
]


def _model(name, link):
    data = simulated_rows(name, seed=3, rows=120).assign(g=np.repeat(list("abcde"), 24))
    return mw.Model(f"{SIMULATED[name].left} ~ x + (1 | g)", data, name, link=link)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("link", ["identity", "inverse", "sqrt"])
def test_a_density_is_finite_though_nodes_lie_where_a_mean_is_below_zero(name, link):
    """Levels were wide enough for that: a standard deviation as large as the mean."""
    if link not in FAMILIES[name].links:
        return
    target = build_target(_model(name, link).spec)
    t = target.start.copy()
    t[target.parameters.sds(*target.parameters.factors)] += 1.5
    assert np.isfinite(target.log_density(t[None])).all()


@pytest.mark.parametrize("name", ["zero_inflated_poisson", "hurdle_gamma", "truncated_poisson"])
def test_a_mean_on_its_own_scale_is_estimated_where_zeros_are_added_or_taken_out(name):
    """Near the log link's means, which the data were drawn with."""
    options = {"draws": 200, "chains": 2, "seed": 1, "progressbar": False}
    found, other = (
        _model(name, link).fit(engine="exact", **options).means("x", at={"x": [0.0]})
        for link in ("identity", "log")
    )
    one, two = found.frame.iloc[0], other.frame.iloc[0]
    assert abs(one["estimate"] - two["estimate"]) < 2 * two["sd"]


def test_a_density_that_ends_near_its_mode_is_left_to_the_next_engine():
    """Amounts with a mean on its own scale that reaches 0 among the rows."""
    data = simulated_rows("tweedie", rows=150).assign(g=np.repeat(list("abcde"), 30))
    spec = mw.Model("y ~ x + (1 | g)", data, "tweedie", link="identity").spec
    found = sample_exactly(spec, Settings(draws=50, chains=2, seed=1))
    assert isinstance(found, Declined)
    assert "not finite" in str(found)
