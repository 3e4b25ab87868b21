"""A choice that is changed is one that the model, the fit or the sampler has."""

import pytest

import mixwell as mw
from mixwell.errors import SamplingError


@pytest.fixture(scope="module")
def fit():
    model = mw.Model("Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"))
    return model.fit(engine="exact", draws=20, seed=1)


@pytest.mark.parametrize(
    ("given", "nearest"),
    [("drwas", "draws"), ("sede", "seed"), ("familly", "family"), ("formulla", "formula")],
)
def test_a_misspelled_change_is_refused_with_the_nearest_choice(fit, given, nearest):
    with pytest.raises(SamplingError, match=f"no option '{given}'(.|\n)*\"{nearest}\""):
        fit.refit(**{given: 3})


def test_an_option_of_another_engine_is_passed_over(fit):
    assert fit.refit(cores=1, draws=10).engine["name"] == "exact"
