"""R's functions that are known and have no translation, each with the reason."""

from mixwell.r.language import nodes as r
from mixwell.r.translation.scope.environment import Context, NotTranslatedError, Verb
from mixwell.r.translation.scope.r_values import Value
from mixwell.r.translation.scope.verb_tables import verbs

#: What is said behind a function's name, and the functions of which it is said.
_REASONS = {
    ": figures of R are left to you: matplotlib, or fit.plot and .plot() of results here.": (
        "ggplot qplot xyplot densityplot bwplot histogram hist boxplot lines points abline legend "
        "par interaction.plot pairs.panels barplot qqnorm qqline qqPlot curve text ggsave pdf "
        "dev.off"
    ),
    ": models are not chosen by leaving terms out here; fit.joint_tests() has every term's size, "
    "fit.mode(flat=True).joint_tests() tests of terms, and mw.compare({...}) compares models.": (
        "AICtab BICtab dredge model.sel drop1 add1 step ranova lrtest difflsmeans PBmodcomp "
        "KRmodcomp SATmodcomp mixed bootMer"
    ),
    ": there are no p values; .hypothesis() of the estimates has probabilities.": "test",
    ": lme4's own machinery has no counterpart.": "profile allFit getME rePCA refitML influence",
    ": fit.ppc(seed=1) draws responses from the posterior.": "simulate",
    ": models of this kind are not available here.": "aov MCMCglmm gamm4 stan_gamm4 blmer bglmer",
    ": splines of mgcv are not available; ns(x, df = 4) and bs(x, df = 4) of a formula are: "
    'mw.Model("y ~ ns(x, df = 4)", d).': "gam bam gamm",
    ": residuals that correlate or differ by group are not available; "
    'mw.Model(["y ~ x + (1 | g)", "sigma ~ a"], d) gives the residual sd a formula.': "lme gls",
    ": formulas that are not linear are not available; put what is nonlinear into columns of the "
    "data, or use a spline: ns(x, df = 4).": "nls nlme nlmer stan_nlmer",
    ": a free baseline of the hazard is not available; "
    'mw.Model("Surv(time, status) ~ x", d, "weibull") has hazards in proportion, whose baseline '
    "rises or falls, and fit.hazard_ratios(); frailties are (1 | g).": (
        "coxph coxme cph coxmeg stan_surv stpm2 flexsurvspline pch pammtools"
    ),
    ': mw.Model("Surv(time, status) ~ x", d, "weibull") is a parametric model of times, other '
    'families are "exponential", "gamma", "lognormal" and "loglogistic".': (
        "flexsurvreg phreg aftreg"
    ),
    ': one kind of event against all others is mw.Model("Surv(time, cause == 1) ~ x", d, '
    '"weibull"); competing events are not modeled together.': "crr FGR CSC cuminc",
    ": fit.plot.survival(\"x\") draws Kaplan and Meier's estimate next to a model's curves.": (
        "survfit ggsurvplot"
    ),
    ": there are no p values; fit.hazard_ratios() and fit.time_ratios() have intervals.": (
        "survdiff cox.zph"
    ),
    ': mw.Model(["y ~ x", "kappa ~ z"], d, "beta") is such a model: betareg() is translated.': (
        "stan_betareg"
    ),
    ': mw.Model("y ~ x", d, "cumulative") is such a model: polr() is translated.': "stan_polr",
    ": fit.contrasts(...) compares levels, simultaneous=True has intervals that hold at once.": (
        "glht mcp"
    ),
    ": fit.means(...) has such predictions.": "ggpredict ggemmeans effect allEffects Effect",
    ": mw.Model(...).pymc is the model in PyMC.": "make_stancode stancode make_standata standata",
    ": this part of brms's formulas is not available.": "nlf",
    ": putting tables together is left to you: pd.merge(), pd.concat(), .melt().": (
        "cbind pivot_longer"
    ),
    ": reshaping tables is left to you: pandas' .melt(), .pivot(), .groupby().": (
        "pivot_wider gather spread reshape melt dcast group_by"
    ),
    ": functions over lists are left to you: a list comprehension does it.": (
        "apply sapply lapply vapply mapply map map_dbl Map Reduce do.call"
    ),
    ": grouping is left to you: pandas' .groupby().": "aggregate by ave split",
    ": fit.save(path) writes a fit, .to_csv(path) a table.": "saveRDS save write_rds",
    ": left to you.": "stop warning stopifnot tryCatch try",
    " draws R's random numbers, which numpy does not repeat: write.csv() the data in R, then "
    "pd.read_csv().": "rnorm runif rbinom rpois rexp rgamma rbeta rt sample rmvnorm",
    " reads R's own format: write.csv() it in R, then pd.read_csv().": "readRDS read_rds",
    " reads R's own format: write.csv() the data in R, then pd.read_csv().": "load",
    " runs another R script: translate that one, too.": "source",
    " of a computed name has no counterpart.": "get assign",
    " runs computed code, which is not translated.": "eval",
    " makes computed code, which is not translated.": "parse",
    " finds files of R's packages.": "system.file",
}


def _refused(reason: str) -> Verb:
    def refused(context: Context, node: r.Call) -> Value:
        raise NotTranslatedError(f"{node.name}(){reason}")

    return refused


VERBS = verbs({_refused(reason): names for reason, names in _REASONS.items()})
