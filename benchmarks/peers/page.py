"""The comparison as a page in Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from .cases import CASES
from .cells import NONE, label, seconds, table
from .compare import ESTIMATES, PEERS, SHELL_CASE
from .process import Run
from .side_by_side import side_by_side

INTRODUCTION = """# mixwell compared with other packages

Written by `uv run python -m benchmarks.peers --write docs/benchmarks-peers.md`.

{machine}

Every package fits every model in a fresh process, one process at a time, from the same CSV file.
The time runs from the start of the process (imports and, for brms, the compilation included) to
the end of the printed summary. Runs under {long:.0f} s are repeated ({repeats} in all) and the
median counts. All samplers draw 4 chains of 1,000 after as much warmup, where nothing else is said,
with the priors that the package has by itself, so the posteriors differ a little. bambi estimates
no correlations of group effects. lme4 and glmmTMB give point estimates, which is why they have no
effective number.
"""
TIMES = """
## Time

Seconds from the start of the process to the printed summary. *After import*: those of mixwell once
`mixwell.Model` is imported, by the clock and of the processor; the goal is about these. The last
column is bambi's time over mixwell's in this run.
"""
SHELL = """
From the shell, `mixwell fit {case}` with its formula took {shell:.1f} s from its start to its end:
{share:.2f} of bambi's {bambi:.1f} s in the same run (goal: under 0.33). The processor was busy for
{shell_work:.1f} s and {bambi_work:.1f} s.
"""
NUMBERS = """
## Effective draws

The least bulk effective number over fixed effects, standard deviations, correlations and sigma, of
all draws, by ArviZ's rule for all; after the stroke per second of the time above. The exact
engine says its own effective number too, which also counts the weights.
"""
MEMORY = """
## Memory

The peak of the largest process, in MB.
"""
LARGE = """
## Many rows

{rows:,} rows simulated with a number and one factor of {levels:,} levels, `y ~ x + (1 | g)`, 1,000
draws; medians of seconds by the clock. Memory rose by at most {memory:,.0f} MB above the data's
{data:,.0f} MB before deviations were drawn (goal: below 2,000 MB). Engine: {engine}.

"""


def page(
    runs: Sequence[Run], machine: str, repeats: int, long: float, large: Mapping[str, Any] | None
) -> str:
    """Return the whole page."""
    found = {(run.case, run.peer): run for run in runs}
    cases = [name for name in CASES if any(run.case == name for run in runs)]
    measured = {run.peer for run in runs if run.seconds is not None}
    peers = [peer for peer in PEERS if peer != "shell" and peer in measured]
    parts = [INTRODUCTION.format(machine=machine, repeats=repeats, long=long)]
    parts += ["\n## Models\n", _models(cases), side_by_side(found, cases, peers)]
    parts += [TIMES, _times(found, cases, peers), _shell(found)]
    parts += [NUMBERS, _numbers(found, cases, peers)]
    parts += [MEMORY, _memory(found, cases, peers)]
    if large is not None:
        parts += [LARGE.format(**large), _many_rows(large)]
    return "".join(parts) + _notes(runs)


def _models(cases: Sequence[str]) -> str:
    rows = [
        [name, CASES[name].family, "`{}`".format(CASES[name].formula.replace("|", r"\|"))]
        for name in cases
    ]
    return "\n" + table(["data", "family", "model"], rows) + "\n"


def _times(found: Mapping[tuple[str, str], Run], cases: Sequence[str], peers: Sequence[str]) -> str:
    others = [peer for peer in peers if peer != "mixwell"]
    head = [
        "data",
        "mixwell",
        "after import",
        "processor",
        "goal",
        *map(label, others),
        "bambi / mixwell",
    ]
    return "\n" + table(head, [_time_row(found, name, others) for name in cases]) + "\n"


def _time_row(found: Mapping[tuple[str, str], Run], name: str, others: Sequence[str]) -> list[str]:
    ours = found.get((name, "mixwell"), Run(name, "mixwell"))
    bambi = found.get((name, "bambi"), Run(name, "bambi"))
    goal = CASES[name].goal
    ratio = NONE
    if ours.seconds is not None and bambi.seconds is not None:
        ratio = f"{bambi.seconds / ours.seconds:.1f}"
    return [
        name,
        seconds(ours.seconds),
        seconds(ours.after_import),
        seconds(ours.worked),
        NONE if goal is None else f"{goal:g}",
        *(seconds(found.get((name, peer), Run(name, peer)).seconds) for peer in others),
        ratio,
    ]


def _shell(found: Mapping[tuple[str, str], Run]) -> str:
    shell, bambi = found.get((SHELL_CASE, "shell")), found.get((SHELL_CASE, "bambi"))
    if shell is None or bambi is None or shell.seconds is None or bambi.seconds is None:
        return ""
    return SHELL.format(
        case=SHELL_CASE,
        shell=shell.seconds,
        bambi=bambi.seconds,
        share=shell.seconds / bambi.seconds,
        shell_work=shell.processor,
        bambi_work=bambi.processor,
    )


def _many_rows(large: Mapping[str, Any]) -> str:
    """Return the steps of a large fit, in seconds and relative to one mean by group in pandas."""
    measure = float(large["groupby"])
    goals = {"reduction and parameters": "3"}
    rows = [
        [what, seconds(taken), f"{taken / measure:.1f}", goals.get(what, NONE)]
        for what, taken in large["steps"].items()
    ]
    return table(["", "s", "times `groupby.mean`", "goal"], rows) + "\n"


def _numbers(
    found: Mapping[tuple[str, str], Run], cases: Sequence[str], peers: Sequence[str]
) -> str:
    samplers = [peer for peer in peers if peer not in ESTIMATES]
    rows = []
    for name in cases:
        row = [name, found[name, "mixwell"].engine or NONE if (name, "mixwell") in found else NONE]
        for peer in samplers:
            run = found.get((name, peer), Run(name, peer))
            if run.ess is None or run.ess_rate is None:
                row.append(NONE)
            else:
                row.append(f"{run.ess:,.0f} / {run.ess_rate:,.0f}")
        rows.append(row)
    return "\n" + table(["data", "engine of mixwell", *map(label, samplers)], rows) + "\n"


def _memory(
    found: Mapping[tuple[str, str], Run], cases: Sequence[str], peers: Sequence[str]
) -> str:
    rows = []
    for name in cases:
        runs = [found.get((name, peer), Run(name, peer)) for peer in peers]
        rows.append([name, *(NONE if r.memory is None else f"{r.memory:,.0f}" for r in runs)])
    return "\n" + table(["data", *map(label, peers)], rows) + "\n"


def _notes(runs: Sequence[Run]) -> str:
    """Say why places are empty, each reason once."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for run in runs:
        if run.note:
            reasons.setdefault((run.peer, run.note), []).append(run.case)
    if not reasons:
        return ""
    lines = [
        f"- {label(peer)}: {note} ({', '.join(cases)})." for (peer, note), cases in reasons.items()
    ]
    return "\n## Not measured\n\n" + "\n".join(lines) + "\n"
