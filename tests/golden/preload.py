"""What the processes of all cases have in common: imported once, by the server that forks them.

Each case runs in a process of its own. The last bit of a sum depends on where its numbers lie in
memory, and so on all that a process did before.
"""

import os
from importlib import import_module

from .cases import MARK

_HEAVY = ("arviz", "bambi", "nutpie", "pymc", "typer.testing")
_OURS = ("fits", "graphs", "others")

if MARK in os.environ:  # pytest imports every file, and must import nothing heavy here
    for name in _HEAVY:
        import_module(name)
    for name in _OURS:
        import_module(f".{name}", __package__)
