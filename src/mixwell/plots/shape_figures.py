"""Figures of the posterior's shape: funnels, pairs, and priors over posteriors."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mixwell.errors import require_known, require_texts, require_truth
from mixwell.infer.prior_density import log_density_of
from mixwell.plots.drawn_fit import DrawnFit, chosen
from mixwell.posterior.draws import draws_of
from mixwell.posterior.made import Made, require_unedited
from mixwell.show import posterior_shapes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Panels of a funnel: levels beyond them are left out, unless they are asked for.
_PANELS = 12
#: Parameters of a pair plot.
_PAIRED = 8


def funnel(
    fit: DrawnFit,
    factor: str | None = None,
    effect: str = "Intercept",
    levels: Sequence[str] | None = None,
    *,
    offsets: bool = False,
) -> "Figure":
    """Draw levels' deviations against log sd, a panel a level, divergences marked.

    With `offsets` deviations are divided by their sd: the non-centered coordinates. `levels`
    chooses levels; the first twelve are drawn otherwise. An exact fit has no divergences: its
    picture is the posterior itself. Raises `DataError`.
    """
    require_truth("offsets", offsets)
    group = fit.group(factor)
    names, effects = group.levels, group.effects
    effect = chosen(effect, effects, "effect")
    k = effects.index(effect)
    wanted = list(names[:_PANELS]) if levels is None else require_texts("levels", levels)
    for name in wanted:
        require_known(name, names, f'There is no level "{name}".')
    log_sd = np.log(np.maximum(draws_of(fit.posterior[group.sd_name])[..., k], 1e-12))
    scale = np.exp(log_sd) if offsets else np.ones(())
    deviations = fit.drawn.deviations(group).draws()[..., k]
    drawn = [
        (f"{group.factor} {name}", deviations[..., names.index(name)] / scale) for name in wanted
    ]
    below = f"{'deviation / sd' if offsets else 'deviation'} of {effect}"
    if not fit.independent:
        below += f"; divergences ({int(fit.diverging.sum())}) in red"
    if levels is None and len(wanted) < len(names):
        below += f"; {len(wanted)} of {len(names)} levels"
    return posterior_shapes.funnel(drawn, log_sd, fit.diverging, (below, f"log {group.sd_keys[k]}"))


def pair(fit: DrawnFit, parameters: Sequence[str] | None = None) -> "Figure":
    """Draw parameters against each other, divergences in red; as in `trace`, at most eight."""
    return posterior_shapes.pair(fit.named_draws(parameters)[:_PAIRED], fit.diverging)


def prior_posterior(fit: DrawnFit, parameters: str | Sequence[str] | None = None) -> "Figure":
    """Draw the posterior of standard deviations with their priors over it.

    `parameters` are `sd_user`, `sd_user[Intercept]` or `sigma`; all without it.
    """
    require_unedited("the priors", Made.read(fit.posterior.attrs).edited)
    drawn = []
    for name, values in fit.spreads(parameters):
        if name in fit.spec.priors:
            prior = fit.spec.priors[name]
            text = f"prior {prior}" if prior.native is None else "prior"
            drawn.append(((name, values), log_density_of(prior), text))
    return posterior_shapes.prior_posterior(drawn)
