"""Modes of models with many rows: their search begins at Laplace's mode and ends at quadrature's.

The right values are the likelihood's own: it falls in every direction from its top.
"""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.infer.exact.exact_draws import build_target
from mixwell.infer.exact.quadrature.quadrature_target import QuadratureTarget

RNG = np.random.default_rng(1)


def rows(levels: int, each: int) -> pd.DataFrame:
    g = np.repeat(np.arange(levels), each)
    frame = pd.DataFrame({"g": g, "x": RNG.normal(3.0, 1.0, len(g))})
    effects = RNG.normal(0, [0.7, 0.4], (levels, 2))[g]
    eta = 0.3 * frame.x - 1 + effects[:, 0] + effects[:, 1] * (frame.x - 3)
    frame["count"] = RNG.poisson(np.exp(eta))
    frame["rating"] = np.digitize(eta + RNG.logistic(size=len(g)), [-1.0, 0.5, 1.5])
    return frame


@pytest.mark.parametrize(
    ("formula", "family"),
    [("count ~ x + (1 + x | g)", "poisson"), ("rating ~ x + (1 | g)", "cumulative")],
)
def test_the_mode_of_many_rows_is_the_top_of_the_quadratures_likelihood(formula, family):
    model = mw.Model(formula, rows(150, 10), family)
    target = build_target(model.spec)
    assert isinstance(target, QuadratureTarget)
    assert target.dear
    mode = model.mode(flat=True)
    further = {name: vector.b for name, vector in mode.further.items()}

    def at(**moved):
        corr = {name: own for name, own in mode.corr.items() if len(own) > 1}
        given = {"b": mode.b, "sd": mode.sd, "corr": corr, **further, **moved}
        return model.log_marginal_likelihood(**given)

    top = at()
    assert mode.log_likelihood == pytest.approx(top, abs=1e-6)
    assert mode.shortfall is None
    for step in (-0.02, 0.02):
        for j in range(len(mode.b)):
            assert at(b=mode.b + step * np.eye(len(mode.b))[j]) < top
        for j in range(len(mode.sd["g"])):
            assert at(sd={"g": mode.sd["g"] * (1 + step * np.eye(len(mode.sd["g"]))[j])}) < top
        for name, values in further.items():
            for j in range(len(values)):
                assert at(**{name: values + step * np.eye(len(values))[j]}) < top


def test_a_standard_deviation_of_zero_is_found_where_rows_are_many():
    frame = rows(150, 10)
    frame["count"] = np.random.default_rng(8).binomial(20, 0.5, len(frame))  # scatter less
    mode = mw.Model("count ~ x + (1 | g)", frame, "poisson").mode(flat=True)
    assert mode.singular
    assert mode.sd["g"][0] < 1e-3


@pytest.mark.slow
def test_a_hundred_thousand_levels_have_a_mode_in_seconds():
    levels = np.random.default_rng(2).integers(0, 100_000, 1_000_000)
    frame = pd.DataFrame({"g": levels, "x": np.random.default_rng(3).normal(size=len(levels))})
    effects = np.random.default_rng(4).normal(0, 0.5, 100_000)[levels]
    frame["y"] = np.random.default_rng(5).poisson(np.exp(0.5 + 0.3 * frame.x + effects))
    mode = mw.Model("y ~ x + (1 | g)", frame, "poisson").mode(flat=True)
    assert mode.b == pytest.approx([0.5, 0.3], abs=4 * mode.se.max())
    assert mode.sd["g"] == pytest.approx([0.5], abs=0.006)
