"""From R: the translator of scripts, and R's own verbs over mixwell's calls.

Names are imported on first use: the translator needs neither pandas nor PyMC.

>>> import mixwell as mw
>>> print(mw.r.translate("x <- 2").python.splitlines()[-1])
x = 2
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mixwell.r.translate import Translation, translate
    from mixwell.r.verbs import (
        VarCorr,
        bf,
        brm,
        coef,
        confint,
        contrast,
        emmeans,
        emtrends,
        fitted,
        fixef,
        get_prior,
        glm,
        glmer,
        glmer_nb,
        glmmTMB,
        hypothesis,
        isSingular,
        lm,
        lmer,
        logLik,
        pairs,
        predict,
        prior_summary,
        ranef,
        set_prior,
        sigma,
        stan_glmer,
        stan_lmer,
        summary,
    )

__all__ = [
    "Translation",
    "VarCorr",
    "bf",
    "brm",
    "coef",
    "confint",
    "contrast",
    "emmeans",
    "emtrends",
    "fitted",
    "fixef",
    "get_prior",
    "glm",
    "glmer",
    "glmer_nb",
    "glmmTMB",
    "hypothesis",
    "isSingular",
    "lm",
    "lmer",
    "logLik",
    "pairs",
    "predict",
    "prior_summary",
    "ranef",
    "set_prior",
    "sigma",
    "stan_glmer",
    "stan_lmer",
    "summary",
    "translate",
]

_TRANSLATOR = frozenset({"Translation", "translate"})


class _Room(ModuleType):
    """A module whose function ``translate`` is not hidden by the file of the same name.

    Python binds a submodule to its package when it is imported, under the file's name.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name == "translate" and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Room

if not TYPE_CHECKING:  # hidden from type checkers, which would otherwise accept any name

    def __getattr__(name: str) -> object:
        """Import a public name on first use (PEP 562)."""
        if name not in __all__:
            raise AttributeError(f"module 'mixwell.r' has no attribute {name!r}")
        home = "translate" if name in _TRANSLATOR else "verbs"
        value = getattr(import_module(f"mixwell.r.{home}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """Return the public names."""
    return list(__all__)
