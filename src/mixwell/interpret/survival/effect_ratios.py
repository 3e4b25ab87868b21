"""What effects do to times: ratios of times, and of hazards where these are in proportion."""

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from mixwell.errors import DataError
from mixwell.families.family import TimeEffects
from mixwell.interpret.contrasts.comparison_scales import Basis
from mixwell.interpret.estimates.estimates import Estimates, estimates_of
from mixwell.interpret.estimates.practical_equivalence import Rope
from mixwell.interpret.means.averaging_task import At, Names, Options, as_names, require_options
from mixwell.interpret.means.estimands import means
from mixwell.interpret.origins.origins import taken
from mixwell.interpret.sentences.explain import explain_model
from mixwell.interpret.survival.survival_curves import require_times
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.posterior import Posterior
from mixwell.specify.spec import Spec

__all__ = ["hazard_ratios", "time_ratios"]

_Kind = Literal["time", "hazard"]


def time_ratios(
    posterior: Posterior,
    kind: object = "pairwise",
    of: Names = None,
    by: Names = None,
    at: At = None,
    *,
    rope: Rope | None = None,
    **options: Any,
) -> Estimates:
    """Return by what factor times change: every quantile of them, and their mean.

    Without `of` one ratio a coefficient that compares something, as `explain()` words it; with it
    contrasts of a `kind` between the levels of `of` within `by`, with the options of `contrasts`.
    Ratios are those of cases of the same groups. Raises `DataError` for families whose effects do
    not multiply times, and where the shape has a formula of its own.
    """
    require_options(time_ratios, options, Options.names(("scale", "rope", "average")))
    return _ratios(posterior, "time", (kind, of, by, at), rope, options)


def hazard_ratios(
    posterior: Posterior,
    kind: object = "pairwise",
    of: Names = None,
    by: Names = None,
    at: At = None,
    *,
    rope: Rope | None = None,
    **options: Any,
) -> Estimates:
    """Return by what factor hazards change, the same at all times: below 1 events come later.

    Arguments are those of `time_ratios`. Raises `DataError` for families whose hazards are not in
    proportion, with what serves.
    """
    require_options(hazard_ratios, options, Options.names(("scale", "rope", "average")))
    return _ratios(posterior, "hazard", (kind, of, by, at), rope, options)


def _ratios(
    posterior: Posterior,
    which: _Kind,
    asked: tuple[object, Names, Names, At],
    rope: Rope | None,
    options: dict[str, Any],
) -> Estimates:
    power = _power(posterior, which)
    kind, of, by, at = asked
    title = f"{which.capitalize()} ratios of {posterior.spec.design.response_name}"
    if as_names(of):
        levels = means(posterior, of, by, at, scale="link", **options)
        frame = levels.frame[list(levels.factors)].set_axis(list(levels.variables), axis=1)
        shown = _exponentials(levels.samples, power, posterior, frame, levels.basis.residue)
        origin = levels.origin
        if which == "hazard":
            origin = taken(origin, lambda own: power * own, "{}, as the logarithm of the hazard")
        shown = replace(shown, basis=replace(shown.basis, origin=origin))
        shown = replace(shown, notes=levels.notes, by=levels.by, settings=levels.settings)
        return replace(shown.contrasts(kind, compare="ratio", rope=rope), title=title)
    plain = isinstance(kind, str) and kind == "pairwise"
    if by is not None or at is not None or not plain or set(options) - {"ci_prob"}:
        raise DataError(
            "Ratios of coefficients take no further choices.",
            hint='of= names the factor whose levels are compared: of="sex", by="age".',
        )
    frame, logs = _of_coefficients(posterior)
    notes = ("One a coefficient; explain() says what each compares.",)
    given: dict[str, Any] = {
        "title": title,
        "notes": notes,
        "rope": rope,
        "null": 1.0,
        "ratios": "ratio",
    }
    given |= {"estimand": "contrast", "scale": "ratio", **options}
    return _exponentials(logs, power, posterior, frame, **given)


def _exponentials(
    logs: FloatArray,
    power: FloatArray | float,
    posterior: Posterior,
    frame: pd.DataFrame,
    residue: FloatArray | None = None,
    **given: Any,
) -> Estimates:
    """Return estimates of exp() of logarithms, which contrasts are taken of."""
    with np.errstate(over="ignore"):
        values = np.exp(power * logs)
    basis = Basis("ratio", power * logs, residue)
    response = posterior.spec.design.response_name
    return estimates_of(values, posterior.shape, frame, basis=basis, response=response, **given)


def _power(posterior: Posterior, which: _Kind) -> FloatArray | float:
    """Return by what differences on the link's scale are multiplied to be logs of ratios."""
    spec = posterior.spec
    effects = _effects(spec)
    if which == "time":
        return 1.0
    if effects.hazards is None:
        raise DataError(
            f"Hazards of the family {spec.family.name} are not in proportion: their ratio changes "
            "with time.",
            where=f"family {spec.family.name}",
            hint='fit.time_ratios() has ratios of times; fit.survival(kind="hazard") has hazards.',
        )
    given = {
        p.name: posterior.flat(p.name) for p in spec.family.further if p.name in spec.auxiliary
    }
    return np.asarray(spec.family.arguments(**given).call(effects.hazards))


def _effects(spec: Spec) -> TimeEffects:
    """Return what effects of the model's family are; `DataError` where they multiply no times."""
    require_times(spec)
    family, effects = spec.family, spec.family.effects
    if effects is None or family.link_name != effects.link:
        others = f' with the link "{family.link_name}"' if effects else ""
        raise DataError(
            f"Effects of the family {family.name}{others} do not multiply times by a factor.",
            where=f"family {family.name}",
            hint='fit.time_quantiles(by=...).contrasts(compare="ratio") compares quantiles.',
        )
    formulas = [name for name in spec.design.parameters if name in spec.auxiliary]
    if formulas:
        raise DataError(
            f"{formulas[0]} has a formula of its own, so that effects do not multiply all times by "
            "one factor.",
            where=f"formula for {formulas[0]}",
            hint='fit.time_quantiles(by=...).contrasts(compare="ratio") compares quantiles.',
        )
    return effects


def _of_coefficients(posterior: Posterior) -> tuple[pd.DataFrame, FloatArray]:
    """Return the coefficients that compare something, and their draws."""
    spec = posterior.spec
    level = spec.family.words_of("mean", rate=spec.design.mean.offset is not None).linear_level
    entries = [entry for entry in explain_model(spec) if entry.group == "coefficients"]
    kept = [k for k, e in enumerate(entries) if e.exponential and e.measure != level]
    if not kept:
        raise DataError(
            "No coefficient of the model compares anything.",
            where=spec.formulas[0],
            hint="of= names a factor whose levels are compared.",
        )
    names = [spec.design.mean.fixed.names[k] for k in kept]
    return pd.DataFrame({"effect": pd.Series(names, dtype="str")}), posterior.coefficients()[kept]
