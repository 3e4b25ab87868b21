"""The table of engines in their order; importing it loads nothing heavy."""

from mixwell.infer.engines.direct_engine import DIRECT
from mixwell.infer.engines.exact_engine import EXACT
from mixwell.infer.engines.nuts_engine import NUTS

__all__ = ["AUTO", "ENGINES", "ENGINE_NAMES"]

#: The first that nothing speaks against draws; the last one takes every model.
ENGINES = (EXACT, DIRECT, NUTS)
AUTO = "auto"
#: What `engine` may be.
ENGINE_NAMES = (AUTO, *(engine.name for engine in ENGINES))
