"""Texts of loops as compiled functions, which the user's cache folder keeps."""

import hashlib
import math
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from mixwell._version import __version__
from mixwell.errors import MixwellError
from mixwell.infer.loops import scalar_functions
from mixwell.infer.loops.scalar_functions import SCALARS
from mixwell.numeric.loops.compiled import sums
from mixwell.whole_files import write_text

__all__ = ["ENDLESS", "compiled_text"]

#: What texts call numbers that have no digits.
ENDLESS = {"inf": math.inf, "nan": math.nan}


def compiled_text(text: str, function: str) -> Callable[..., Any]:
    """Compile a text's function of that name, or take it from the cache folder, if there is one.

    Numba keeps what it compiled next to a copy of the text.
    """
    own = hashlib.sha256(text.encode())
    own.update(_functions())  # they are compiled into the loop
    name = f"mixwell_{function}_{own.hexdigest()[:16]}"
    path = _cache_folder() / f"{name}.py"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_text(path, text)
        keep = os.access(path.parent, os.W_OK)
    except (OSError, MixwellError):
        keep = False
    if name not in sys.modules:  # Numba looks for the module of what it has kept
        module = ModuleType(name)
        vars(module).update({**SCALARS, **ENDLESS, "__file__": str(path)})
        sys.modules[name] = module
        exec(compile(text, str(path), "exec"), vars(module))
        vars(module)[function] = sums(vars(module)[function], keep=keep)
    made: Callable[..., Any] = vars(sys.modules[name])[function]
    return made


@cache
def _functions() -> bytes:
    """Return the text of the compiled functions, or the version of the package that has none."""
    try:
        return Path(scalar_functions.__file__).read_bytes()
    except OSError:
        return __version__.encode()


def _cache_folder() -> Path:
    """Return the folder for what can be made again."""
    own = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    return (Path(own) if own else Path.home() / ".cache") / "mixwell"
