"""Which rows are worked on at once, so that the work stays within `mixwell.options.memory`."""

from collections.abc import Callable

from mixwell.package_options import options
from mixwell.progress import Progress
from mixwell.threads import in_threads

__all__ = ["THREADS", "over_blocks", "row_blocks"]

# Draws of all rows up to this many numbers (32 MB) are one block: small data need no other.
WHOLE = 4_000_000
# Numbers in one block of larger data: what stays near the processor.
PART = 500_000
# More threads than this wait for memory.
THREADS = 3
# Arrays of a block's size, of 8 bytes a number, that are alive at once in one thread.
ALIVE = 8


def row_blocks(n: int, samples: int, *, whole: int | None = None, multiple: int = 1) -> list[slice]:
    """Return blocks of `n` rows of `samples` draws: one of up to `whole` numbers (4,000,000).

    Where more memory is allowed than many blocks need, the blocks do not depend on it: nor do
    random numbers, which each block draws from a stream of its own. Blocks begin at multiples of
    `multiple`.
    """
    allowed = options.memory // (8 * ALIVE)
    if n * samples <= min(WHOLE if whole is None else whole, allowed):
        return [slice(0, n)]
    step = max(1, min(PART, allowed // THREADS) // max(samples, 1))
    step = -(-step // multiple) * multiple
    return [slice(start, min(start + step, n)) for start in range(0, n, step)]


def over_blocks(
    work: Callable[[slice], None], blocks: list[slice], what: str, progressbar: bool | None = None
) -> None:
    """Work on all blocks of rows, a few at once, with a progress bar that is called `what`."""
    with Progress(what, blocks[-1].stop if blocks else 0, progressbar) as progress:

        def counted(rows: slice) -> None:
            work(rows)
            progress.add(rows.stop - rows.start)

        in_threads(counted, blocks, workers=THREADS)
