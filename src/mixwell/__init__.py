"""Bayesian mixed models from lme4-style formulas: named, sampled, checked and explained.

Names are imported on first use, so that ``import mixwell`` costs next to nothing.

>>> import mixwell as mw
>>> mw.load_data("sleepstudy").shape
(180, 3)
"""

from importlib import import_module

from mixwell._version import __version__ as __version__

TYPE_CHECKING = False  # as type checkers know it, without the milliseconds that typing takes
if TYPE_CHECKING:  # what type checkers see; what there is at run time stands in the table below
    from mixwell.comparison import *  # noqa: F403
    from mixwell.data.load import *  # noqa: F403
    from mixwell.design.codings.choices import *  # noqa: F403
    from mixwell.design.sums.sums import *  # noqa: F403
    from mixwell.errors import *  # noqa: F403
    from mixwell.families.added_zeros import *  # noqa: F403
    from mixwell.families.custom import *  # noqa: F403
    from mixwell.fit import *  # noqa: F403
    from mixwell.model import *  # noqa: F403
    from mixwell.package_options import *  # noqa: F403
    from mixwell.saved_fits import *  # noqa: F403

_HOMES = {
    "comparison": "compare",
    "data.load": "list_data load_data",
    "design.codings.choices": "SAS Custom Deviation Full Helmert Hypotheses Poly Simple "
    "SuccessiveDifferences Sum Treatment",
    "design.sums.sums": "combine load_reduction",
    "errors": "DataError FormulaError MixwellError MixwellWarning PriorError SamplingError",
    "families.added_zeros": "hurdle zero_inflated",
    "families.custom": "custom_family",
    "fit": "Fit",
    "model": "Model",
    "package_options": "options",
    "saved_fits": "load resume",
}
_HOME_OF = {name: f"mixwell.{home}" for home, names in _HOMES.items() for name in names.split()}


def _rooms() -> list[str]:
    from pkgutil import iter_modules  # takes longer than all of the above

    return [found.name for found in iter_modules(__path__) if found.name[0] != "_"]  # noqa: F405


if not TYPE_CHECKING:  # hidden from type checkers, which would otherwise accept any name
    __all__ = sorted(["__version__", *_HOME_OF])

    def __getattr__(name: str) -> object:
        """Import a public name or a room on first use (PEP 562)."""
        if name in _HOME_OF:
            value = getattr(import_module(_HOME_OF[name]), name)
            globals()[name] = value
            return value
        if not name.startswith("_") and name in _rooms():
            return import_module(f"mixwell.{name}")
        raise AttributeError(f"module 'mixwell' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the public names and the rooms."""
    return sorted({"__version__", *_HOME_OF, *_rooms()})
