"""The exact engine and NUTS draw from the same posterior: means, sds, 5 and 95 % points."""

import numpy as np
import pytest

import mixwell as mw
from mixwell.infer.choose import run
from mixwell.infer.settings import Settings
from mixwell.posterior.draws import ess_bulk, stack_variables

MODELS = [
    ("sleepstudy", "Reaction ~ Days + (Days | Subject)", "gaussian"),
    ("sleepstudy", "Reaction ~ Days + (Days || Subject)", "gaussian"),
    ("penicillin", "diameter ~ 1 + (1 | plate) + (1 | sample)", "gaussian"),
    ("pastes", "strength ~ 1 + (1 | batch/cask)", "gaussian"),
    ("eight_schools", "effect | se(se) ~ 1 + (1 | school)", "gaussian"),
    ("cbpp", "cbind(incidence, size - incidence) ~ period + (1 | herd)", "binomial"),
    ("bangladesh", "use ~ urban + (1 + urban | district)", "bernoulli"),
    ("sleepstudy", "Reaction ~ Days + (1 | Subject)", "student"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "formula", "family"), MODELS)
def test_both_engines_draw_from_one_posterior(name: str, formula: str, family: str) -> None:
    model = mw.Model(formula, mw.load_data(name), family=family)
    exact, _ = run(model.spec, Settings(engine="exact", seed=1))
    nuts = model.fit(engine="nuts", draws=1500, chains=4, seed=2, target_accept=0.95)
    names = [v for v in exact["posterior"].data_vars if not str(v).startswith("r_")]
    one = stack_variables(exact["posterior"].to_dataset(), map(str, names))
    two = stack_variables(nuts.posterior, map(str, names))
    assert one.labels == two.labels
    sizes = np.full(len(one.labels), exact["posterior"].attrs["effective_number"])
    error = np.sqrt(1 / sizes + 1 / ess_bulk(two.values))
    a, b = (part.values.reshape(-1, len(one.labels)) for part in (one, two))
    sd = b.std(axis=0)
    assert (np.abs(a.mean(axis=0) - b.mean(axis=0)) < 5 * sd * error).all()
    assert (np.abs(np.log(a.std(axis=0) / sd)) < 5 * error).all()
    for chance in (0.05, 0.95):
        away = np.abs(np.quantile(a, chance, axis=0) - np.quantile(b, chance, axis=0))
        # a quantile's error is sqrt(p (1 - p)) / density; the density at 5 % is about 0.1 / sd
        assert (away < 5 * sd * error * 0.218 / 0.08).all()
