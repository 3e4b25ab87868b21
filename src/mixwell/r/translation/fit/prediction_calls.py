"""predict, fitted, posterior_epred and others as `Fit.predictions`; brms's hypotheses."""

from collections.abc import Mapping
from dataclasses import replace

from mixwell.errors import DataError
from mixwell.r.dialect.answers import Answer, fitted_type, predictions_of
from mixwell.r.dialect.kept_effects import kept_groups
from mixwell.r.language import nodes as r
from mixwell.r.language.argument_matching import match
from mixwell.r.translation.fit.fit_calls import fitted_of
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.scope.environment import Context, NotTranslatedError, present, shown
from mixwell.r.translation.scope.hypothesis_words import hypothesis_text
from mixwell.r.translation.scope.r_values import Contrasted, FittedModel, Table, Value
from mixwell.r.translation.scope.verb_tables import verbs

_BAYESIAN = {
    "predict": "response",
    "posterior_predict": "response",
    "fitted": "mean",
    "posterior_epred": "mean",
    "epred_draws": "mean",
    "posterior_linpred": "linear",
}
#: Arguments that are translated, or said elsewhere to be left out.
_READ = frozenset(
    {"object", "newdata", "re.form", "re_formula", "re.formula", "allow.new.levels", "scale"}
    | {"allow_new_levels", "type", "sample_new_levels", "se.fit", "interval"}
    | {"level", "prob", "probs", "conf.level"}
)
#: The ways in which brms draws levels that the fit does not know, of those the ones here.
_SAMPLED = ("gaussian",)
#: Arguments with which these functions give something else than a row's mean or response.
_ANOTHER = ("dpar", "nlpar", "resp", "transform", "newparams", "random.only", "terms")
_DRAWS = ("posterior_predict", "posterior_epred", "posterior_linpred")


def _predict(context: Context, node: r.Call) -> Value:
    """Translate predict() and fitted(); groups count unless re.form leaves them out."""
    fit, model = fitted_of(context, node)
    matched = match(node)
    options = matched.further | dict(matched)
    answer = _answer(context, node.name, model, options)
    kind, parameter = answer.kind, answer.parameter
    data = [context.code(options["newdata"])] if matched.has("newdata") else []
    _say_what_is_left_out(context, options)
    groups = _groups(context, model, options)
    shown_groups = groups if isinstance(groups, str) else py.dictionary(groups.items())
    drawn = kind == "response" or _draws_levels(groups)
    made = fit.method(
        "predictions",
        *data,
        kind=None if kind == "mean" else kind,
        parameter=parameter or None,
        groups=None if groups == "population" else shown_groups,
        seed=context.environment.seed if drawn else None,
        center=py.text("transformed") if model.transformed else None,
    )
    if model.package == "brms" and model.family.family.support.kind == "trials" and kind == "mean":
        context.note("trials", "means are probabilities, where brms has counts out of the trials.")
    if model.bayesian:
        if node.name in _DRAWS:
            return Value(made.attribute("draws"), Table(""))
        return Value(made, Contrasted("predictions"))
    _say_standard_errors(context, options)
    return Value(made, Contrasted("vector"))


def _answer(context: Context, verb: str, model: FittedModel, options: dict[str, r.Node]) -> Answer:
    """Return what R gives of rows; refuses what is not here, and notes what differs."""
    if model.package == "brms" or (model.package == "rstanarm" and verb in _DRAWS):
        return _bayesian(context, verb, model, options)
    asked = None if verb != "predict" else options.get("type")
    word = None if asked is None else context.text(asked, "type")
    if word is None and verb != "predict":
        word = fitted_type(model.verb)
    answer = predictions_of(model.verb, model.family.family, word)
    if not answer.kind:
        said = answer.said or f"{model.verb}() has no such predictions."
        raise NotTranslatedError(f'predict(type = "{word}") has no counterpart: {said}')
    if answer.said:
        context.note(f"{verb} of {model.verb}, {word}", answer.said)
    on_mean = model.family.mean_is_linear and not answer.parameter
    return replace(answer, kind="mean") if on_mean else answer


def _bayesian(
    context: Context, verb: str, model: FittedModel, options: dict[str, r.Node]
) -> Answer:
    family, kind = model.family.family, _BAYESIAN.get(verb, "mean")
    if model.package == "brms" and context.only(options.get("scale")) == "linear":
        kind = "linear"
    if family.categories and kind == "response":
        if verb == "predict":  # of draws of categories brms shows how often each is
            return Answer("mean")
        context.note("categories", "new values are numbered from 0, those of brms from 1.")
    if family.holds_intercept and kind == "linear":
        context.note(
            "linear predictors",
            "linear predictors are counted from the thresholds' mean, those of brms from 0.",
        )
    return Answer(kind)


def _say_what_is_left_out(context: Context, options: dict[str, r.Node]) -> None:
    """Note arguments without counterpart; `NotTranslatedError` for those that ask for more."""
    another = [name for name in _ANOTHER if name in options and not r.is_null(options[name])]
    if another:
        said = f"{another[0]} = {shown(options[another[0]])}"
        raise NotTranslatedError(f"{said} asks for something that predictions() does not have.")
    context.say_left_out(name for name in options if name not in {*_READ, *_ANOTHER})
    sampled = context.word(options.get("sample_new_levels"))
    if "sample_new_levels" in options and sampled not in _SAMPLED:
        given = f"sample_new_levels = {shown(options['sample_new_levels'])}"
        context.note("sampled levels", f'{given} is left out: new levels are as with "gaussian".')


def _groups(
    context: Context, model: FittedModel, options: dict[str, r.Node]
) -> str | Mapping[str, str]:
    """Return the treatment of groups: one, or one a factor."""
    if not any(formula.groups for formula in model.formulas):
        return "population"
    node = options.get("re.form") or options.get("re_formula") or options.get("re.formula")
    form = None if node is None or r.is_null(node) else _form(node)
    asked = options.get("allow.new.levels") or options.get("allow_new_levels")
    try:
        groups = kept_groups(form, model.formulas, new=bool(r.truth(asked)))
    except DataError as error:
        raise NotTranslatedError(error.message) from None
    if _draws_levels(groups):
        elsewhere = (
            'brms does so with sample_new_levels = "gaussian".'
            if model.bayesian
            else "lme4 takes 0 for these."
        )
        context.note(
            "new levels",
            "levels that the fit does not know are drawn from the fitted covariance, the others "
            f"keep their deviations; {elsewhere}",
        )
    return groups


def _draws_levels(groups: str | Mapping[str, str]) -> bool:
    return "mixed" in ([groups] if isinstance(groups, str) else groups.values())


def _form(node: r.Node) -> str:
    return "NA" if isinstance(node, r.Constant) and node.name.startswith("NA") else shown(node)


def _say_standard_errors(context: Context, options: dict[str, r.Node]) -> None:
    for name in ("se.fit", "interval"):
        if name in options:
            said = f"{name} = is left out: predictions() has sd, lower and upper, too."
            context.note("intervals", said)


def _hypothesis(context: Context, node: r.Call) -> Value:
    """Translate brms's hypothesis(fit, "x > 0", class = "sd", group = "g")."""
    fit, model = fitted_of(context, node)
    matched = match(node)
    asked = present(matched.get("hypothesis"), "hypothesis() has no hypothesis.")
    kind, group = (
        context.text(matched[name], name) if matched.has(name) else default
        for name, default in (("class", "" if "class" in matched else "b"), ("group", ""))
    )
    context.flag(matched, "robust", False)
    words = present(context.words(asked), f"The hypothesis is computed: {shown(asked)}.")
    if kind == "sd" and not group and len(model.factors) == 1:
        group = model.factors[0]
    read = [hypothesis_text(word, model, kind, group) for word in words]
    if any(equal for _, equal in read):
        said = "a hypothesis with = has a probability where rope= says what is equal."
        context.note("equalities", said)
    texts = [text for text, _ in read]
    argument, given = py.one_or_list(texts), context.literal(asked)
    if given is not None and given.names and all(given.names):
        argument = py.dictionary(zip(given.names, texts, strict=True))
    return Value(fit.method("hypothesis", argument), Contrasted("hypotheses"))


VERBS = verbs(
    {
        _predict: "predict fitted fitted.values posterior_predict posterior_epred "
        "posterior_linpred",
        _hypothesis: "hypothesis",
    }
)
