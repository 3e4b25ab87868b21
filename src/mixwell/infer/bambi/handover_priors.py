"""Priors as bambi's: one object a term, its arguments in the order of bambi's columns."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from mixwell.errors import DataError
from mixwell.families import Family
from mixwell.infer.bambi.handover_terms import Piece, PredictorText, order_of
from mixwell.specify.priors import Prior, PriorEntry
from mixwell.specify.spec import Spec
from mixwell.text.names import quoted

__all__ = ["bambi_parameter", "bambi_priors", "centering"]


def bambi_parameter(family: Family, name: str) -> str:
    """Return what bambi calls a parameter of the family, or its "mean"."""
    if name == "mean":
        return family.location.elsewhere.get("bambi", "mu")
    (found,) = [p for p in family.parameters if p.name == name]
    return found.elsewhere.get("bambi", name)


def centering(spec: Spec) -> bool:
    """Return whether intercepts' priors are at the predictors' means, which bambi asks once.

    Raises `DataError` where some are and some are not.
    """
    entries = [entry for entry in spec.priors if entry.role == "intercept"]
    kinds = {entry.centered for entry in entries}
    if len(kinds) > 1:
        raise DataError(
            "bambi centers the predictors of all parameters or of none.",
            where=", ".join(entry.key for entry in entries),
            hint="Give all intercepts their priors at the predictors' means, or all at zero.",
        )
    return kinds != {False}


def bambi_priors(
    make: Callable[..., Any],
    spec: Spec,
    texts: Mapping[str, PredictorText],
    components: Mapping[str, Any],
) -> dict[str, Any]:
    """Return bambi's priors by term and, for further parameters, by parameter and term."""
    priors: dict[str, Any] = {}
    for parameter, text in texts.items():
        own: dict[str, Any] = {}
        for entry in spec.priors.select("intercept", parameter):
            own["Intercept"] = _prior(make, [entry])
        slopes = {e.element: e for e in spec.priors.select("slope", parameter)}
        for piece in text.pieces:
            term = components[parameter].terms[piece.name]
            order = order_of(piece, term)
            names = [piece.names[k] for k in order or range(len(piece.names))]
            if piece.factor:
                sds = _sds(spec, text, piece, parameter)
                scale = _prior(make, [sds[name] for name in names])
                own[piece.name] = make("Normal", auto_scale=False, mu=0.0, sigma=scale)
            else:
                own[piece.name] = _prior(make, [slopes[name] for name in names])
        if parameter == "mean":
            priors |= own
        else:
            priors[bambi_parameter(spec.family, parameter)] = own
    for entry in spec.priors:
        if entry.role == "auxiliary":
            priors[bambi_parameter(spec.family, entry.key)] = _prior(make, [entry])
    return priors


def _sds(spec: Spec, text: PredictorText, piece: Piece, parameter: str) -> dict[str, PriorEntry]:
    factor = next(block.factor for name, block in text.blocks if name == piece.factor)
    (found,) = [found for found in spec.layout.of(parameter) if found.factor == factor]
    return {e.element: e for e in spec.priors.select("sd", parameter) if found.sd_name in e.groups}


def _prior(make: Callable[..., Any], entries: Sequence[PriorEntry]) -> Any:
    """Return one bambi prior for entries of one distribution; `DataError` for a PyMC variable."""
    for entry in entries:
        if entry.prior.native is not None:
            raise DataError(
                f'The prior for "{entry.key}" is a PyMC variable, which bambi cannot take over.',
                where=f"priors[{quoted(entry.key)}]",
                hint='Write it as text, such as "Normal(0, 1)".',
            )
    first: Prior = entries[0].prior
    arguments = {
        name: np.array([entry.prior.args[name] for entry in entries]) for name in first.args
    }
    given = {name: float(v[0]) if len(v) == 1 else v for name, v in arguments.items()}
    return make(first.distribution, auto_scale=False, **given)
