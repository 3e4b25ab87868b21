"""Every family finds the parameters that responses were drawn with, and says them as they are.

Responses are drawn by SciPy and NumPy (`simulated.py`), for a model and again for its predictions.
"""

import warnings

import numpy as np
import pytest
from scipy import stats
from tests.families.simulated import SIMULATED, simulated_rows

import mixwell as mw
from mixwell.families import FAMILIES

#: Families whose sums of series take their time.
SLOW = ("tweedie", *(name for name in SIMULATED if name.endswith("compois")))
#: Draws that predictions are compared in.
DRAWS = 25


def _params():
    return [pytest.param(n, marks=pytest.mark.slow if n in SLOW else ()) for n in SIMULATED]


def _fitted(name):
    model = mw.Model(f"{SIMULATED[name].left} ~ x", simulated_rows(name), name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mw.MixwellWarning)  # that so few draws are too few
        return model.fit(draws=200, tune=200, chains=2, seed=1, progressbar=False)


@pytest.fixture(scope="module", params=_params())
def fit(request):
    return _fitted(request.param)


def _name(fit):
    return fit.spec.family.name


def test_every_family_is_simulated():
    assert set(SIMULATED) == set(FAMILIES)


def test_parameters_are_found_again(fit):
    known, found = SIMULATED[_name(fit)], fit.summary()
    line = [value for pair in known.line for value in pair]
    further = np.concatenate([np.ravel(value) for value in known.parameters.values()] or [[]])
    parameters = list(known.parameters)
    if "threshold" in parameters:
        line = line[1:]
    names = list(found.index)
    expected = [p for p in parameters for _ in range(np.size(known.parameters[p]))]
    assert [n.split("[")[0] for n in names[len(line) :]] == expected
    away = (found["estimate"] - [*line, *further]) / found["sd"]
    assert (away.abs() < 4).all()


@pytest.fixture(scope="module")
def drawn(fit):
    """New responses of every row in some draws, (draw, obs, ...): the package's, and NumPy's."""
    known, rng = SIMULATED[_name(fit)], np.random.default_rng(7)
    tree = fit.ppc(seed=3, draws=DRAWS)["posterior_predictive"].to_dataset()
    mine = next(iter(tree.data_vars.values())).stack(sample=("chain", "draw"))
    x = fit.spec.design.common["x"].to_numpy()
    theirs = []
    for chain, draw in mine["sample"].to_index():
        at = fit.posterior.sel(chain=chain, draw=draw)
        lines = at["b"].to_numpy().reshape(len(known.line), -1)  # thresholds are intercepts
        etas = [line[-1] * x + (line[0] if len(line) == 2 else 0.0) for line in lines]
        given = {name: at[name].to_numpy() for name in known.parameters}
        theirs.append(np.asarray(known.draw(rng, *etas, **given), dtype=float))
    return mine.transpose("sample", ...).to_numpy().astype(float), np.stack(theirs), x


def test_new_responses_are_distributed_as_numpys_at_the_same_draws(drawn):
    """The largest distance of the distribution functions, of rows with a low and a high mean."""
    mine, theirs, x = drawn
    for rows in (x < -0.3, x >= -0.3):
        for column in range(mine.shape[2] if mine.ndim == 3 else 1):
            one, other = (
                (d if d.ndim == 2 else d[..., column])[:, rows].ravel() for d in (mine, theirs)
            )
            assert stats.ks_2samp(one, other, method="asymp").pvalue > 1e-4


def _responses(fit, values):
    """Return responses as the numbers whose means are predicted, (..., obs, number)."""
    y, kind = fit.spec.response, fit.spec.family.support.kind
    if kind in ("ordered", "categories"):
        return np.equal.outer(values, np.arange(len(y.levels))).astype(float)
    if y.columns is not None:
        return values / values.sum(axis=-1, keepdims=True)
    values = values if y.trials is None else values / y.trials
    return values[..., None]


def test_predicted_means_are_those_of_numpys_responses_and_of_the_data(fit, drawn):
    """Zeros and ends included; of categories the probabilities. Angles: the direction."""
    _, theirs, x = drawn
    y = fit.spec.response
    found = fit.predictions().draws.transpose(..., "row").to_numpy().reshape(400, len(x), -1)
    new = _responses(fit, theirs)
    seen = _responses(fit, y.values if y.columns is None else y.columns)
    if _name(fit) == "von_mises":
        assert np.abs(_direction(seen) - _direction(found)) < 0.15
        assert np.abs(_direction(new) - _direction(found)) < 0.05
        return
    for rows in (x < -0.3, x >= -0.3):
        mean = found[:, rows].mean(axis=1)  # (draw, number)
        part = new[:, rows].reshape(-1, new.shape[-1])
        error = part.std(axis=0) / np.sqrt(len(part)) + mean.std(axis=0) / np.sqrt(DRAWS)
        assert (np.abs(mean.mean(axis=0) - part.mean(axis=0)) < 4 * error).all()
        own = part.std(axis=0) / np.sqrt(rows.sum())
        assert (np.abs(mean.mean(axis=0) - seen[rows].mean(axis=0)) < 4 * own).all()


def _direction(angles):
    return np.angle(np.exp(1j * angles).mean())
