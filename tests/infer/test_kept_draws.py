"""Draws that were kept are a model's, or are refused in a sentence before anything is compiled."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import mixwell as mw
from mixwell.infer.pymc.kept.kept_chains import _require_own
from mixwell.infer.stretches import ChainStretch

NAMES = ("b", "sd_Subject", "sigma", "r_Subject")


@pytest.fixture(scope="module")
def model() -> mw.Model:
    return mw.Model("Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"))


@pytest.fixture(scope="module")
def stretch(model: mw.Model) -> ChainStretch:
    """A chain of NUTS, as far as its shapes go."""
    draws = model.fit(draws=20, chains=1, seed=1).posterior.isel(chain=0, drop=True)[[*NAMES]]
    draws = draws.drop_vars([*draws.coords])
    statistics = xr.Dataset({name: ("draw", np.zeros(20)) for name in ("lp", "step_size")})
    size = sum(np.size(value) for value in model.pymc.initial_point().values())
    return ChainStretch(0, draws, statistics, np.zeros(size))


def require(model: mw.Model, stretch: ChainStretch) -> None:
    _require_own([stretch], model.pymc, model.spec, NAMES, 2)


def test_a_chain_of_the_model_is_gone_on_with(model: mw.Model, stretch: ChainStretch) -> None:
    require(model, stretch)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: replace(s, chain=2), "there is a chain 3, of 2"),
        (lambda s: replace(s, chain=-1), "there is a chain 0, of 2"),
        (lambda s: replace(s, draws=s.draws.drop_vars("sigma")), "there is no sigma"),
        (lambda s: replace(s, draws=s.draws.assign(mu=s.draws["sigma"])), "the model has no mu"),
        (
            lambda s: replace(s, draws=s.draws.isel({s.draws["r_Subject"].dims[1]: slice(3)})),
            "r_Subject has the shape (3, 1) in each draw, by the model (18, 1)",
        ),
        (lambda s: replace(s, draws=s.draws.astype(str)), "b holds no numbers"),
        (lambda s: replace(s, draws=s.draws.transpose(..., "draw")), "b has the shape (20,)"),
        (lambda s: replace(s, draws=s.draws.isel(draw=slice(1, None))), "other numbers of draws"),
        (lambda s: replace(s, statistics=s.statistics.expand_dims(k=2)), "lp has the shape"),
        (lambda s: replace(s, position=s.position[1:]), "a chain's place is not"),
        (lambda s: replace(s, position=s.position + np.nan), "a chain's place is not"),
    ],
)
def test_other_shapes_are_refused(
    model: mw.Model,
    stretch: ChainStretch,
    change: Callable[[ChainStretch], ChainStretch],
    said: str,
) -> None:
    with pytest.raises(mw.DataError, match="were kept are not of this model") as raised:
        require(model, change(stretch))
    assert said in str(raised.value)
