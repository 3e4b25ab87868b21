"""Compiled models: the numbers of PyMC's own functions, and code that is taken again."""

import ctypes
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pymc as pm
import pytest

import mixwell as mw
from mixwell.infer.pymc import compiled_model as module
from mixwell.infer.pymc.compiled_model import compiled_model
from mixwell.infer.pymc.lifted_graph import lifted_graph
from mixwell.numeric.arrays import FloatArray


def frame(seed: int, n: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    made = pd.DataFrame({"x": rng.normal(size=n), "g": np.arange(n) % 4})
    # groups so far apart that they are centered in any case
    made["y"] = 3 + seed + made.x + np.array([-9, -3, 3, 9])[made.g] + rng.normal(size=n)
    made["count"] = rng.poisson(np.exp(0.3 * made.x))
    return made


def model(seed: int, **more: Any) -> mw.Model:
    return mw.Model("y ~ x + (1 | g)", frame(seed), **more)


def evaluated(compiled: Any, point: FloatArray) -> tuple[float, FloatArray, dict[str, FloatArray]]:
    """Call what nutpie calls; returns the log density, its slopes, and the variables by name."""
    pointers = [ctypes.c_void_p] * 5
    size = compiled.n_dim
    slopes, value, drawn = np.zeros(size), np.zeros(1), np.zeros(compiled.n_expanded)
    density = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_uint64, *pointers[:4])
    own = (a.ctypes.data for a in (point, slopes, value, compiled.user_data))
    assert density(compiled.compiled_logp_func.address)(size, *own) == 0
    expand = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_uint64, ctypes.c_uint64, *pointers[:3])
    own = (a.ctypes.data for a in (point, drawn, compiled.user_data))
    assert expand(compiled.compiled_expand_func.address)(size, len(drawn), *own) == 0
    names, spans, shapes = compiled.shape_info
    parts = zip(names, spans, shapes, strict=True)
    return float(value[0]), slopes, {name: drawn[s].reshape(shape) for name, s, shape in parts}


def plainly(graph: pm.Model, point: FloatArray) -> tuple[float, dict[str, FloatArray]]:
    """Evaluate the model by PyTensor's own quick mode."""
    values = [graph.rvs_to_values[variable] for variable in graph.free_RVs]
    start, given, begin = graph.initial_point(), {}, 0
    for value in values:
        shape = np.shape(start[value.name])
        end = begin + int(np.prod(shape))
        given[value.name], begin = point[begin:end].reshape(shape), end
    shown = graph.unobserved_value_vars
    evaluate = graph.compile_fn([graph.logp(), *shown], inputs=values, mode="FAST_COMPILE")
    value, *parts = evaluate(given)
    return float(value), {v.name: np.asarray(p) for v, p in zip(shown, parts, strict=True)}


@pytest.fixture(scope="module", autouse=True)
def nothing_kept() -> Iterator[None]:
    module._codes.clear()
    yield
    module._codes.clear()


@pytest.fixture(scope="module")
def first() -> mw.Model:
    return model(1)


@pytest.fixture(scope="module")
def compiled(first: mw.Model, nothing_kept: None) -> Any:
    return compiled_model(first.pymc, first.spec.variables)


def test_density_and_variables_are_those_of_the_model(first: mw.Model, compiled: Any) -> None:
    point = 0.3 * np.random.default_rng(1).normal(size=compiled.n_dim)
    value, slopes, drawn = evaluated(compiled, point)
    wanted, shown = plainly(first.pymc, point)
    assert value == pytest.approx(wanted, rel=1e-11)
    assert {"b", "r_g", "sd_g", "sigma"} <= set(drawn)
    for name, own in drawn.items():
        np.testing.assert_allclose(own, shown[name], rtol=1e-10, atol=1e-12)
    for k in range(len(point)):
        step = np.zeros(len(point))
        step[k] = 1e-6
        ends = [evaluated(compiled, point + sign * step)[0] for sign in (-1, 1)]
        assert slopes[k] == pytest.approx((ends[1] - ends[0]) / 2e-6, rel=1e-5, abs=1e-5)


def test_a_model_of_other_data_and_other_numbers_in_its_priors_takes_the_same_code(
    compiled: Any,
) -> None:
    """The priors that the data scale, a prior of the user's, and the data differ."""
    before = len(module._codes)
    for other in (model(2), model(1, priors={"sd_g": "HalfStudentT(3, 0.7)"})):
        again = compiled_model(other.pymc, other.spec.variables)
        assert again.compiled_logp_func is compiled.compiled_logp_func
        assert again.compiled_expand_func is compiled.compiled_expand_func
        point = 0.3 * np.random.default_rng(2).normal(size=again.n_dim)
        value, _, drawn = evaluated(again, point)
        wanted, shown = plainly(other.pymc, point)
        assert value == pytest.approx(wanted, rel=1e-11)
        np.testing.assert_allclose(drawn["b"], shown["b"], rtol=1e-10)
    assert len(module._codes) == before


@pytest.mark.parametrize(
    "other",
    [
        model(1, priors={"x": "Laplace(0, 1)"}),
        mw.Model("y ~ x + (1 | g)", frame(1, 44)),
        mw.Model("y ~ x + (1 | g)", frame(1), family="student"),
        mw.Model("y ~ 1 + (1 | g)", frame(1)),
        mw.Model("y ~ x", frame(1)),
    ],
    ids=["another prior", "more rows", "another family", "fewer columns", "no group"],
)
def test_models_of_another_structure_or_shape_are_not_the_same(
    first: mw.Model, other: mw.Model
) -> None:
    mine, its = (lifted_graph(m.pymc, m.spec.variables) for m in (first, other))
    again = lifted_graph(first.pymc, first.spec.variables)
    assert mine.same(again)
    assert not mine.same(its)
    assert not its.same(mine)


def test_an_edit_of_the_model_is_seen() -> None:
    edited = model(1)
    plain = lifted_graph(edited.pymc, edited.spec.variables)
    with edited.pymc:
        pm.Potential("more", -((edited.pymc["b"] - 1.0) ** 2).sum())
    assert not plain.same(lifted_graph(edited.pymc, edited.spec.variables))


def test_only_the_codes_asked_for_last_are_kept(
    first: mw.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def counted(*_: Any) -> tuple[str, str]:
        made.append(1)
        return "density", "drawn"

    monkeypatch.setattr(module, "_codes", [])
    monkeypatch.setattr(module, "_KEPT", 2)
    monkeypatch.setattr(module, "_functions", counted)
    others = [mw.Model("y ~ x", frame(1, n)) for n in (41, 42, 43)]
    for one in (others[0], others[1], others[0], others[2], others[0], others[1]):
        compiled_model(one.pymc, one.spec.variables)
    # the first is asked for again before it is the oldest, the second is not
    assert len(made) == 4
