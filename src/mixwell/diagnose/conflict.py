"""Where priors and data disagree; these findings do not put the draws in doubt."""

import math
from collections.abc import Iterator

import numpy as np

from mixwell.diagnose.advice import Advice, Refit, Unjudged
from mixwell.diagnose.findings import Finding, ModelFinding
from mixwell.diagnose.sampled import Outcome, Sampled, two_digits
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.draws import draws_of
from mixwell.specify.layout import FactorEffects
from mixwell.specify.naming import element
from mixwell.specify.priors import Prior, PriorEntry

#: How many times denser a prior may be at its highest than where the posterior is: 3 sd's worth.
CONFLICT_MAXIMUM = 100.0
#: How far from zero the mean of all levels' deviations may lie, in its standard deviations.
DEVIATION_MAXIMUM = 2.0


def prior_and_posterior(sampled: Sampled) -> Iterator[Outcome]:
    """Find parameters whose posterior lies where their prior has hardly any mass."""
    if sampled.spec is None:
        return
    if sampled.made.edited:
        yield Unjudged("Priors and data cannot be compared: model.pymc was edited by hand")
        return
    for entry in sampled.spec.priors:
        draws = _draws_of_entry(sampled, entry)
        if draws is None:
            continue
        factor = _density_ratio(entry.prior, float(np.median(draws)))
        if factor is None or factor <= CONFLICT_MAXIMUM:
            continue
        low, high = np.quantile(draws, [0.025, 0.975])
        key = entry.groups[0] if entry.role == "sd" and entry.groups else entry.key
        yield ModelFinding(
            measure="how much denser the prior is elsewhere",
            value=factor,
            threshold=CONFLICT_MAXIMUM,
            parameters=(entry.key,),
            meaning=(
                f"Prior and data disagree: the prior {entry.prior} hardly allows what the posterior"
                f" holds ({low:.3g} to {high:.3g}). The estimate is a compromise of the two."
            ),
            advice=_exchange(key, _wider(entry, float(np.median(draws)))),
        )


def _exchange(key: str, prior: str) -> Advice:
    return Advice(Refit({"priors": {key: prior}}), "where the prior was a slip")


def _wider(entry: PriorEntry, middle: float) -> str:
    if math.isfinite(entry.domain[1]):
        return str(entry.flat)
    if entry.positive:
        return f"HalfStudentT(3, {two_digits(2.5 * abs(middle))})"
    location = entry.prior.location or 0.0
    return f"Normal({location:.4g}, {two_digits(2.5 * abs(middle - location))})"


def _draws_of_entry(sampled: Sampled, entry: PriorEntry) -> FloatArray | None:
    posterior, spec = sampled.posterior, sampled.spec
    if entry.prior.native is not None or spec is None:
        return None
    if entry.role == "auxiliary":
        return draws_of(posterior[entry.key]).ravel() if entry.key in posterior else None
    if entry.role == "sd":
        found = sampled.named.standard_deviations()
        own = (d for group, e, d in found if element(group.sd_name, e) == entry.key)
        return next((draws.ravel() for draws in own), None)
    if entry.role not in ("slope", "intercept"):
        return None
    naming = spec.layout.naming
    name, row = naming.variable(entry.parameter), naming.row(entry.parameter)
    if name not in posterior:
        return None
    b = draws_of(posterior[name])
    b = (b if row is None else b[:, :, row]).reshape(-1, b.shape[-1])
    fixed = spec.predictors[entry.parameter].fixed
    if entry.element not in fixed.names:
        return None
    position = fixed.names.index(entry.element)
    near = fixed.to_near(b)  # where the defaults are about
    if entry.role == "intercept" and entry.centered:
        return np.asarray(near[:, 0] + near[:, 1:] @ fixed.centers[1:])
    return np.asarray((b if entry.role == "intercept" else near)[:, position])


def _density_ratio(prior: Prior, at: float) -> float | None:
    """Return how many times denser a prior is at its highest than at a value.

    Constants cancel. None for priors other than normal, Student's t, Cauchy and their upper halves.
    """
    scale = prior.args.get("sigma", prior.args.get("beta"))
    location = prior.location if prior.location is not None else 0.0
    if scale is None or prior.distribution not in (
        "Normal", "HalfNormal", "StudentT", "HalfStudentT", "Cauchy", "HalfCauchy",
    ):  # fmt: skip
        return None
    z = (at - location) / scale
    if "Normal" in prior.distribution:
        return math.exp(min(0.5 * z * z, 700.0))
    nu = prior.args.get("nu", 1.0)
    return float((1 + z * z / nu) ** ((nu + 1) / 2))


def deviations(sampled: Sampled) -> Iterator[Outcome]:
    """Find fixed effects that a prior holds where the levels are not.

    With a weak prior the deviations average to zero: at the mode the fixed effect's own equation
    says so. Where a prior keeps it elsewhere, all levels lie on one side of it, and their standard
    deviation is large instead.
    """
    if sampled.spec is None:
        return
    for found in sampled.spec.layout.of("mean"):
        names = (found.r_name, found.sd_name)
        if len(found.levels) < 3 or any(name not in sampled.posterior for name in names):
            continue
        means = sampled.named.deviations(found).mean_of_levels()
        sds = np.sqrt((draws_of(sampled.posterior[found.sd_name]) ** 2).mean(axis=(0, 1)))
        away = np.abs(means) / (sds / math.sqrt(len(found.levels)))
        for k, effect in enumerate(found.effects):
            entry = _entry(sampled, effect)
            if entry is not None and away[k] > DEVIATION_MAXIMUM:
                yield _one_sided(found, effect, entry, (float(away[k]), float(means[k])))


def _entry(sampled: Sampled, effect: str) -> PriorEntry | None:
    for entry in sampled.spec.priors if sampled.spec is not None else ():
        own = entry.role in ("slope", "intercept") and entry.parameter == "mean"
        if own and entry.element == effect and entry.prior.location is not None:
            return entry
    return None


def _one_sided(
    found: FactorEffects, effect: str, entry: PriorEntry, measured: tuple[float, float]
) -> Finding:
    away, mean = measured
    wider = f"Normal({entry.prior.location:.4g}, {two_digits(5 * abs(mean))})"
    return ModelFinding(
        measure="mean of the levels' deviations (in its standard deviations)",
        value=away,
        threshold=DEVIATION_MAXIMUM,
        parameters=(effect, element(found.sd_name, effect)),
        meaning=(
            f"Prior and data disagree: the levels of {found.factor} deviate by {mean:.3g} on "
            f"average, not by 0, because the prior {entry.prior} keeps {effect} from their mean; "
            "the standard deviation makes up for it and is too large."
        ),
        advice=_exchange(entry.key, wider),
    )
