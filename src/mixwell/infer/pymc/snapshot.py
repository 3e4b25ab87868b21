"""What a PyMC model looked like when it was built, so that edits by hand are noticed.

PyMC models can be changed in place: variables, potentials and data are added, values are set, and
the graph behind a variable is exchanged. All of it is compared: the nodes themselves, the arrays in
them by their bytes, values, transforms, and the lists that variables stand in.
"""

import hashlib
from collections.abc import Collection
from typing import Any

import numpy as np
import pymc as pm

from mixwell.infer.edits import Edits

__all__ = ["Snapshot"]

Variable = Any
#: The lists of a model with what their variables are called.
_KINDS = {
    "potentials": "potential",
    "free_RVs": "variable",
    "observed_RVs": "observed variable",
    "deterministics": "deterministic",
    "data_vars": "data",
}


class Snapshot:
    """A model as it was; `coordinates` are its free variables that are no parameters."""

    def __init__(self, model: pm.Model, coordinates: Collection[str]) -> None:
        self._coordinates = frozenset(coordinates)
        self._parts = _parts(model)

    def edits(self, model: pm.Model) -> Edits:
        """Return what was changed in the model since."""
        before, now = self._parts, _parts(model)
        density: list[str] = []
        response: list[str] = []
        computed: list[str] = []
        for name in now:
            kind = now[name][0]
            if name not in before:
                known = kind in ("potential", "variable", "observed variable")
                (density if known else computed).append(f'{kind} "{name}" added')
            elif not _same(before[name], now[name]):
                if kind == "variable" == before[name][0] and name not in self._coordinates:
                    density.append(f'prior of "{name}" changed')
                else:
                    response.append(f'{before[name][0]} "{name}" changed')
        response += [f'{before[name][0]} "{name}" taken out' for name in before if name not in now]
        return Edits(tuple(density), tuple(response), tuple(computed))


def _parts(model: pm.Model) -> dict[str, tuple[Any, ...]]:
    """Return what each named variable is made of, down to other named ones: kind first."""
    named = {id(variable) for variable in model.named_vars.values()}
    kinds = {
        variable.name: kind for place, kind in _KINDS.items() for variable in getattr(model, place)
    }
    parts = {}
    for name, variable in model.named_vars.items():
        made = [kinds.get(name, "quantity"), *_graph(variable, named)]
        value = model.rvs_to_values.get(variable)
        if value is not None:
            made += [value, *_graph(value, named), model.rvs_to_transforms.get(variable)]
        parts[name] = tuple(made)
    return parts


def _graph(variable: Variable, named: Collection[int]) -> list[Any]:
    """Return nodes, operations and inputs behind a variable, and the bytes of arrays."""
    found: list[Any] = []
    waiting, seen = [variable], set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen or (one is not variable and id(one) in named):
            found.append(one)
            continue
        seen.add(id(one))
        if one.owner is None:
            found += [one, _bytes(one)]
        else:
            found += [one.owner, one.owner.op, *one.owner.inputs]
            waiting += one.owner.inputs
    return found


def _bytes(variable: Variable) -> str:
    """Return a digest of a constant's or a shared variable's array; "" for others."""
    value = getattr(variable, "data", None)
    if hasattr(variable, "get_value"):
        value = variable.get_value(borrow=True)
    if not isinstance(value, np.ndarray):
        return ""  # random generators move on whenever they are used
    return hashlib.blake2b(np.ascontiguousarray(value).tobytes(), digest_size=16).hexdigest()


def _same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return len(one) == len(other) and all(
        a == b if isinstance(a, str) and isinstance(b, str) else a is b
        for a, b in zip(one, other, strict=True)
    )
