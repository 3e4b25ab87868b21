"""Hand a model over to bambi: formula, data, family and priors, with what is lost said.

What bambi's formula language would read otherwise (another coding, a spline, a column left out) is
handed over as columns of numbers, so that the design stays the same to the last figure.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mixwell.errors import DataError, warn
from mixwell.infer.bambi.handover_priors import bambi_parameter, bambi_priors, centering
from mixwell.infer.bambi.handover_terms import (
    Columns,
    PredictorText,
    categorical,
    predictor_text,
    same_terms,
)
from mixwell.specify.spec import Spec

if TYPE_CHECKING:
    import bambi

__all__ = ["to_bambi"]


def to_bambi(spec: Spec) -> "bambi.Model":
    """Return the model as a `bambi.Model`, not yet built or sampled.

    Handed over: the design column by column, levels in their order, families, links, offsets,
    trials, censoring, truncation and every prior but that of correlations, which bambi does not
    have: a warning says so, and names what went over as columns of numbers. Raises `DataError` for
    what bambi cannot express and what would change the likelihood, naming it.
    """
    _refuse(spec)
    import bambi

    notes = _lost_correlations(spec)
    columns = Columns(spec.design)
    response = _response_text(spec, columns)
    texts = {name: predictor_text(spec, name, columns) for name in spec.predictors}
    probe = _model(bambi, spec, response, texts, columns)
    for name in texts:
        component = probe.parameters[bambi_parameter(spec.family, name)]
        if not same_terms(texts[name], component):
            texts[name] = predictor_text(spec, name, columns, plain=False)
    notes += [note for text in texts.values() for note in text.notes]
    probe = _model(bambi, spec, response, texts, columns)
    components = {n: probe.parameters[bambi_parameter(spec.family, n)] for n in texts}
    priors = bambi_priors(bambi.Prior, spec, texts, components)
    if notes:
        said = " ".join(notes)
        warn(f"Handed over to bambi with differences. {said}")
    return _model(bambi, spec, response, texts, columns, priors=priors)


def _model(
    library: Any,
    spec: Spec,
    response: str,
    texts: Mapping[str, PredictorText],
    columns: Columns,
    **arguments: Any,
) -> "bambi.Model":
    formulas = [f"{response} ~ {texts['mean'].text}"]
    formulas += [
        f"{bambi_parameter(spec.family, name)} ~ {text.text}"
        for name, text in texts.items()
        if name != "mean"
    ]
    return library.Model(
        library.Formula(*formulas),
        columns.frame(),
        family=spec.family.elsewhere["bambi"],
        link=spec.link,
        center_predictors=centering(spec),
        **arguments,
    )


def _refuse(spec: Spec) -> None:
    """Refuse what bambi's likelihoods cannot express."""
    response, family = spec.response, spec.family
    if not family.bambi_links:
        raise DataError(
            f'The family "{family.name}" is not handed over: bambi lacks it, or reads its formula '
            "otherwise.",
            where="family",
            hint="This model can be fitted here only.",
        )
    if spec.link not in family.bambi_links:
        raise DataError(
            f"bambi's family {family.name} has no link {spec.link}.",
            where="link",
            hint=f"It has {', '.join(family.bambi_links)}.",
        )
    if response.se is not None:
        raise DataError(
            "bambi has no known standard errors, se().",
            where=f"response {response.name}",
            hint="This model can be fitted here only.",
        )
    if response.weights is not None and family.scale is not None:
        raise DataError(
            "Weights divide the variance here; bambi's weighted() multiplies log densities.",
            where="weights",
            hint="Leave the weights out, or fit the model here.",
        )
    others = [response.trials, response.censoring, response.lower, response.upper]
    if response.weights is not None and any(part is not None for part in others):
        raise DataError(
            "bambi cannot weight a response with trials, censoring or bounds.",
            where="weights",
            hint="Repeat rows in place of weights that are whole numbers.",
        )
    if response.censoring is not None and response.truncated:
        raise DataError(
            "bambi cannot censor a truncated response.",
            where=f"response {response.name}",
            hint="This model can be fitted here only.",
        )
    if response.censoring is not None and (response.censoring == 2).any():
        raise DataError(
            "bambi has no interval censoring.",
            where=f"response {response.name}",
            hint="This model can be fitted here only.",
        )


def _lost_correlations(spec: Spec) -> list[str]:
    factors = dict.fromkeys(unit.factor for unit in spec.layout.units if unit.correlated)
    if not factors:
        return []
    return [
        f"The correlations of the random effects of {', '.join(factors)} are lost: bambi's are "
        "independent, as those of (... || g)."
    ]


def _response_text(spec: Spec, columns: Columns) -> str:
    """Write the response in bambi's language, its columns put among the data."""
    response = spec.response
    values = response.values.astype(int) if spec.family.support.whole else response.values
    if response.trials is not None:
        known = response.name if response.name.isidentifier() else "successes"
        trials = columns.add("trials", response.trials.astype(int))
        return f"p({columns.add(known, values)}, {trials})"
    name = columns.add(response.name, values)
    if response.weights is not None:
        return f"weighted({name}, {columns.add('weights', response.weights)})"
    if response.censoring is not None:
        status = categorical(response.censoring + 1, ("left", "none", "right"))
        return f"censored({name}, {columns.add('censoring', status)})"
    bounds = {"lb": response.lower, "ub": response.upper}
    given = [f"{k}={columns.add(k, v)}" for k, v in bounds.items() if v is not None]
    return f"truncated({', '.join([name, *given])})" if given else name
