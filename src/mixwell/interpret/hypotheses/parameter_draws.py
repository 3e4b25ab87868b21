"""The scalars of a posterior by name, as hypotheses speak of them, and those of its prior."""

import math
from collections import Counter
from collections.abc import Sequence

from mixwell.interpret.hypotheses.orders import PriorOfNames
from mixwell.interpret.hypotheses.verdicts import Vocabulary
from mixwell.posterior.posterior import NamedDraws, Posterior
from mixwell.specify.priors import Prior
from mixwell.specify.spec import Spec


def parameter_draws(posterior: NamedDraws) -> Vocabulary:
    """Return the names and draws of all scalars of a posterior.

    A variable of one element goes by its bare name too: `sd_Batch` for `sd_Batch[Intercept]`.
    """
    places = posterior.scalar_places()
    counts = Counter(name for name, _ in places.values())
    alone = {name: (name, 0) for name, count in counts.items() if count == 1}
    places |= {name: place for name, place in alone.items() if name not in places}
    return Vocabulary(
        list(places), lambda label: posterior.scalar(*places[label]).ravel(), posterior.shape
    )


def parameters_before(prior: Posterior) -> PriorOfNames:
    """Return draws of the prior of coefficients and numbers by the names that hypotheses use."""
    spec = prior.spec
    own = _slopes(spec)

    def alike(names: Sequence[str]) -> bool:
        given = [own[name] for name in names if name in own]
        return len(given) == len(names) and all(_same(each, given[0]) for each in given)

    return PriorOfNames(parameter_draws(prior).draws, alike)


def _same(one: Prior, other: Prior) -> bool:
    """Return whether two priors are one, but for the last digits of their numbers."""
    if one.native is not None or one.distribution != other.distribution:
        return False
    return one.args.keys() == other.args.keys() and all(
        math.isclose(one.args[name], other.args[name], rel_tol=1e-9) for name in one.args
    )


def _slopes(spec: Spec) -> dict[str, Prior]:
    """Return the priors of coefficients that are independent of all others, by their names."""
    plain = [name for name, each in spec.predictors.items() if each.fixed.shift is None]
    return {entry.key: entry.prior for name in plain for entry in spec.priors.select("slope", name)}
