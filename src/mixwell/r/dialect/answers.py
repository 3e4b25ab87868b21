"""What R's functions answer about a fit: on which scale by default, and which of it is here.

`means_of` is emmeans's `mode` (its `component`, `dpar` elsewhere), `predictions_of` the `type` of
predict; each function of R has its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from mixwell.errors import DataError, require_choice, require_text
from mixwell.families import Family
from mixwell.r.dialect.family_facts import is_gaussian, named_parameter
from mixwell.text.phrases import and_so_on

__all__ = [
    "Answer",
    "asked_parameter",
    "fitted_type",
    "means_of",
    "modes_argument",
    "predictions_of",
    "residuals_of",
    "shifted_linear",
    "taken_back",
]


@dataclass(frozen=True, slots=True)
class Answer:
    """One of R's answers: `kind` is that of it here, "" where there is none, and `said` why.

    Means are on the "link" scale, from which `type=` may lead to the response's, or "response" and
    "score": averages of the grid's, which are compared by differences. Predictions are "mean" or
    "linear". They are of the mean or of a `parameter`, which in the tables here goes by glmmTMB's
    word for it, and in answers by its name here.
    """

    kind: str = ""
    said: str = ""
    parameter: str = ""


_LINK, _RESPONSE = Answer("link"), Answer("response")
_PROBABILITIES = Answer("response", "probabilities of every category, in a column of their own.")
_OF_PARAMETER = Answer(said=".means(parameter={}) has the means of such a parameter.")
_OF_FIRST, _OF_ZERO, _OF_DISPERSION = "mu", "zi", "dispersion"
_VARIANCE = "glmmTMB has the variance's logarithm, which is twice that of sigma."
_CUMULATIVE = Answer(said='mixwell.r.emmeans(fit, "~ cut | a", mode=...) has these means.')
_LATENT = {
    "latent": _LINK,
    "linear.predictor": Answer(said='"latent" is here, and fit.summary() has the thresholds.'),
    "cum.prob": _CUMULATIVE,
    "exc.prob": _CUMULATIVE,
    "prob": _PROBABILITIES,
    "mean.class": Answer(
        "score",
        "a category that is a number has it as its score; in emmeans categories are numbered from "
        "1.",
    ),
    "scale": _OF_PARAMETER,
}
_OF_ZEROS = {
    "response": _RESPONSE,
    "count": Answer("response", parameter=_OF_FIRST),
    "zero": Answer("response", parameter=_OF_ZERO),
    "prob0": Answer(said="the probability of a zero of either kind is not here."),
}
_ODDS_OF_HURDLE = Answer(
    said='pscl has a ratio of two probabilities; .means(parameter="hu") has that of a zero.'
)
_FROM_ORIGIN = Answer(
    "link", "latent means are counted from the thresholds' mean, where brms counts them from 0."
)
_WITHOUT_MEAN = Answer(said="brms has means of categories with epred = TRUE only.")
#: By R's function: what each mode of emmeans (1.8.4) is; the first is emmeans's own choice.
_MODES: Mapping[str, Mapping[str, Answer]] = {
    "betareg": {
        "response": _RESPONSE,
        "link": _LINK,
        "precision": Answer("response", parameter=_OF_DISPERSION),
        "phi.link": Answer("link", parameter=_OF_DISPERSION),
        **dict.fromkeys(("variance", "quantile"), _OF_PARAMETER),
    },
    "zeroinfl": _OF_ZEROS,
    "hurdle": {**_OF_ZEROS, "zero": _ODDS_OF_HURDLE},
    **dict.fromkeys(("polr", "clm", "clmm"), _LATENT),
    "multinom": {
        "prob": _PROBABILITIES,
        "latent": Answer(
            said='log odds are against the first category here, against all in emmeans; "prob" is '
            "the same in both."
        ),
    },
    "glmmTMB": {
        "cond": _LINK,
        "zi": Answer("link", parameter=_OF_ZERO),
        "disp": Answer("link", parameter=_OF_DISPERSION),
    },
    "brm": {"mu": _LINK},
}
#: What that argument is called, where it is not `mode`.
_ARGUMENTS = {"glmmTMB": "component", "brm": "dpar"}


def modes_argument(verb: str) -> str:
    """Return the argument by which emmeans is asked for another quantity of R's function."""
    return _ARGUMENTS.get(verb, "mode" if verb in _MODES else "")


def means_of(
    verb: str, family: Family, mode: str | None, *, linear: bool = False, epred: bool = False
) -> Answer:
    """Return what emmeans gives of a fit by R's function `verb`, in a mode or by default.

    `linear` is emmeans's `lin.pred`, `epred` brms's.

    >>> from mixwell.families import get_family
    >>> means_of("betareg", get_family("beta"), None).kind
    'response'
    >>> means_of("glm", get_family("poisson"), None).kind
    'link'
    """
    if epred:
        return _PROBABILITIES if family.categories else _RESPONSE
    if mode is None and verb == "brm" and family.categories:
        return _FROM_ORIGIN if family.holds_intercept else _WITHOUT_MEAN
    modes = _MODES.get(verb, {"": _LINK})
    if mode is None:
        return next(iter(modes.values()))
    if modes_argument(verb) == "dpar" and mode not in modes:
        return _of_parameter(family, Answer("link", parameter=mode), "brms")
    answer = modes.get(mode, _OF_PARAMETER)
    if linear and answer.parameter:
        answer = _LINK if answer.parameter == _OF_FIRST else replace(answer, kind="link")
    return _of_parameter(family, _named(family, answer))


def _of_parameter(family: Family, answer: Answer, package: str = "glmmTMB") -> Answer:
    """Return an answer about a parameter by its name here; none where the family lacks it."""
    word = answer.parameter
    if not word or word == family.location.name:
        return answer
    own = named_parameter(family, package, word)
    if not own:
        return Answer(said=f"the family {family.name} has no such parameter.")
    said = _VARIANCE if word == _OF_DISPERSION and is_gaussian(family) else answer.said
    return replace(answer, parameter=own, said=said)


def _named(family: Family, answer: Answer) -> Answer:
    """Return an answer whose words name the family's parameters."""
    names = " or ".join(f'"{p.name}"' for p in family.further) or "..."
    return replace(answer, said=answer.said.format(names))


def asked_parameter(family: Family, component: str | None, dpar: str | None) -> dict[str, str]:
    """Return the parameter that an argument of glmmTMB's or brms's names, as an option of means.

    There is none for the mean. Raises `DataError` for one that the family lacks.

    >>> from mixwell.families import get_family
    >>> asked_parameter(get_family("negativebinomial"), "disp", None)
    {'parameter': 'alpha'}
    """
    if component is not None and dpar is not None:
        raise DataError("The parameter is given twice: by component= and by dpar=.")
    name, verb, word = (
        ("component", "glmmTMB", component) if dpar is None else ("dpar", "brm", dpar)
    )
    if word is None:
        return {}
    if name == "component":
        require_choice(name, word, list(_MODES[verb]))
    answer = means_of(verb, family, require_text(name, word))
    if not answer.kind or answer.said:
        known = and_so_on([p.name for p in family.parameters])
        said = f'{name}="{word}": {answer.said}'
        raise DataError(said, where=name, hint=f"parameter= takes {known}.")
    return {"parameter": answer.parameter} if answer.parameter else {}


def taken_back(family: Family, verb: str) -> tuple[str, str]:
    """Return the parameter that `type = "response"` gives, "" for the mean, and what is said of it.

    R takes means on the link scale back by the link alone.

    >>> from mixwell.families import get_family
    >>> taken_back(get_family("poisson"), "glmmTMB")
    ('', '')
    """
    if family.based_on:
        part = f"means are those of the {family.based_on} part alone, as in R"
        return family.location.name, f"{part}; .means() has those of responses, zeros included."
    return "", _of_times(family, "mean") if verb == "survreg" else ""


def shifted_linear(family: Family, verb: str) -> str:
    """Return what R's linear predictor of the mean is, where it is another one; "" where not."""
    return _of_times(family, "linear") if verb == "survreg" else ""


def _of_times(family: Family, kind: str) -> str:
    """Return how survreg's answers differ: by its linear predictor they are, here by the mean."""
    if family.mean_is_linear or not family.further:
        return ""
    if family.link.linear:
        return "" if kind == "linear" else "means of times, where survreg has their medians."
    if kind == "linear":
        return "the logarithm of the mean time, where survreg has that of Weibull's scale."
    return "means of times, where survreg has Weibull's scale: exp() of its linear predictor."


_MEAN, _LINEAR = Answer("mean"), Answer("linear")
_CLASS = Answer("mean", "probabilities of every category, of which R names the likeliest.")
_OWN = Answer(
    "mean",
    "probabilities of every category, where clm has that of the row's own, if the rows have one.",
)
_ABOVE_ZERO = Answer(said="R has the mean of responses above 0, .predictions() that of all.")
_PART, _PROBABILITY = Answer("mean", parameter=_OF_FIRST), Answer("mean", parameter=_OF_ZERO)
#: By R's function: what each `type` of predict is; the first is R's own choice.
_TYPES: Mapping[str, Mapping[str, Answer]] = {
    "betareg": {
        "response": _MEAN,
        "link": _LINEAR,
        "precision": Answer("mean", parameter=_OF_DISPERSION),
    },
    "clm": {"prob": _OWN, "class": _CLASS},
    **{verb: {"class": _CLASS, "probs": _MEAN} for verb in ("polr", "multinom")},
    "survreg": {"response": _MEAN, "lp": _LINEAR, "linear": _LINEAR, "link": _LINEAR},
    "zeroinfl": {"response": _MEAN, "count": _PART, "zero": _PROBABILITY},
    "hurdle": {
        "response": _MEAN,
        "count": _PART,
        "zero": Answer(
            said='pscl has a ratio of two probabilities; .predictions(parameter="hu") has that of '
            "a zero."
        ),
    },
    "glmmTMB": {
        "link": _LINEAR,
        "response": _MEAN,
        "conditional": _MEAN,
        "zprob": _PROBABILITY,
        "zlink": Answer("linear", parameter=_OF_ZERO),
        "disp": Answer("mean", parameter=_OF_DISPERSION),
    },
}
_GENERAL = {"link": _LINEAR, "response": _MEAN}


def predictions_of(verb: str, family: Family, asked: str | None) -> Answer:
    """Return what predict gives of a fit, by R's function and `type`, which R completes.

    >>> from mixwell.families import get_family
    >>> predictions_of("zeroinfl", get_family("zero_inflated_poisson"), None).kind
    'mean'
    """
    types = _TYPES.get(verb, _GENERAL)
    name = next((each for each in types if asked is None or each.startswith(asked)), "")
    found = types.get(name, Answer())
    if name == "conditional" and family.based_on:
        own_zeros = named_parameter(family, "glmmTMB", _OF_ZERO) == _OF_ZERO
        found = _PART if own_zeros else _ABOVE_ZERO
    if verb == "survreg" and found.kind:
        return replace(found, said=_of_times(family, found.kind))
    return _of_parameter(family, _named(family, found))


def fitted_type(verb: str) -> str | None:
    """Return the `type` of predict that R's fitted() gives, None for predict's own choice."""
    types = _TYPES.get(verb, _GENERAL)
    return next((name for name in ("response", "probs", "prob") if name in types), None)


_DEVIANCE = Answer(said="deviance residuals, which these are by default, have no counterpart.")
_ORDINARY, _PEARSON = Answer("response"), Answer("pearson")
#: By R's function: the residuals that it gives without being asked, or why none are here.
_RESIDUALS: Mapping[str, Answer] = {
    **dict.fromkeys(("glmmTMB", "brm", "multinom"), _ORDINARY),
    **dict.fromkeys(("zeroinfl", "hurdle"), _PEARSON),
    "betareg": Answer(said="weighted residuals, which these are by default, have no counterpart."),
    **dict.fromkeys(("polr", "clm", "clmm"), Answer(said="R has no residuals of ratings.")),
}


def residuals_of(verb: str, family: Family, asked: str | None, *, bayesian: bool) -> Answer:
    """Return what residuals() gives of a fit, by R's function and `type`.

    >>> from mixwell.families import get_family
    >>> residuals_of("glmmTMB", get_family("poisson"), None, bayesian=False).kind
    'response'
    """
    if verb == "survreg" and asked in (None, "response") and not family.mean_is_linear:
        return Answer(said="survreg() takes them from exp() of its linear predictor, no mean.")
    if asked is None:
        usual = _ORDINARY if bayesian or family.mean_is_linear else _DEVIANCE
        return _RESIDUALS.get(verb, usual)
    known = {"response": _ORDINARY, "ordinary": _ORDINARY, "pearson": _PEARSON}
    return known.get(asked, Answer(said="residuals of this kind have no counterpart."))
