"""PyMC models compiled for nutpie, once for all models of one structure and shape.

nutpie's own way compiles a part for each array of data, which takes longer than all the rest where
there are many, and holds numbers in the code. Here all numbers lie in one piece of memory; the code
that reads them is kept while the process runs, and PyTensor finds its parts on disk in others. Sums
are in a fixed order (no "fastmath"): else code from disk rounds otherwise than what is just made,
and the same seed gives other draws.
"""

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from math import prod
from threading import Lock
from typing import Any

import numba
import numpy as np
import pymc as pm
import pytensor
from nutpie.compile_pymc import CompiledPyMCModel
from pymc.initial_point import make_initial_point_fn
from pymc.pytensorf import compile as compile_pymc

from mixwell.infer.pymc.lifted_graph import LiftedGraph, lifted_graph
from mixwell.numeric.arrays import FloatArray

__all__ = ["compiled_model"]

#: How many models' code is kept.
_KEPT = 8
#: What nutpie calls, and what the two functions do with the words of memory that they are given.
#: Elements are put in their place one by one: for whole arrays Numba compiles a sentence about
#: shapes that do not match, which takes as long as everything else.
_DENSITY = """
def function(size, point_, slopes_, value_, words_):
    if size != {size}:
        return -1
    point, slopes = carray(point_, ({size},)), carray(slopes_, ({size},))
    words = carray(words_, ({words},), float64)
    value, found = graph({arguments})
    value_[0] = value[()]
    finite = isfinite(value_[0])
    for i in range({size}):
        slopes[i] = found[i]
        finite &= isfinite(found[i])
    return 0 if finite else 3
"""
_DRAWN = """
def function(size, length, point_, drawn_, words_):
    if size != {size} or length != {length}:
        return -1
    point, out = carray(point_, ({size},)), carray(drawn_, ({length},))
    words = carray(words_, ({words},), float64)
    (found,) = graph({arguments})
    for i in range({length}):
        out[i] = found[i]
    return 0
"""
_NUMBERS = numba.types.CPointer(numba.types.double)
_SIZE, _MEMORY = numba.types.uint64, numba.types.voidptr


@dataclass(frozen=True, eq=False)
class _Code:
    """What was compiled for a graph, without the values of its inputs."""

    graph: LiftedGraph
    density: Any
    drawn: Any


_codes: list[_Code] = []
_lock = Lock()


def compiled_model(model: pm.Model, names: Collection[str]) -> Any:
    """Compile a model for `nutpie.sample`, whose draws are to have the variables of some `names`.

    The code of an earlier model that differs in numbers alone is taken again.
    """
    graph = lifted_graph(model, names)
    with _lock:
        code = next((known for known in _codes if known.graph.same(graph)), None)
        if code is None:
            code = _Code(graph.emptied(), *_functions(model, graph))
        else:
            _codes.remove(code)
        _codes.append(code)  # the last ones that were asked for are kept
        del _codes[:-_KEPT]
    ends = np.cumsum([prod(shape) for shape in graph.shapes]).tolist()
    spans = [slice(a, b) for a, b in zip([0, *ends[:-1]], ends, strict=True)]
    words = np.concatenate([np.zeros(1), *map(_words, graph.values)])
    return CompiledPyMCModel(
        dims={},
        _n_dim=graph.size,
        _coords={},
        _shapes=dict(zip(graph.names, graph.shapes, strict=True)),
        compiled_logp_func=code.density,
        compiled_expand_func=code.drawn,
        initial_point_func=_start(model, graph),
        shared_data={},
        shared_var_keys={},
        user_data=words,
        n_expanded=graph.length,
        shape_info=(list(graph.names), spans, list(graph.shapes)),
        logp_func=None,
        expand_func=None,
    )


def _functions(model: pm.Model, graph: LiftedGraph) -> tuple[Any, Any]:
    """Compile the two functions of a graph: the density, and what is drawn."""
    density = numba.types.int64(_SIZE, _NUMBERS, _NUMBERS, _NUMBERS, _MEMORY)
    drawn = numba.types.int64(_SIZE, _SIZE, _NUMBERS, _NUMBERS, _MEMORY)
    return (
        _function(model, graph, graph.density, _DENSITY, density),
        _function(model, graph, (graph.drawn,), _DRAWN, drawn),
    )


def _function(
    model: pm.Model, graph: LiftedGraph, outputs: tuple[Any, ...], text: str, signature: Any
) -> Any:
    read = graph.of(outputs)
    inputs = [graph.point, *(graph.inputs[k] for k in read)]
    with model, pytensor.config.change_flags(numba__fastmath=False):
        made = compile_pymc(inputs, list(outputs), mode="NUMBA", on_unused_input="ignore")
    ends = 1 + np.cumsum([0, *(len(_words(value)) for value in graph.values)])
    scope: dict[str, Any] = {"carray": numba.carray, "graph": made.vm.jit_fn}
    scope |= {"isfinite": math.isfinite, "float64": np.float64}
    arguments = ["point"]
    for k in read:
        value = graph.values[k]
        scope[value.dtype.name] = value.dtype
        own = f"words[{ends[k]}:{ends[k + 1]}].view({value.dtype.name})[:{value.size}]"
        arguments.append(f"{own}.reshape({tuple(map(int, value.shape))})")
    size = {"size": graph.size, "length": graph.length, "words": int(ends[-1])}
    exec(text.format(arguments=", ".join(arguments), **size), scope)
    return numba.cfunc(signature)(scope["function"])


def _words(value: np.ndarray) -> FloatArray:
    """Return the bytes of numbers as words of memory, the last one filled up."""
    flat = np.ascontiguousarray(value).ravel()
    more = -flat.nbytes % 8 // flat.itemsize
    return np.concatenate([flat, np.zeros(more, flat.dtype)]).view(np.float64)


def _start(model: pm.Model, graph: LiftedGraph) -> Callable[[int | None], FloatArray]:
    """Return what gives a chain's start for a seed, as `pm.sample` has it."""
    points = make_initial_point_fn(
        model=model,
        default_strategy="support_point",
        jitter_rvs=set(model.free_RVs),
        return_transformed=True,
    )
    lock = Lock()

    def start(seed: int | None = None) -> FloatArray:
        with lock:
            found = points(seed)
        return np.concatenate([np.ravel(found[name]).astype(float) for name in graph.free])

    return start
