"""Locks on open files, which the system takes back from a process that ends, however it ends."""

import os
import sys

__all__ = ["lock", "unlock"]

#: Descriptors of this process that are locked: its children inherit them, and may outlive it.
_LOCKED: set[int] = set()

if sys.platform == "win32":

    def lock(descriptor: int, *, wait: bool = False) -> bool | None:
        """Return None: there are no such locks."""
        return None

else:
    import fcntl

    def lock(descriptor: int, *, wait: bool = False) -> bool | None:
        """Lock an open file until `unlock`; False where another has it, None without locks.

        With `wait` it is waited for.
        """
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        except OSError:  # file systems without locks
            return None
        _LOCKED.add(descriptor)
        return True

    def _let_go() -> None:
        """Leave the locks to the parent: a child that is left over must not keep them."""
        for descriptor in _LOCKED:
            nothing = os.open(os.devnull, os.O_RDWR)
            os.dup2(nothing, descriptor)
            os.close(nothing)
        _LOCKED.clear()

    os.register_at_fork(after_in_child=_let_go)


def unlock(descriptor: int) -> None:
    """Forget a lock before its file is closed, which gives it back."""
    _LOCKED.discard(descriptor)
