"""Locks on open files, which the system takes back from a process that ends, however it ends."""

import sys

__all__ = ["lock"]

if sys.platform == "win32":

    def lock(descriptor: int, *, wait: bool = False) -> bool | None:
        """Return None: there are no such locks."""
        return None

else:
    import fcntl

    def lock(descriptor: int, *, wait: bool = False) -> bool | None:
        """Lock an open file until it is closed; False where another has it, None without locks.

        With `wait` it is waited for.
        """
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        except OSError:  # file systems without locks
            return None
        return True
