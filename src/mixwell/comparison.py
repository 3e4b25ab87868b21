"""Fits of the same data held against each other, by what they predict or by their evidence."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from mixwell.answers.same_rows import require_same_groups, require_same_responses
from mixwell.errors import DataError, require_choice, require_mapping, require_text
from mixwell.fit import Fit
from mixwell.infer.exact.evidence import compare_evidence
from mixwell.infer.exact.leave_group_out import LeftOut
from mixwell.posterior.draws import compare_densities, densities_of_groups
from mixwell.public_calls import public
from mixwell.show.ranked import Ranked
from mixwell.text.names import require_name
from mixwell.text.phrases import listed

if TYPE_CHECKING:
    from arviz_stats.utils import ELPDDataLOO

__all__ = ["compare"]

#: Decimals of columns in print.
_DENSITIES = {"elpd": 1, "se": 1, "elpd_diff": 1, "dse": 1, "p": 1, "p_worse": 2, "weight": 2}
_EVIDENCE = {"log_evidence": 2, "error": 3, "log_bayes_factor": 2, "probability": 3}
#: Rows or groups from which on errors of differences can be relied on. Source: Sivula et al. 2020.
_MANY = 100


@public
def compare(
    fits: Fit | Mapping[str, Fit] | Sequence[Fit],
    *others: Fit,
    by: Literal["loo", "logo", "evidence"] = "loo",
    group: str | None = None,
) -> pd.DataFrame:
    """Rank fits of the same data, the best first: by `Fit.loo`, or by `Fit.evidence`.

    `fits` names them, `{"a": fit1, "b": fit2}`; those of a list, or given one by one, are called
    fit1, fit2 and so on.
    By "loo" the columns are ArviZ's (`elpd`, `elpd_diff`, `dse`, `weight`, ...), of rows left out
    one by one; by "logo" the same of whole groups, the levels of the grouping factor `group`, which
    all models must have (with one factor it need not be named; to name it is to ask for "logo"), in
    memory or elsewhere. By "evidence" they are `log_evidence`, `error`, `log_bayes_factor` against
    the best, and `probability`. The table is a data frame whose print says what it shows. Raises
    `DataError` for fewer than two fits and for fits of different rows, responses or groups.

    >>> import mixwell as mw
    >>> cake = mw.load_data("cake")
    >>> slope, none = (
    ...     mw.Model(f"angle ~ {terms}(1 | replicate)", cake).fit(draws=250, seed=1)
    ...     for terms in ("temp + ", "")
    ... )
    >>> list(mw.compare({"slope": slope, "none": none}).index)
    ['slope', 'none']
    """
    require_choice("by", by, ("loo", "logo", "evidence"))
    named = _named((fits, *others) if others or isinstance(fits, Fit) else fits)
    if group is not None:
        require_text("group", group)
        if by == "evidence":
            raise DataError(
                "The evidence is of all rows: no group is left out for it.",
                where="group",
                hint='mw.compare(fits, by="logo", group=...) leaves groups out.',
            )
    specs = {name: fit.spec for name, fit in named.items()}
    by_groups = by == "logo" or group is not None
    require_same_responses(specs, known=not by_groups)
    if by == "evidence":
        return _of_evidence(compare_evidence({n: fit.evidence() for n, fit in named.items()}))
    if by_groups:
        return _of_groups({name: _left_out(name, fit, group) for name, fit in named.items()})
    return _of_rows({name: _rows_left_out(name, fit) for name, fit in named.items()})


def _named(fits: object) -> dict[str, Fit]:
    """Return fits by their names; `DataError` for what is none, and for fewer than two."""
    if isinstance(fits, list | tuple):
        fits = {f"fit{place}": each for place, each in enumerate(fits, 1)}
    require_mapping("fits", fits, '{"a": fit1, "b": fit2}')
    named: dict[str, Any] = dict(fits) if isinstance(fits, Mapping) else {}
    for name, each in named.items():
        if not isinstance(each, Fit):
            said = f"fits[{name!r}] is no fit but of type {type(each).__name__}."
            raise DataError(said, where="fits", hint="Give what model.fit() returns.")
    if len(named) < 2:
        raise DataError(
            "compare() needs at least two fits.", hint='compare({"a": fit1, "b": fit2}).'
        )
    return named


def _left_out(name: str, fit: Fit, group: str | None) -> LeftOut:
    """Leave out the levels of a factor, or of a fit's only one; `DataError` where it has none."""
    names = [found.factor for found in fit.spec.layout.of("mean")]
    if group is not None:
        said = f'{name} has no grouping factor "{group}".'
        group = require_name(group, names, said, where="group")
    elif len(names) != 1:
        said = f"the grouping factors {listed(names)}" if names else "no grouping factor"
        named = 'Name the one to leave out: mw.compare(fits, by="logo", group="...").'
        hint = named if names else 'mw.compare(fits, by="loo") leaves rows out.'
        raise DataError(f"{name} has {said}.", where="group", hint=hint)
    found: Any = fit.loo(group or names[0])
    return found  # type: ignore[no-any-return]


def _rows_left_out(name: str, fit: Fit) -> "ELPDDataLOO":
    if fit.spec.design.elsewhere is not None:
        raise DataError(
            f"The rows of {name} are not in memory, so that none can be left out by itself.",
            where='by="loo"',
            hint='mw.compare(fits, by="logo") leaves groups out; by="evidence" needs no rows.',
        )
    found: Any = fit.loo()
    return found


def _of_rows(found: "Mapping[str, ELPDDataLOO]") -> Ranked:
    [count] = {each.n_data_points for each in found.values()}
    frame = compare_densities(found)
    title = f"{count:,} rows left out one by one, each predicted from the others"
    high = {name: int((each.pareto_k.values > each.good_k).sum()) for name, each in found.items()}
    return Ranked.of(frame, title, _notes(frame, count, "row", high), _DENSITIES)


def _of_groups(found: Mapping[str, LeftOut]) -> Ranked:
    left = require_same_groups(found)
    first = next(iter(left.values()))
    frame = compare_densities(
        {
            name: densities_of_groups(each.factor, each.elpd, each.k_hat, each.lpd, each.n_draws)
            for name, each in left.items()
        },
        few=True,
    )
    count = len(first.levels)
    title = f"{count:,} levels of {first.factor} left out in turn, each predicted from the others"
    high = {name: each.doubtful for name, each in left.items()}
    return Ranked.of(frame, title, _notes(frame, count, "level", high), _DENSITIES)


def _notes(frame: pd.DataFrame, count: int, noun: str, high: Mapping[str, int]) -> list[str]:
    """Say which model predicts best, by how much, and what speaks against that."""
    names = [str(name) for name in frame.index]
    numbers = zip(names, frame["elpd_diff"].tolist(), frame["dse"].tolist(), strict=True)
    _, *behind = (
        f"{name} by {-away:.1f} (standard error {dse:.1f})" for name, away, dse in numbers
    )
    verb = "is" if len(behind) == 1 else "are"
    said = [f"{names[0]} predicts best; behind it {verb} {listed(behind)}."]
    if count < _MANY:
        said.append(f"Of fewer than {_MANY} {noun}s standard errors are rough.")
    doubts = [
        f"{number:,} {noun}{'s' * (number != 1)} of {name}"
        for name, number in high.items()
        if number
    ]
    if doubts:
        said.append(f"The k-hat is too large for the figure to be relied on in {listed(doubts)}.")
    return said


def _of_evidence(frame: pd.DataFrame) -> Ranked:
    best = str(frame.index[0])
    probability = float(frame["probability"].iloc[0])
    notes = [
        f"{best} has the probability {probability:.3f}, if all are equally probable beforehand. "
        "The evidence depends on the priors, also on wide ones."
    ]
    title = "The log density of the data under each model, its priors included"
    return Ranked.of(frame, title, notes, _EVIDENCE)
