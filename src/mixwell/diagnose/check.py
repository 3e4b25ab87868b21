"""Measure draws, geometry and model against the thresholds of the field."""

from dataclasses import replace
from typing import TYPE_CHECKING

import xarray as xr

from mixwell.diagnose import conflict, convergence, parallel_effects, sampler, specification
from mixwell.diagnose.advice import Advice, Refit, Unjudged
from mixwell.diagnose.findings import Finding, Findings
from mixwell.diagnose.sampled import read_draws

if TYPE_CHECKING:
    from mixwell.specify.saturated import Saturated
    from mixwell.specify.spec import Spec

# Causes come before what they do to R-hat and the effective sizes: the first gives the next step.
_CHAINS = (
    convergence.finite,
    sampler.divergences,
    sampler.tree_depth,
    sampler.energy,
    convergence.mixing,
    sampler.step_size,
)
_INDEPENDENT = (convergence.finite, convergence.k_hat, convergence.effective_number)
_MODEL = (
    specification.separation,
    specification.saturated,
    specification.few_levels,
    specification.at_zero,
    conflict.prior_and_posterior,
    conflict.deviations,
    specification.scales,
    specification.origins,
    specification.correlated,
    parallel_effects.at_thresholds,
)


def check(
    idata: xr.DataTree, spec: "Spec | None" = None, *, independent: str | None = None
) -> Findings:
    """Check the draws of a fit, and with `spec` its model.

    Of the draws: R-hat at most 1.01, bulk and tail ESS at least 100 a chain, no divergences (and
    where they lie), BFMI at least 0.3 in every chain, no saturated trees, steps of at least 0.02;
    of the exact engine k-hat at most 0.7 and the effective number at least 400. Of the model:
    separation, random effects that leave the residuals few rows, standard deviations from few
    levels or piled up at zero, priors in conflict with the data, predictors of extreme scale or far
    from their zero, coefficients that are hardly separated, effects on ratings that differ between
    thresholds. A statistic that is missing is named in
    `Findings.unjudged`. `independent` names an engine that can draw from the model without chains:
    the next step where chains fail.
    """
    sampled = read_draws(idata, spec, independent=independent)
    findings: list[Finding] = []
    measured: dict[str, float] = {}
    gaps: list[Unjudged] = []
    judges = _INDEPENDENT if sampled.made.independent else _CHAINS
    for judge in (*judges, *_MODEL):
        for outcome in judge(sampled):
            if isinstance(outcome, Finding):
                findings.append(outcome)
                measured[outcome.measure] = outcome.value
            elif isinstance(outcome, Unjudged):
                gaps.append(outcome)
            else:
                measured[outcome[0]] = outcome[1]
    if spec is not None and spec.saturated is not None:
        findings = [_from_saturation(finding, spec.saturated) for finding in findings]
    return Findings(tuple(findings), measured, tuple(gaps))


def _from_saturation(finding: Finding, saturated: "Saturated") -> Finding:
    """Advise the formula that leaves room for residuals: no setting of a sampler helps before."""
    if finding.about != "draws":
        return finding
    return replace(finding, advice=Advice(Refit({"formula": saturated.instead})))
