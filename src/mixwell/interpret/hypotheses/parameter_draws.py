"""The scalars of a posterior by name, as hypotheses speak of them."""

from mixwell.interpret.hypotheses.verdicts import Vocabulary
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.posterior import NamedDraws


def parameter_draws(posterior: NamedDraws) -> Vocabulary:
    """Return the names and draws of all scalars of a posterior.

    A variable of one element goes by its bare name too: `sd_Batch` for `sd_Batch[Intercept]`.
    """
    values: dict[str, FloatArray] = {}
    for name in map(str, posterior.draws.data_vars):
        if not {"chain", "draw"} <= set(posterior.draws[name].dims):
            continue
        stack = posterior.stack([name])
        flat = stack.values.reshape(-1, len(stack.labels))
        values |= {label: flat[:, k] for k, label in enumerate(stack.labels)}
        if len(stack.labels) == 1:
            values.setdefault(name, flat[:, 0])
    return Vocabulary(list(values), values.__getitem__, posterior.shape)
