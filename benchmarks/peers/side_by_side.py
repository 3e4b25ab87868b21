"""What a whole process takes for what draws are worth, package under package."""

from collections.abc import Iterator, Mapping, Sequence

from .cases import CASES
from .cells import NONE, label, seconds, table
from .compare import ESTIMATES
from .process import Run

TEXT = """
## Side by side

Whole processes, from the start to the printed summary: seconds by the clock and of the processor
(all threads), and the peak of memory. *Least* is the least bulk effective number of every quantity,
each deviation of every level included (of 2,000 levels a factor, evenly spaced, where there are
more), and R-hat the largest; the last column has effective draws of the least such quantity per
second of the processor. {asked}A name that ends in *fresh* has processes which find no kernels of
Numba or PyTensor that were compiled before.

"""
RATIOS = """
The goals: seconds of the whole process; effective draws per second of the processor, over bambi's
where its chains came together (R-hat of at most {together}); the time of the whole process over
that of an estimate alone.

"""

#: The largest R-hat of draws that are worth a comparison.
TOGETHER = 1.05

type Found = Mapping[tuple[str, str], Run]


def side_by_side(found: Found, cases: Sequence[str], peers: Sequence[str]) -> str:
    """Return both tables of the cases with a goal for whole processes, nothing without any."""
    chosen = [name for name in cases if CASES[name].whole is not None]
    if not chosen:
        return ""
    head = ("data", "package", "clock", "processor", "MB", "least", "R-hat", "draws per second")
    rows = [row for name in chosen for row in _rows(found, name, peers)]
    estimates = [peer for peer in ESTIMATES if peer in peers]
    over = [f"time over {label(peer)}'s" for peer in estimates]
    ratio_head = ("data", "mixwell", "goal", "draws per second over bambi's", *over)
    ratios = [_ratios(found, name, estimates) for name in chosen]
    text = TEXT.format(asked=_asked(chosen))
    goals = RATIOS.format(together=TOGETHER)
    return f"{text}{table(head, rows)}\n{goals}{table(ratio_head, ratios)}\n"


def _asked(cases: Sequence[str]) -> str:
    """Say which arguments mixwell's `fit` has, where it has any."""
    found: dict[str, list[str]] = {}
    for name in cases:
        if asked := CASES[name].asked:
            call = ", ".join(f"{key}={value}" for key, value in asked.items())
            found.setdefault(call, []).append(name)
    calls = (f"mixwell draws with `fit({call})` in {', '.join(n)}" for call, n in found.items())
    return "".join(f"{call}. " for call in calls)


def _rows(found: Found, name: str, peers: Sequence[str]) -> Iterator[Sequence[str]]:
    for peer in peers:
        run = found.get((name, peer))
        if run is None or (run.seconds is None and run.note in CASES[name].cannot.values()):
            continue
        if run.seconds is None:
            yield name, label(peer), run.note, *([NONE] * 5)
            continue
        yield (
            name,
            label(peer),
            seconds(run.seconds),
            seconds(run.processor),
            _whole(run.memory),
            _whole(run.least),
            NONE if run.rhat is None else f"{run.rhat:.3f}",
            NONE if run.work_rate is None else _rate(run.work_rate),
        )


def _ratios(found: Found, name: str, estimates: Sequence[str]) -> Sequence[str]:
    ours = found.get((name, "mixwell"), Run(name, "mixwell"))
    theirs = found.get((name, "bambi"), Run(name, "bambi"))
    comparable = theirs.rhat is not None and theirs.rhat <= TOGETHER
    return (
        name,
        seconds(ours.seconds),
        f"{CASES[name].whole:g}",
        _over(ours.work_rate, theirs.work_rate) if comparable else NONE,
        *(_over(ours.seconds, found.get((name, p), Run(name, p)).seconds) for p in estimates),
    )


def _over(one: float | None, other: float | None) -> str:
    return NONE if one is None or other is None else f"{one / other:.1f}"


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _whole(value: float | None) -> str:
    return NONE if value is None else f"{value:,.0f}"
