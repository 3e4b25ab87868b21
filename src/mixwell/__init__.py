"""Bayesian mixed models from lme4-style formulas: named, sampled, checked and explained.

Names are imported on first use, so that ``import mixwell`` costs next to nothing.

>>> import mixwell as mw
>>> mw.load_data("sleepstudy").shape
(180, 3)
"""

from importlib import import_module
from typing import TYPE_CHECKING

from mixwell._version import __version__

if TYPE_CHECKING:
    from mixwell.data import list_data, load_data
    from mixwell.design.codings.choices import (
        SAS,
        Custom,
        Deviation,
        Full,
        Helmert,
        Hypotheses,
        Poly,
        Simple,
        SuccessiveDifferences,
        Sum,
        Treatment,
    )
    from mixwell.errors import (
        DataError,
        FormulaError,
        MixwellError,
        MixwellWarning,
        PriorError,
        SamplingError,
    )
    from mixwell.fit import Fit, compare, load
    from mixwell.model import Model

__all__ = [
    "SAS",
    "Custom",
    "DataError",
    "Deviation",
    "Fit",
    "FormulaError",
    "Full",
    "Helmert",
    "Hypotheses",
    "MixwellError",
    "MixwellWarning",
    "Model",
    "Poly",
    "PriorError",
    "SamplingError",
    "Simple",
    "SuccessiveDifferences",
    "Sum",
    "Treatment",
    "__version__",
    "compare",
    "list_data",
    "load",
    "load_data",
]

_HOMES = {
    "mixwell.data": ("list_data", "load_data"),
    "mixwell.design.codings.choices": (
        "SAS",
        "Custom",
        "Deviation",
        "Full",
        "Helmert",
        "Hypotheses",
        "Poly",
        "Simple",
        "SuccessiveDifferences",
        "Sum",
        "Treatment",
    ),
    "mixwell.errors": (
        "DataError",
        "FormulaError",
        "MixwellError",
        "MixwellWarning",
        "PriorError",
        "SamplingError",
    ),
    "mixwell.fit": ("Fit", "compare", "load"),
    "mixwell.model": ("Model",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}
_ROOMS = (
    "data",
    "design",
    "diagnose",
    "errors",
    "fit",
    "formula",
    "infer",
    "interpret",
    "model",
    "r",
    "show",
    "specify",
)

if not TYPE_CHECKING:  # hidden from type checkers, which would otherwise accept any name

    def __getattr__(name: str) -> object:
        """Import a public name or a room on first use (PEP 562)."""
        if name in _HOME_OF:
            value = getattr(import_module(_HOME_OF[name]), name)
            globals()[name] = value
            return value
        if name in _ROOMS:
            return import_module(f"mixwell.{name}")
        raise AttributeError(f"module 'mixwell' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the public names and the rooms."""
    return sorted({*__all__, *_ROOMS})
