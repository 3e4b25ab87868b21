"""Figures: plot, pp_check, conditional_effects and others, as mixwell draws them."""

from mixwell.formula import column_names
from mixwell.r.language import nodes as r
from mixwell.r.language.argument_matching import match
from mixwell.r.translation.fit.fit_calls import fitted_of
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.python.pycode import Code
from mixwell.r.translation.scope.environment import Context, NotTranslatedError
from mixwell.r.translation.scope.r_values import (
    Contrasted,
    Figure,
    FittedModel,
    Many,
    Means,
    Table,
    Value,
)
from mixwell.r.translation.scope.verb_tables import verbs
from mixwell.text.names import quoted

_LEFT = "Figures are left to you: matplotlib, or d.plot() of pandas."


def _plot(context: Context, node: r.Call) -> Value:
    """Translate plot() by what it is of."""
    first = context.first(node)
    if isinstance(first, r.Call) and first.name in ("ranef", "conditional_effects", "loo"):
        first_value = context.value(first)
        if isinstance(first_value.thing, Figure | Many):
            return first_value
    if isinstance(first, r.Binary) and first.op == "~":
        raise NotTranslatedError(_LEFT)
    found = context.value(first)
    thing = found.thing
    if isinstance(thing, FittedModel):
        if not thing.bayesian:
            raise NotTranslatedError(
                f"plot() of residuals is not available; {found.code.text}.plot shows what is."
            )
        return _plotted(found.code, "trace")
    if isinstance(thing, Means | Contrasted):
        return Value(found.code.method("plot"), _figure(found.code, "plot"))
    if isinstance(thing, Table) and thing.role == "ranef" and thing.fit is not None:
        return _plotted(thing.fit, "ranef")
    if isinstance(thing, Figure):
        return found
    raise NotTranslatedError(_LEFT)


def _figure(owner: Code, what: str) -> Figure:
    name = owner.text if owner.text.isidentifier() else "figure"
    return Figure(f"{name}_{what}")


def _plotted(fit: Code, kind: str, *args: py.Written) -> Value:
    """Return one of the figures of a fit."""
    return Value(fit.attribute("plot").method(kind, *args), _figure(fit, kind))


_KINDS = {
    **dict.fromkeys(("trace", "trace_highlight"), "trace"),
    **dict.fromkeys(("acf", "acf_bar"), "autocorrelation"),
    **dict.fromkeys(("rank_hist", "rank_overlay"), "rank"),
    **{"pairs": "pair", "nuts_energy": "energy"},
}


def _mcmc(context: Context, node: r.Call) -> Value:
    """Translate mcmc_plot(fit, type = "trace") and mcmc_trace(fit)."""
    fit, _ = fitted_of(context, node)
    if node.name == "mcmc_trace":
        return _plotted(fit, "trace")
    kind = context.word(node.named.get("type")) or ""
    return _plotted(fit, _KINDS.get(kind, "coefficients"))


def _posterior_check(context: Context, node: r.Call) -> Value:
    fit, model = fitted_of(context, node)
    if not model.factors:
        context.note("pp_check", "fit.ppc() has the drawn responses, for ArviZ's plot_ppc_dist().")
        return Value(fit.method("ppc", seed=context.environment.seed), Table(""))
    context.note("pp_check", "each group's mean next to those of drawn responses, not densities.")
    return _plotted(fit, "predictive", *(model.factors[:1] if len(model.factors) > 1 else ()))


def _conditional(context: Context, node: r.Call) -> Value:
    """Translate conditional_effects(fit, "x:z") as figures of marginal means."""
    fit, model = fitted_of(context, node)
    matched = match(node)
    if matched.has("effects"):
        effects = list(context.texts(matched["effects"], "The effects"))
    else:
        variables = () if model.formula.has_dot else model.formula.terms(columns=()).variables
        effects = list(dict.fromkeys(name for each in variables for name in column_names(each)))
    if not effects:
        raise NotTranslatedError(f"One figure each: {fit.text}.means(variable, at=...).plot().")
    parts = [(effect.replace(":", "_"), _effect(context, fit, model, effect)) for effect in effects]
    return parts[0][1] if len(parts) == 1 else Value(parts[0][1].code, Many(tuple(parts)))


def _effect(context: Context, fit: Code, model: FittedModel, effect: str) -> Value:
    first, *rest = effect.split(":")
    at = None
    if model.frame.kind(first) == "number":
        at = py.dictionary([(first, py.raw("lambda x: np.linspace(x.min(), x.max(), 50)", 0))])
    elif model.frame.kind(first) == "":
        context.note(
            "conditional_effects",
            f"where {first} is a number, give its values: at={{{quoted(first)}: [...]}}.",
        )
    if model.family.family.categories:
        context.note(
            "categories of conditional_effects",
            "probabilities of every category, as with categorical = TRUE; brms shows ratings by "
            "their mean score.",
        )
    by = None if not rest else py.one_or_list(rest)
    means = fit.method("means", first, by=by, at=at)
    return Value(means.method("plot"), _figure(fit, f"by_{first}"))


VERBS = verbs(
    {
        _plot: "plot autoplot dotplot qqmath dotchart",
        _mcmc: "mcmc_plot stanplot mcmc_trace",
        _posterior_check: "pp_check",
        _conditional: "conditional_effects marginal_effects",
    }
)
