"""`docs/calibration.md`: what the stored ranks say."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from .cells import CELLS, COPIES, KEPT, LEVELS, ROWS
from .store import ROOT, Stored, read_results
from .uniformity import LEVEL, Ranks, coverage, judge, probabilities

PAGE = ROOT / "docs" / "calibration.md"

#: What was found where departures of a cell were looked into, by its name.
LOOKED_AT = {
    "nuts | beta | y ~ x + (1 | g)": (
        "The three departures of beta with intercepts were looked into: among 200 other data sets "
        "(`replicate(cell, 200, skip=1)`) none of the 14 tests departs; the log likelihood's "
        "probabilities are 0.94 and 0.78 there, those of `x` 0.10 and 0.03."
    ),
}

_HEAD = """# Calibration by simulation

Are the draws from the posterior? Parameters are drawn from their priors and data from them; among
draws from the right posterior the rank of the true value is then uniform, for every quantity (Talts
et al. 2018). A prior that is not the one printed, a missing Jacobian, a wrong sign, draws that are
too narrow: each shows in some quantity's ranks.

{design}

Two tests look at each quantity: chi-square of the ranks in ten bins, and the simultaneous envelope
of their cumulative distribution (Säilynoja, Bürkner and Vehtari 2022). A departure is a probability
below {level:.0%}: of {tests} tests {expected:.1f} are expected to depart where everything is
right, and **{seen} did**. Quantities of one replication depend on each other; with that dependence
kept, uniform ranks give more than {allowed} departures once in 200 tables. The smallest probability
times the number of tests is {smallest:.2g}. The table is {calibrated}. Central intervals of
{shares} hold the true value in {held} of all cases.
"""

#: Central intervals whose coverage is on the page.
SHARES = (0.5, 0.9)
IN = [f"in {share:.0%}" for share in SHARES]
_COUNTED = ("refused", "declined", "marked")
_HEADINGS = ("engine", "family", "model", "ranked", *_COUNTED, *IN)
_HEADINGS += ("departures", "tests", "smallest", "of")

_DESIGN = """\
Every model has {rows} rows, {levels} levels of `g` with {each} rows each, and models of direct
chains {copies} times as many rows; a predictor that is not centered, and a prior of its own for
every parameter (defaults are scaled to the response, which
a prior must not know here). Ranked are all parameters, two deviations a factor, and the log
likelihood, which depends on data and parameters together (Modrák et al. 2023), among {kept} draws:
every fifth draw of the exact engine, every tenth of direct chains and of NUTS, one chain each.
Responses come from the sampler behind `fit.ppc`. Data sets that are refused (a rating that nobody
gave) or whose draws are declined (k-hat above 0.7; `engine="auto"` takes chains then) are replaced
and counted: ranks among the others are uniform all the same, since both depend on the data alone.
Direct chains are ranked whatever they are worth; those that `fit.diagnose()` marks are counted."""

_ROWS = """## The table

{rows}

{declined} {marked}

{looked_at}

{made}

## Every quantity

The mean of the ranks as a share of {kept} (0.5 is right), with its distance from 0.5 in standard
errors, how often central intervals hold the true value, and the probabilities of the two tests;
departures are bold.

{quantities}

## Would it find a mistake?

`tests/calibration/test_mutations.py` builds some into the engines' own code and asserts that the
same tests find each. Exact engine: priors half as wide (60 replications of a gaussian model with
slopes are enough), the Jacobian of the logarithm left out (200 of one with intercepts), and a wrong
sign between the intercept at the predictors' means and the user's (60). Direct chains: the Jacobian
of the logarithm left out (60 of outcomes); that of a standard deviation's walk inverted (20), and
that of the move along the latent scale left out (12), each with standard deviations left to that
one move, since what the others do right hides most of what one does wrong. The same replications
without a mistake are calibrated. Draws from the prior, which ignore the data, have uniform ranks in
every parameter: the log likelihood alone finds them.

## Sources

Talts, Betancourt, Simpson and Vehtari 2018 (simulation-based calibration); Säilynoja, Bürkner and
Vehtari 2022 (the simultaneous envelope); Modrák, Moon, Kim, Bürkner, Huurre, Faltejsková, Gelman
and Vehtari 2023 (quantities that depend on the data; what rejected data sets do not change);
Lewandowski, Kurowicka and Joe 2009 (the onion method, by which correlations are simulated).
`uv run python -m tests.calibration run` runs the cells that are not stored and writes this page.
"""


def write_page(path: Path = PAGE) -> None:
    """Write the page from the stored results."""
    path.write_text(page(read_results()), encoding="utf-8")


def page(results: Mapping[str, Stored]) -> str:
    """Return the page's text, the same for the same results."""
    cells = {cell.name: results[cell.name] for cell in CELLS if cell.name in results}
    verdict = judge([stored["ranks"] for stored in cells.values()], KEPT)
    head = _HEAD.format(
        design=_DESIGN.format(
            rows=LEVELS * ROWS, levels=LEVELS, each=ROWS, copies=COPIES, kept=KEPT
        ),
        level=LEVEL,
        tests=verdict.tests,
        expected=verdict.expected,
        seen=verdict.seen,
        allowed=verdict.allowed,
        smallest=verdict.smallest,
        calibrated="calibrated" if verdict.calibrated else "**not calibrated**",
        shares=" and ".join(f"{share:.0%}" for share in SHARES),
        held=" and ".join(_held([stored["ranks"] for stored in cells.values()])),
    )
    body = _ROWS.format(
        rows="\n".join((*_heading(*_HEADINGS), *(_row(*cell) for cell in cells.items()))),
        declined=_declined(cells),
        marked=_marked(cells),
        looked_at="\n".join(LOOKED_AT[name] for name in cells if name in LOOKED_AT),
        made=_made(cells),
        kept=KEPT,
        quantities="\n".join(_quantities(cells)),
    )
    return f"{head}\n{body}"


def _row(name: str, stored: Stored) -> str:
    found = _probabilities(stored)
    worst = np.unravel_index(found.argmin(), found.shape)
    what = list(stored["ranks"])[int(worst[0])]
    engine, family, formula = name.split(" | ", 2)
    lost = (sum(stored.get(k, {}).values()) for k in _COUNTED)
    counts = (stored["replications"], *lost, *_held([stored["ranks"]]))
    tests = (int((found < LEVEL).sum()), found.size, f"{found.min():.2g}")
    return _line(engine, family, _code(formula), *counts, *tests, _code(what))


def _declined(cells: Mapping[str, Stored]) -> str:
    """Say what the exact engine does not take, and which reasons data sets were left out for."""
    reasons: dict[str, None] = {}
    for stored in cells.values():
        if stored["not_exact"]:
            reasons[stored["not_exact"]] = None
    others = "direct chains and NUTS"
    lines = [f"The exact engine declines what {others} draw from here: {'; '.join(reasons)}."]
    refused = sum(sum(stored["refused"].values()) for stored in cells.values())
    declined = sum(sum(stored["declined"].values()) for stored in cells.values())
    ranked = sum(stored["replications"] for stored in cells.values())
    lines.append(f"{ranked:,} data sets are ranked, {refused} were refused, {declined} declined.")
    return " ".join(lines)


def _marked(cells: Mapping[str, Stored]) -> str:
    """Say how many direct chains were ranked that are not to be relied on, and why."""
    direct = [stored for stored in cells.values() if "marked" in stored]
    reasons: dict[str, int] = {}
    for stored in direct:
        for measures, number in stored["marked"].items():
            reasons[measures] = reasons.get(measures, 0) + number
    named = ", ".join(f"{number} for {measures}" for measures, number in reasons.items())
    ranked = sum(stored["replications"] for stored in direct)
    of = f" ({named})" if named else ""
    return f"Of {ranked:,} direct chains {sum(reasons.values())} are marked{of}."


def _held(tables: Iterable[Ranks]) -> list[str]:
    """Return how often central intervals of all quantities hold the truth, for each share."""
    rows = [np.array(list(table.values())) for table in tables]
    found = [
        np.concatenate([coverage(row, KEPT, share) * row.shape[1] for row in rows]).sum()
        for share in SHARES
    ]
    cases = sum(row.size for row in rows)
    return [f"{held / cases:.1%}" for held in found]


def _made(cells: Mapping[str, Stored]) -> str:
    """Say when, from which commit and with which versions the cells were run."""
    runs: dict[str, int] = {}
    for stored in cells.values():
        versions = ", ".join(f"{name} {number}" for name, number in stored["versions"].items())
        run = f"run on {stored['date']} from commit {stored['commit']} with {versions}"
        runs[run] = runs.get(run, 0) + 1
    words = {1: "1 cell was"}
    return "\n".join(f"{words.get(n, f'{n} cells were')} {run}." for run, n in runs.items())


def _quantities(cells: Mapping[str, Stored]) -> Iterator[str]:
    for name, stored in cells.items():
        engine, family, formula = name.split(" | ", 2)
        yield f"\n### {engine}, {family}, {_code(formula)}\n"
        yield from _heading("quantity", "mean rank", "distance", *IN, "histogram", "envelope")
        for quantity, ranks, found in zip(
            stored["ranks"], stored["ranks"].values(), _probabilities(stored), strict=True
        ):
            share = (np.mean(ranks) + 0.5) / (KEPT + 1)
            distance = (share - 0.5) * np.sqrt(12 * len(ranks))
            tests = (f"**{p:.2g}**" if p < LEVEL else f"{p:.2g}" for p in found)
            texts = (
                _code(quantity),
                f"{share:.3f}",
                f"{distance:+.1f}",
                *_held([{quantity: ranks}]),
            )
            yield f"| {' | '.join((*texts, *tests))} |"


def _probabilities(stored: Stored) -> np.ndarray:
    return probabilities(np.array(list(stored["ranks"].values())), KEPT)


def _heading(*words: str) -> tuple[str, str]:
    return _line(*words), "|" + "---|" * len(words)


def _line(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _code(text: str) -> str:
    return f"`{text.replace('|', chr(92) + '|')}`"
