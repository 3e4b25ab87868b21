"""Hypotheses on parameters: their probability in the posterior, evidence ratio and interval."""

from collections.abc import Callable, Mapping, Sequence

from mixwell.interpret.estimates.estimates import Estimates, Rope, judge
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.posterior import NamedDraws, Posterior

Hypotheses = str | Sequence[str] | Mapping[str, str]


def hypothesis(
    posterior: Posterior, hypotheses: Hypotheses, *, rope: Rope | None = None
) -> Estimates:
    """Return how probable hypotheses on the model's parameters are.

    `hypotheses` is a text such as "block[b2] - block[b3] > 0", a list of them, or a dict with a
    name for each. They may use coefficients by their names, `sd_user[...]`, `corr_user[...]`,
    `r_user[level, effect]`, `sigma` and the like, numbers, + - * / ^, brackets, exp, log, sqrt and
    abs. `estimate` and interval are of the left side minus the right side; `probability` is the
    share of draws in which the hypothesis holds, `evidence_ratio` that share against the others.
    A hypothesis with `=` has a probability where `rope` says what counts as equal. Raises
    `FormulaError` with a caret for a text that cannot be read.
    """
    names, draws = parameter_draws(posterior)
    response = posterior.spec.design.response
    return judge(
        hypotheses,
        names,
        draws,
        posterior.shape,
        rope=rope,
        response=response.name if response is not None else "",
    )


def parameter_draws(posterior: NamedDraws) -> tuple[list[str], Callable[[str], FloatArray]]:
    """Return the names of all scalars of a posterior, and a reader of their draws `(sample,)`.

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
    return list(values), values.__getitem__
