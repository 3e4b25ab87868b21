"""What is asked of a fitted model: fixef, ranef, VarCorr, summary, logLik, loo, plots."""

from mixwell.r.dialect.answers import residuals_of
from mixwell.r.dialect.family_facts import is_gaussian, named_parameter
from mixwell.r.language import nodes as r
from mixwell.r.translation.data.indexing import fit_parameter
from mixwell.r.translation.model.differences import integrable
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.python.pycode import Code
from mixwell.r.translation.scope.environment import (
    Context,
    NotTranslatedError,
    Verb,
    present,
    shown,
)
from mixwell.r.translation.scope.r_values import (
    NOTHING,
    Contrasted,
    FittedModel,
    Frame,
    Loo,
    Many,
    Means,
    Plain,
    Series,
    Table,
    Thing,
    Value,
    Vector,
)
from mixwell.r.translation.scope.verb_tables import verbs


def fitted_of(context: Context, node: r.Call) -> tuple[Code, FittedModel]:
    """Return the model that is the first argument; raises `NotTranslatedError`."""
    first = context.first(node)
    found = context.value(first)
    if not isinstance(found.thing, FittedModel):
        raise NotTranslatedError(f"{node.name}() of {shown(first)}, which is no fitted model here.")
    return found.code, found.thing


def _asked(name: str, role: str = "", thing: Thing | None = None, *, called: bool = True) -> Verb:
    """Return what asks a fit for the value of a method, or for an attribute."""

    def verb(context: Context, node: r.Call) -> Value:
        fit, model = fitted_of(context, node)
        code = fit.method(name) if called else fit.attribute(name)
        return Value(code, thing or (Table(role, model, fit) if role else Table("")))

    return verb


def _coef(context: Context, node: r.Call) -> Value:
    """Translate coef() of a fit; of its summary, the fixed effects."""
    found = context.first_value(node)
    if found and isinstance(found.thing, Table) and found.thing.role == "printed":
        return Value(found.code.method("fixef"), Table("fixef", found.thing.model))
    fit, model = fitted_of(context, node)
    name = "coef" if model.factors else "fixef"
    return Value(fit.method(name), Table(name, model, fit))


def summary(context: Context, node: r.Call) -> Value:
    """Translate a summary by what it is of: a fit prints itself, a frame is described."""
    found = context.value(context.first(node))
    thing = found.thing
    if isinstance(thing, FittedModel):
        return Value(found.code, Table("printed", thing))
    if isinstance(thing, Frame):
        return Value(found.code.method("describe", include="all"), Table(""))
    if isinstance(thing, Series):
        return Value(found.code.method("describe"), Table(""))
    if isinstance(thing, Means | Contrasted | Many | Table | Loo):
        return found
    raise NotTranslatedError.of(node)


def _print(context: Context, node: r.Call) -> Value:
    return context.value(context.first(node))


def _cat(context: Context, node: r.Call) -> Value:
    values = [context.value(each) for each in node.unnamed]
    parts: list[Code] = []
    for value in values:
        word = _only_word(value)
        if word is None:
            parts.append(value.code)
        elif word.strip("\n"):
            parts.append(py.text(word.strip("\n").strip() if len(values) > 1 else word.rstrip()))
    return Value(py.call("print", *parts), NOTHING, silent=True)


def _only_word(value: Value) -> str | None:
    thing = value.thing
    words = thing.words if isinstance(thing, Vector) and not thing.several else None
    return words[0] if words else None


def _message(context: Context, node: r.Call) -> Value:
    values = [context.code(each) for each in node.unnamed]
    return Value(py.call("print", *values), NOTHING, silent=True)


def _sigma(context: Context, node: r.Call) -> Value:
    fit, model = fitted_of(context, node)
    family = model.family.family  # glmmTMB's sigma() is the dispersion, whatever it is called
    name = ""
    if family.scale is not None or model.package == "glmmTMB":
        name = named_parameter(family, "glmmTMB", "dispersion")
    if not name or len(model.formulas) > 1:
        raise NotTranslatedError(
            f"The family {model.family.name} has no residual sd."
            if not name
            else f"{name} differs between rows: predictors of it have a formula."
        )
    return Value(fit_parameter(fit, name), Plain("number"))


def flat_mode(fit: Code, model: FittedModel, *, reml: bool, node: r.Call) -> Code:
    """Return R's own estimate: `fit.mode(flat=True, ...)`."""
    if not integrable(model):
        raise NotTranslatedError(
            f"{node.name}(): there is no quadrature for random effects of several factors or more "
            f"than two a level; {fit.text}.mode(flat=True) is Laplace's approximation."
        )
    if model.family.lmer:
        return fit.method("mode", flat=True, reml=None if reml else False)
    return fit.method("mode", flat=True, nodes=max(model.nodes, 1))


def _log_likelihood(context: Context, node: r.Call) -> Value:
    fit, model = fitted_of(context, node)
    if model.bayesian:
        instead = f"{fit.text}.loo() has the predictive density."
        raise NotTranslatedError(f"{node.name}() of a posterior: {instead}")
    asked = r.truth(node.named.get("REML"))
    reml = model.reml if asked is None else asked
    if node.name == "deviance":
        reml = False
        if not (is_gaussian(model.family.family) and model.package == "lme4"):
            raise NotTranslatedError("deviance() of this model has no counterpart.")
    if model.other_estimates:
        said = f"{model.other_estimates}: the number differs from R's."
        context.note("another likelihood", said)
    found = flat_mode(fit, model, reml=reml, node=node).attribute("log_likelihood")
    if node.name in ("deviance", "REMLcrit"):
        found = py.infix("*", py.number(-2), found)
    return Value(found, Plain("number"))


def criterion(context: Context, node: r.Call) -> Value:
    """Refuse AIC, BIC and anova, naming what compares models here."""
    fits = named_fits(context, node)
    instead = "mw.compare({...}) compares predictive densities."
    if len(fits) == 1:
        instead = f"{fits[0][1].text}.loo() is its predictive density."
    elif fits:
        instead = f"mw.compare({py.dictionary(fits).text}) compares their predictive densities."
    raise NotTranslatedError(f"{node.name}() has no counterpart for a posterior; {instead}")


def named_fits(context: Context, node: r.Call) -> list[tuple[str, Code]]:
    """Return the fitted models that a call is of, each with its name or its text."""
    found = []
    for each in node.args:
        if each.value is None or each.name in ("test", "refit", "type", "ddf"):
            continue
        value = context.value(each.value)
        if isinstance(value.thing, FittedModel):
            found.append((each.name or value.code.text, value.code))
        elif isinstance(value.thing, Loo):
            found += list(value.thing.fits)
    return found


def _some_fits(context: Context, node: r.Call) -> list[tuple[str, Code]]:
    said = f"{node.name}() of nothing that is a fitted model here."
    return present(named_fits(context, node) or None, said)


def _loo(context: Context, node: r.Call) -> Value:
    """Translate loo(fit), and loo(a, b) as a comparison."""
    fits = _some_fits(context, node)
    group = node.named.get("group")
    if node.name == "kfold" and group is not None:
        name = context.text(group, "group")
        return Value(fits[0][1].method("loo", group=name), Table(""))
    if node.name in ("waic", "kfold"):
        raise NotTranslatedError(f"{node.name}() is not available; {fits[0][1].text}.loo() is.")
    if len(fits) == 1 and node.name == "loo":
        return Value(fits[0][1].method("loo"), Loo(tuple(fits)))
    return Value(py.call("mw.compare", py.dictionary(fits)), Table(""))


def _evidence(context: Context, node: r.Call) -> Value:
    """Translate bridge_sampler(fit), and bayes_factor(a, b) as a comparison."""
    fits = _some_fits(context, node)
    context.note("evidence", "the evidence leans on the priors, which are mixwell's if not given.")
    if len(fits) == 1:
        return Value(fits[0][1].method("evidence"), Table(""))
    return Value(py.call("mw.compare", py.dictionary(fits), by="evidence"), Table(""))


def _with_criterion(context: Context, node: r.Call) -> Value:
    """Translate add_criterion(fit, "loo"): the fit itself, which computes it when asked."""
    fit, model = fitted_of(context, node)
    context.note("add_criterion", f"nothing is stored: {fit.text}.loo() computes it when asked.")
    return Value(fit, model)


def _covariance(context: Context, node: r.Call) -> Value:
    """Translate vcov(fit) as the covariance of the draws."""
    draws = fitted_of(context, node)[0].attribute("posterior").subscript("b")
    return Value(draws.method("to_series").method("unstack").method("cov"), Table(""))


def _group_sizes(context: Context, node: r.Call) -> Value:
    """Translate ngrps(fit): how many levels each grouping factor has."""
    blocks = fitted_of(context, node)[0].attribute("spec.design.blocks").text
    return Value(py.raw(f"{{b.factor: len(b.levels) for b in {blocks}}}"), Plain(""))


def confint(context: Context, node: r.Call) -> Value:
    """Translate intervals: of a fit the bounds in its summary, of means what they are."""
    found = context.first_value(node)
    if found and isinstance(found.thing, Means | Contrasted | Many):
        return found
    fit, _ = fitted_of(context, node)
    context.note(
        "credible intervals",
        "lower and upper bound a posterior interval (its width: mw.options.ci_prob).",
    )
    return Value(fit.method("summary").subscript(["lower", "upper"]), Table("interval"))


def _singular(context: Context, node: r.Call) -> Value:
    fit, model = fitted_of(context, node)
    mode = flat_mode(fit, model, reml=model.reml, node=node)
    return Value(mode.attribute("singular"), Plain("truth"))


def _residuals(context: Context, node: r.Call) -> Value:
    fit, model = fitted_of(context, node)
    given = {each.name: each.value for each in node.args[1:] if each.value is not None}
    kind = context.choice(given.pop("type", None), ("response", "pearson", "ordinary"))
    whole = r.truth(given.pop("scaled", None)) or False
    family = model.family.family.with_link(model.family.link or None)
    answer = residuals_of(model.verb, family, kind, bayesian=model.bayesian)
    if given or not answer.kind:
        said = answer.said or "residuals of this kind have no counterpart."
        raise NotTranslatedError(f"{shown(node)}: {said}")
    kind = answer.kind
    if whole and kind == "response":
        raise NotTranslatedError(f"{shown(node)}: only Pearson residuals are scaled here.")
    if kind != "pearson" and model.bayesian and model.family.family.support.kind == "trials":
        context.note("trials", "residuals are those of proportions, where R has counts.")
    if kind == "pearson" and not whole:
        _say_scaled(context, model)
    asked = "pearson" if kind == "pearson" else None
    return Value(fit.method("residuals", kind=asked).subscript("estimate"), Series())


def _say_scaled(context: Context, model: FittedModel) -> None:
    """Note that Pearson residuals are divided by a dispersion that R leaves in them."""
    if not model.bayesian and not model.family.family.support.whole:
        context.note(
            "pearson",
            "R leaves the dispersion in Pearson residuals; these are divided by its root, too: "
            "they are in standard deviations.",
        )


def _formula(context: Context, node: r.Call) -> Value:
    first = node.first
    if isinstance(first, r.Symbol) and first.name in context.environment.variables:
        found = context.value(first)
        if isinstance(found.thing, FittedModel):
            return Value(found.code.attribute("spec.formulas[0]"), Plain("text"))
    return context.verbs["as.formula"](context, node)


def _explained(context: Context, node: r.Call) -> Value:
    """Translate r2(): Nakagawa's of the linear predictor, of Stan's fits that of the responses."""
    fit, model = fitted_of(context, node)
    bayesian = model.bayesian and node.name == "r2"
    return Value(fit.method("r2", *([] if bayesian else [py.text("latent")])), Table(""))


VERBS = verbs(
    {
        _asked("fixef", "fixef"): "fixef fixed.effects fixef.brmsfit",
        _asked("ranef", "ranef"): "ranef random.effects",
        _coef: "coef coefficients",
        _asked("VarCorr", "VarCorr"): "VarCorr",
        _asked("summary", "summary"): "posterior_summary tidy",
        _print: "print View",
        _cat: "cat",
        _message: "message",
        _sigma: "sigma",
        _log_likelihood: "logLik deviance REMLcrit",
        criterion: "AIC BIC AICc extractAIC",
        _loo: "loo loo_compare waic kfold compare_ic",
        _evidence: "bridge_sampler bayes_factor post_prob",
        _with_criterion: "add_criterion add_loo add_ic",
        _asked("r2"): "bayes_R2 r2_bayes",
        _explained: "r2 r.squaredGLMM r2_nakagawa",
        _asked("icc"): "icc",
        _asked("diagnose"): "check_hmc_diagnostics",
        _asked("spec.priors.frame", "priors", called=False): "prior_summary",
        _singular: "isSingular",
        _residuals: "residuals resid",
        _asked("spec.design.n", thing=Plain("number"), called=False): "nobs",
        _asked("spec.design.common", called=False): "model.matrix",
        _asked("posterior", "draws", called=False): "as_draws_df as_draws posterior_samples "
        "as_draws_array as_draws_matrix",
        _covariance: "vcov",
        _group_sizes: "ngrps",
        _formula: "formula",
    }
)
