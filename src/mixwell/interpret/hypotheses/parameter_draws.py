"""The scalars of a posterior by name, as hypotheses speak of them."""

from collections import Counter

from mixwell.interpret.hypotheses.verdicts import Vocabulary
from mixwell.posterior.posterior import NamedDraws


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
