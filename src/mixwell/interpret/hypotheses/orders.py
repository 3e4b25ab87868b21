"""How much more probable orders are after the data than before: Bayes factors.

That of a hypothesis against none is its posterior probability by its prior one, where the priors of
both are otherwise the same. Source: Klugkist, Laudy and Hoijtink 2005, the encompassing prior.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import factorial

import numpy as np

from mixwell.errors import DataError
from mixwell.interpret.hypotheses.hypothesis_text import Claim
from mixwell.interpret.hypotheses.verdicts import Verdicts, holds
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.chains import ess_mean

__all__ = ["BayesFactors", "PriorOfNames", "bayes_factors"]


@dataclass(frozen=True, eq=False)
class PriorOfNames:
    """Draws `(sample,)` of the prior of the names that hypotheses use.

    `draws` raises `KeyError` for a name whose prior is not known. `alike` says whether some names
    have one prior, independently of each other: each order of them is then as probable.
    """

    draws: Callable[[str], FloatArray]
    alike: Callable[[Sequence[str]], bool] = lambda names: False


@dataclass(frozen=True, eq=False)
class BayesFactors:
    """Prior probabilities, Bayes factors with their Monte Carlo errors, and what is said of them.

    Not-a-number where there are none.
    """

    prior: FloatArray
    factor: FloatArray
    error: FloatArray
    notes: tuple[str, ...]


def bayes_factors(
    found: Verdicts, shape: tuple[int, int], prior: Callable[[], PriorOfNames]
) -> BayesFactors:
    """Return the Bayes factor of each hypothesis against none, draws of `shape` given.

    A prior that cannot be drawn is said in a note.
    """
    count = len(found.claims)
    chance, loose = np.full(count, np.nan), np.zeros(count)
    try:
        known = prior()
    except DataError as unknown:
        said = f"There is no Bayes factor. {str(unknown).splitlines()[0]}"
        return BayesFactors(chance, chance.copy(), chance.copy(), (said,))
    notes = []
    for row, claim in enumerate(found.claims):
        label = found.labels[row]
        try:
            chance[row], loose[row] = _before(claim, known)
        except KeyError as unknown:
            notes.append(f"There is no Bayes factor of {label}: no prior of {unknown.args[0]}.")
        if chance[row] == 0:
            notes.append(f"There is no Bayes factor of {label}: no draw of the prior is so.")
    share, error = np.array([_after(held, shape) for held in found.held]).T
    before = np.where(chance > 0, chance, np.nan)
    factor = share / before
    # that of a quotient, by its parts
    error = np.hypot(error, factor * loose) / before
    said = "bayes_factor: probability by prior_probability, with its Monte Carlo error bf_error."
    return BayesFactors(chance, factor, error, (said, *notes))


def _before(claim: Claim, prior: PriorOfNames) -> tuple[float, float]:
    """Return the prior probability of a hypothesis with its Monte Carlo error."""
    names = claim.names
    if claim.relation[0] not in "<>":
        return np.nan, np.nan
    if names is not None and len({*names}) == len(names) and prior.alike(names):
        return 1.0 / factorial(len(names)), 0.0
    differences = claim.difference(prior.draws)
    if not np.isfinite(differences).all():
        return np.nan, np.nan
    held = holds(claim.relation, differences, None)
    share = float(np.mean(held)) if held is not None else np.nan
    return share, float(np.sqrt(share * (1.0 - share) / differences.size))


def _after(held: object, shape: tuple[int, int]) -> tuple[float, float]:
    """Return the posterior probability of what holds in some draws with its Monte Carlo error."""
    if held is None:
        return np.nan, np.nan
    marks = np.asarray(held, dtype=float).reshape(*shape, 1)
    share, n = float(marks.mean()), marks.size
    if share in (0.0, 1.0):  # by one draw more or less
        return share, 1.0 / n
    size = float(ess_mean(marks)[0]) if shape[1] > 3 else float(n)
    return share, float(np.sqrt(share * (1.0 - share) / (size if size > 0 else n)))
