"""R's functions that are known and have no translation, each with the reason."""

from mixwell.r.language.nodes import Call
from mixwell.r.translation.scope.environment import Context, NotTranslatedError, Verb
from mixwell.r.translation.scope.r_values import Value


def _refused(reason: str) -> Verb:
    def verb(context: Context, node: Call) -> Value:
        raise NotTranslatedError(f"{node.name}(): {reason}")

    return verb


_FIGURES = "figures of R are left to you: matplotlib, or fit.plot and .plot() of results here."
_TESTS = "tests of terms have no counterpart for a posterior; mw.compare({...}) compares models."
_OTHER_MODELS = "models of this kind are not available here."
_LEFT: dict[str, str] = {
    **dict.fromkeys(
        ("ggplot", "qplot", "xyplot", "densityplot", "bwplot", "histogram", "hist", "boxplot"),
        _FIGURES,
    ),
    **dict.fromkeys(
        (
            "lines",
            "points",
            "abline",
            "legend",
            "par",
            "interaction.plot",
            "pairs.panels",
            "barplot",
        ),
        _FIGURES,
    ),
    **dict.fromkeys(
        ("qqnorm", "qqline", "qqPlot", "curve", "text", "ggsave", "pdf", "dev.off"), _FIGURES
    ),
    **dict.fromkeys(
        (
            "AICtab",
            "BICtab",
            "dredge",
            "model.sel",
            "drop1",
            "add1",
            "step",
            "Anova",
            "joint_tests",
            "ranova",
            "lrtest",
        ),
        _TESTS,
    ),
    **dict.fromkeys(("difflsmeans", "PBmodcomp", "KRmodcomp", "mixed", "bootMer"), _TESTS),
    "test": "there are no p values; .hypothesis() of the estimates has probabilities.",
    **dict.fromkeys(
        ("profile", "allFit", "getME", "rePCA", "refitML", "influence"),
        "lme4's own machinery has no counterpart.",
    ),
    "simulate": "fit.ppc(seed=1) draws responses from the posterior.",
    **dict.fromkeys(
        ("lme", "gls", "nlme", "nlmer", "gam", "bam", "gamm", "gamm4", "clmm", "clm"), _OTHER_MODELS
    ),
    **dict.fromkeys(
        ("polr", "aov", "MCMCglmm", "betareg", "zeroinfl", "hurdle", "coxme", "survreg"),
        _OTHER_MODELS,
    ),
    **dict.fromkeys(
        ("stan_gamm4", "stan_polr", "stan_betareg", "stan_nlmer", "blmer", "bglmer"), _OTHER_MODELS
    ),
    **dict.fromkeys(("cld", "glht", "mcp"), "fit.contrasts(...) compares levels, with intervals."),
    **dict.fromkeys(
        ("ggpredict", "ggemmeans", "effect", "allEffects", "Effect"),
        "fit.means(...) has such predictions.",
    ),
    **dict.fromkeys(
        ("make_stancode", "stancode", "make_standata", "standata"),
        "mw.Model(...).pymc is the model in PyMC.",
    ),
    **dict.fromkeys(
        ("nlf", "mvbf", "set_rescor", "mvbrmsformula"),
        "this part of brms's formulas is not available.",
    ),
    **dict.fromkeys(
        ("merge", "left_join", "inner_join", "bind_rows", "rbind", "cbind", "pivot_longer"),
        "putting tables together is left to you: pd.merge(), pd.concat(), .melt().",
    ),
    **dict.fromkeys(
        ("pivot_wider", "gather", "spread", "reshape", "melt", "dcast", "group_by"),
        "reshaping tables is left to you: pandas' .melt(), .pivot(), .groupby().",
    ),
    **dict.fromkeys(
        (
            "apply",
            "sapply",
            "lapply",
            "vapply",
            "mapply",
            "map",
            "map_dbl",
            "Map",
            "Reduce",
            "do.call",
        ),
        "functions over lists are left to you: a list comprehension does it.",
    ),
    **dict.fromkeys(
        ("aggregate", "by", "ave", "split"), "grouping is left to you: pandas' .groupby()."
    ),
    **dict.fromkeys(
        ("saveRDS", "save", "write_rds"), "fit.save(path) writes a fit, .to_csv(path) a table."
    ),
    **dict.fromkeys(("stop", "warning", "stopifnot", "tryCatch", "try"), "left to you."),
}

VERBS: dict[str, Verb] = {name: _refused(reason) for name, reason in _LEFT.items()}
