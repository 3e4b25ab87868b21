"""Which linear models the exact engine leaves to chains that are done sooner."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.infer.choose import choose_engine
from mixwell.infer.settings import Settings
from mixwell.specify.spec import Spec


def crossed(
    rows: int, levels: int, further: int, formula: str = "y ~ x + (1 | g) + (1 | h)"
) -> Spec:
    rng = np.random.default_rng(1)
    data = pd.DataFrame(
        {
            "y": rng.normal(size=rows),
            "x": rng.normal(size=rows),
            "g": np.char.add("g", (np.arange(rows) % levels).astype(str)),
            "h": np.char.add("h", rng.permutation(np.arange(rows) % further).astype(str)),
        }
    )
    return mw.Model(formula, data).spec


@pytest.mark.parametrize(
    ("rows", "levels", "further", "engine"),
    [
        (8_000, 1_500, 1_200, "direct"),
        (8_000, 1_500, 300, "exact"),
        (8_000, 1_500, 2, "exact"),
        (200_000, 1_500, 500, "exact"),  # every iteration goes through the rows
    ],
)
def test_auto_takes_what_is_done_sooner(rows: int, levels: int, further: int, engine: str) -> None:
    choice = choose_engine(crossed(rows, levels, further), Settings())
    assert choice.engine.name == engine
    assert ("columns are left" in choice.reason) == (engine == "direct")


def test_few_draws_speak_for_chains_and_the_exact_engine_can_be_asked_for() -> None:
    spec = crossed(20_000, 1_500, 600)
    assert choose_engine(spec, Settings(draws=100)).engine.name == "direct"
    assert choose_engine(spec, Settings(draws=2_000)).engine.name == "exact"
    assert choose_engine(spec, Settings(draws=100, engine="exact")).engine.name == "exact"


def test_more_columns_than_are_factorized_are_left_to_chains() -> None:
    spec = crossed(9_000, 3_000, 2_600)
    choice = choose_engine(spec, Settings())
    assert choice.engine.name == "direct"
    assert "2,500" in choice.reason
    with pytest.raises(mw.SamplingError, match="2,602 columns are left"):
        choose_engine(spec, Settings(engine="exact"))


def test_who_insists_is_pointed_to_the_first_engine_that_takes_the_model() -> None:
    with pytest.raises(mw.SamplingError) as error:
        choose_engine(crossed(9_000, 3_000, 2_600), Settings(engine="exact"))
    assert 'Use engine="direct"' in str(error.value)
