"""The evidence: the log density of the data under a whole model, priors included."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mixwell.errors import SamplingError
from mixwell.infer.exact.applicable import require_integrable
from mixwell.posterior.made import Made
from mixwell.specify.spec import Spec
from mixwell.text.names import quoted

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["Evidence", "compare_evidence", "evidence"]

_FLAT = ("Flat", "HalfFlat")
#: Draws for the evidence of a model whose fit does not hold it; its error is then some 0.02.
_DRAWS = 4000


@dataclass(frozen=True, slots=True)
class Evidence:
    """The log marginal likelihood of the data, all parameters integrated over their priors.

    `error` is its Monte Carlo standard error; both are natural logarithms.
    """

    log_density: float
    error: float

    def __str__(self) -> str:
        """Show the density with its error."""
        return f"log evidence {self.log_density:.2f} (Monte Carlo error {self.error:.2g})"


def evidence(spec: Spec, posterior: "xr.Dataset | None" = None, seed: int | None = 0) -> Evidence:
    """Return the evidence that exact draws hold, or estimate it anew by importance sampling.

    Raises `SamplingError` where a prior is flat (the evidence is then arbitrary) and where the
    exact engine cannot take the model.

    >>> import mixwell as mw
    >>> model = mw.Model("Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"))
    >>> round(evidence(model.spec).log_density)
    -893
    """
    flat = [entry.key for entry in spec.priors if entry.prior.distribution in _FLAT]
    if flat:
        raise SamplingError(
            "The evidence is not defined: a flat prior has no density that could be weighed.",
            where=f"priors[{quoted(flat[0])}]",
            hint="Give every parameter a proper prior, or compare by fit.loo().",
        )
    made = Made() if posterior is None else Made.read(posterior.attrs)
    held, error = made.log_marginal_likelihood, made.log_marginal_likelihood_error
    if held is not None and error is not None:
        return Evidence(float(held), float(error))
    hint = "Compare by fit.loo() instead."
    require_integrable(spec, "The evidence cannot be computed", hint)
    from mixwell.infer.exact.exact_draws import (  # scipy: only where it runs
        build_target,
        exact_draws,
    )

    found = exact_draws(build_target(spec), _DRAWS, seed)
    return Evidence(found.log_evidence, found.evidence_error)


def compare_evidence(found: Mapping[str, Evidence]) -> "pd.DataFrame":
    """Rank models by evidence: `log_evidence`, `error`, log Bayes factor to the best, probability.

    The probabilities are the models' own, when they are equally likely beforehand.
    """
    import pandas as pd

    frame = pd.DataFrame(
        {
            "log_evidence": [each.log_density for each in found.values()],
            "error": [each.error for each in found.values()],
        },
        index=pd.Index(list(found), dtype="str"),
    ).sort_values("log_evidence", ascending=False)
    behind = frame["log_evidence"] - frame["log_evidence"].max()
    weight = np.exp(behind)
    return frame.assign(log_bayes_factor=behind, probability=weight / weight.sum())
