"""The translator: R lines and the Python that they become, as tables."""

import ast
import builtins
import json
import subprocess
import sys

import nbformat
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import mixwell as mw
from mixwell.r import translate
from mixwell.r.reader import RSyntaxError

START = """
d <- read.csv("d.csv")
fm <- lmer(Reaction ~ Days + (Days | Subject), sleepstudy)
cm <- lmer(angle ~ recipe * temperature + (1 | recipe:replicate), cake)
gm <- glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, binomial)
bm <- brm(y ~ block * direction + (1 + direction | user), d, seed = 7)
wm <- lm(breaks ~ wool * tension, warpbreaks)
emm <- emmeans(wm, ~ tension | wool)
"""


def code(script: str) -> list[str]:
    """Return the lines of a translation that are neither comments, imports nor blank."""
    return bare(translate(script).python)


def bare(made: str) -> list[str]:
    lines = made.splitlines()
    return [line for line in lines if line and not line.lstrip().startswith(("#", "import "))]


BEFORE = len(code(START))


def python(line: str) -> str:
    """Return what lines of R become after the lines of `START`."""
    return "\n".join(code(f"{START}\n{line}\n")[BEFORE:])


def notes(script: str) -> str:
    return " ".join(note.text for note in translate(script).notes)


def reasons(script: str) -> list[str]:
    return [left.reason for left in translate(f"{START}\n{script}").untranslated]


MODELS = {
    "m <- lmer(y ~ x + (x | g), d)": 'm = mw.Model("y ~ x + (x | g)", d).fit(seed=1)',
    "m <- lme4::lmer(y ~ x + (x || g), data = d, REML = FALSE)": (
        'm = mw.Model("y ~ x + (x || g)", d).fit(seed=1)'
    ),
    "m <- lmer(data = d, y ~ x + (1 | g / h))": (
        'm = mw.Model("y ~ x + (1 | g/h)", d).fit(seed=1)'
    ),
    "m = lm(d$y ~ d$x)": 'm = mw.Model("y ~ x", d).fit(seed=1)',
    'glm(y ~ x, family = "poisson", d) -> m': (
        'm = mw.Model("y ~ x", d, family="poisson").fit(seed=1)'
    ),
    "m <- glm(y ~ x, poisson, d)": 'm = mw.Model("y ~ x", d, family="poisson").fit(seed=1)',
    "m <- glm(y ~ x, Gamma, d)": (
        'm = mw.Model("y ~ x", d, family="gamma", link="inverse").fit(seed=1)'
    ),
    'm <- glm(y ~ x, Gamma(link = "log"), d)': (
        'm = mw.Model("y ~ x", d, family="gamma").fit(seed=1)'
    ),
    "m <- glm(y ~ x, binomial(probit), d)": (
        'm = mw.Model("y ~ x", d, family="binomial", link="probit").fit(seed=1)'
    ),
    "m <- glm(s / n ~ x, binomial, d, weights = n)": (
        'm = mw.Model("s/n ~ x", d, family="binomial", weights="n").fit(seed=1)'
    ),
    "m <- lm(y ~ x, d, weights = 1 / v)": (
        'm = mw.Model("y ~ x", d, weights=1 / d["v"]).fit(seed=1)'
    ),
    "m <- lm(y ~ x, d, weights = d$w)": 'm = mw.Model("y ~ x", d, weights="w").fit(seed=1)',
    "m <- glm(y ~ x, poisson, d, offset = log(n))": (
        'm = mw.Model("y ~ x + offset(log(n))", d, family="poisson").fit(seed=1)'
    ),
    "m <- lm(y ~ x, d, subset = x > 2 & g == 'a')": (
        'm = mw.Model("y ~ x", d[(d["x"] > 2) & (d["g"] == "a")]).fit(seed=1)'
    ),
    "m <- lm(y ~ a, d, contrasts = list(a = contr.sum))": (
        'm = mw.Model("y ~ a", d, contrasts={"a": "sum"}).fit(seed=1)'
    ),
    'm <- lm(y ~ a, d, contrasts = list(a = "contr.helmert"))': (
        'm = mw.Model("y ~ a", d, contrasts={"a": "helmert"}).fit(seed=1)'
    ),
    "m <- lm(y ~ a, d, na.action = na.fail)": (
        'm = mw.Model("y ~ a", d, missing="error").fit(seed=1)'
    ),
    "contrasts(d$a) <- contr.treatment(3, base = 2)\nm <- lm(y ~ a, d)": (
        'm = mw.Model("y ~ a", d, contrasts={"a": mw.Treatment(2)}).fit(seed=1)'
    ),
    "contrasts(d$a) <- cbind(c(-1, 0, 1), c(1, -2, 1))\nm <- lm(y ~ a, d)": (
        'm = mw.Model("y ~ a", d, contrasts={"a": [[-1, 1], [0, -2], [1, 1]]}).fit(seed=1)'
    ),
    "contrasts(d$a) <- matrix(c(-1, 0, 1, 1, -2, 1), 3)\nm <- lm(y ~ a, d)": (
        'm = mw.Model("y ~ a", d, contrasts={"a": [[-1, 1], [0, -2], [1, 1]]}).fit(seed=1)'
    ),
    "contrasts(d$b) <- contr.sum(3)\nm <- lm(y ~ a, d)": 'm = mw.Model("y ~ a", d).fit(seed=1)',
    "set.seed(3)\nm <- lm(y ~ a, d)": 'm = mw.Model("y ~ a", d).fit(seed=3)',
    "m <- glmer.nb(y ~ x + (1 | g), d)": (
        'm = mw.Model("y ~ x + (1 | g)", d, family="negativebinomial").fit(seed=1)'
    ),
    "m <- glmmTMB(y ~ x + (1 | g), d, family = nbinom2)": (
        'm = mw.Model("y ~ x + (1 | g)", d, family="negativebinomial").fit(seed=1)'
    ),
    "m <- glmmTMB(y ~ x + (1 | g), d, dispformula = ~x)": (
        'm = mw.Model(["y ~ x + (1 | g)", "sigma ~ x"], d).fit(seed=1)'
    ),
    "m <- glmmTMB(y ~ x + diag(x | g) + us(1 | h), d, ziformula = ~0)": (
        'm = mw.Model("y ~ x + (x || g) + (1 | h)", d).fit(seed=1)'
    ),
    "m <- brm(y ~ x, d, chains = 2, iter = 3000, warmup = 500, cores = 2, seed = 5)": (
        'm = mw.Model("y ~ x", d).fit(draws=2500, tune=500, chains=2, seed=5)'
    ),
    "m <- brm(y ~ x, d, iter = 2000, warmup = 1000, chains = 4)": (
        'm = mw.Model("y ~ x", d).fit(seed=1)'
    ),
    "m <- brm(bf(y ~ x, sigma ~ z), d)": ('m = mw.Model(["y ~ x", "sigma ~ z"], d).fit(seed=1)'),
    "m <- brm(bf(y ~ x) + lf(shape ~ z), d, negbinomial())": (
        'm = mw.Model(["y ~ x", "alpha ~ z"], d, family="negativebinomial").fit(seed=1)'
    ),
    'm <- brm(y ~ 0 + Intercept + x, d, prior = prior(normal(0, 1), coef = "Intercept"))': (
        'm = mw.Model("y ~ 1 + x", d, priors={"Intercept": "normal(0, 1)"}).fit(seed=1)'
    ),
    "m <- brm(y | trials(n) ~ x, d, family = binomial('cloglog'))": (
        'm = mw.Model("y | trials(n) ~ x", d, family="binomial", link="cloglog").fit(seed=1)'
    ),
    "m <- stan_glmer(y ~ x + (1 | g), d, family = neg_binomial_2, prior = normal(0, 2))": (
        'm = mw.Model(\n    "y ~ x + (1 | g)", d, family="negativebinomial", '
        'priors={"b": "normal(0, 2)"}\n).fit(seed=1)'
    ),
    "m <- stan_lmer(y ~ x + (1 | g), d, prior_intercept = NULL, prior_aux = exponential(2))": (
        'm = mw.Model(\n    "y ~ x + (1 | g)",\n    d,\n'
        '    priors={"Intercept_centered": "flat", "sigma": "exponential(2)"},\n).fit(seed=1)'
    ),
    "f <- y ~ x + (1 | g)\nm <- lmer(f, d)": (
        'f = "y ~ x + (1 | g)"\nm = mw.Model(f, d).fit(seed=1)'
    ),
    'm <- lmer("y ~ x + (1 | g)", d)': 'm = mw.Model("y ~ x + (1 | g)", d).fit(seed=1)',
    'm <- lmer(as.formula("y ~ x + (1 | g)"), d)': (
        'm = mw.Model("y ~ x + (1 | g)", d).fit(seed=1)'
    ),
    'm <- lm(as.formula(paste("y ~", paste(c("a", "b"), collapse = " + "))), d)': (
        'm = mw.Model("y ~ a + b", d).fit(seed=1)'
    ),
    'm <- lm(reformulate(c("a", "b"), response = "y"), d)': (
        'm = mw.Model("y ~ a + b", d).fit(seed=1)'
    ),
    "m <- update(fm, . ~ . - (Days | Subject) + (1 | Subject))": (
        'm = mw.Model("Reaction ~ Days + (1 | Subject)", sleepstudy).fit(seed=1)'
    ),
    "m <- update(fm, log(.) ~ .)": None,
    "d %>% filter(x > 2) %>% lmer(y ~ x + (1 | g), data = .)": (
        'print(mw.Model("y ~ x + (1 | g)", d[d["x"] > 2]).fit(seed=1))'
    ),
    "d |> lm(y ~ x, data = _) |> summary()": 'print(mw.Model("y ~ x", d).fit(seed=1))',
    "x <- c(1, 2)\ny <- c(3, 5)\nm <- lm(y ~ x)": (
        "x = np.array([1, 2])\ny = np.array([3, 5])\n"
        'm = mw.Model("y ~ x", pd.DataFrame({"y": y, "x": x})).fit(seed=1)'
    ),
    'options(contrasts = c("contr.sum", "contr.poly"))\nm <- lm(breaks ~ wool, warpbreaks)': (
        'm = mw.Model("breaks ~ wool", warpbreaks, contrasts={"wool": "sum"}).fit(seed=1)'
    ),
}

PRIORS = {
    "prior(normal(0, 1), class = b) + prior(exponential(1), class = sd) + prior(lkj(2), cor)": {
        "b": "normal(0, 1)",
        "sd_user": "exponential(1)",
        "corr_user": "lkj(2)",
    },
    'set_prior("normal(0, 5)", class = "b")': {"b": "normal(0, 5)"},
    'prior(normal(0, 5), class = b, coef = "blockb2")': {"block[b2]": "normal(0, 5)"},
    'prior(normal(0, 5), coef = "blockb2:directionright")': {
        "block[b2]:direction[right]": "normal(0, 5)"
    },
    "prior(student_t(3, 0, 10), class = Intercept)": {"Intercept_centered": "student_t(3, 0, 10)"},
    'prior_string("cauchy(0, 2)", class = "sd")': {"sd_user": "cauchy(0, 2)"},
    "prior(exponential(1), class = sd, group = user, coef = Intercept)": {
        "sd_user[Intercept]": "exponential(1)"
    },
    "prior(exponential(1), class = sd, group = user, coef = directionright)": {
        "sd_user[direction[right]]": "exponential(1)"
    },
    "prior(lkj(2), class = cor)": {"corr_user": "lkj(2)"},
    'set_prior("lkj_corr_cholesky(2)", class = "L")': {"corr_user": "lkj_corr_cholesky(2)"},
    "prior(normal(0, 3), class = sigma)": {"sigma": "normal(0, 3)"},
    "c(prior(normal(0, 1), class = b), prior(normal(0, 2), class = sd))": {
        "b": "normal(0, 1)",
        "sd_user": "normal(0, 2)",
    },
    "prior(normal(0, 1), class = b) + prior(normal(0, 2), class = sd)": {
        "b": "normal(0, 1)",
        "sd_user": "normal(0, 2)",
    },
}

RESULTS = {
    "fixef(fm)": "print(fm.fixef())",
    "suppressWarnings(m <- lm(y ~ x, d))\nm": 'm = mw.Model("y ~ x", d).fit(seed=1)\nprint(m)',
    "m <- suppressWarnings(lm(y ~ x, d))": 'm = mw.Model("y ~ x", d).fit(seed=1)',
    "m <- glmmTMB(y ~ x, d)\nfixef(m)$cond": (
        'm = mw.Model("y ~ x", d).fit(seed=1)\nprint(m.fixef())'
    ),
    'fixef(fm)["Days"]': 'print(fm.fixef().loc["Days", "estimate"])',
    'fixef(fm)[["(Intercept)"]]': 'print(fm.fixef().loc["Intercept", "estimate"])',
    "fixef(fm)[2]": 'print(fm.fixef()["estimate"].iloc[1])',
    "exp(fixef(gm))": 'print(np.exp(gm.fixef()["estimate"]))',
    "ranef(fm)$Subject": "print(fm.ranef())",
    'ranef(fm)$Subject[["(Intercept)"]]': (
        'print(fm.ranef().query(\'effect == "Intercept"\')["estimate"])'
    ),
    "coef(fm)[[1]]": "print(fm.coef())",
    "coef(wm)": "print(wm.fixef())",
    "coef(summary(fm))": "print(fm.fixef())",
    "s <- summary(fm)\ns$coefficients": "s = fm\nprint(s.fixef())",
    "as.data.frame(VarCorr(fm))": "print(fm.VarCorr())",
    "sigma(fm)^2": 'print(fm.summary().loc["sigma", "estimate"] ** 2)',
    "summary(fm)": "print(fm)",
    "print(fm)": "print(fm)",
    "fm": "print(fm)",
    "logLik(fm)": "print(fm.mode(flat=True).log_likelihood)",
    "logLik(fm, REML = FALSE)": "print(fm.mode(flat=True, reml=False).log_likelihood)",
    "logLik(gm)": "print(gm.mode(flat=True, nodes=1).log_likelihood)",
    "isSingular(fm)": "print(fm.mode(flat=True).singular)",
    "confint(fm)": 'print(fm.summary()[["lower", "upper"]])',
    "predict(fm)": 'print(fm.predictions(groups="existing"))',
    "predict(fm, newdata = d, re.form = NA)": "print(fm.predictions(d))",
    "predict(fm, d, re.form = ~0)": "print(fm.predictions(d))",
    "predict(fm, d, allow.new.levels = TRUE)": ('print(fm.predictions(d, groups="new", seed=1))'),
    "predict(gm, d, re.form = NA)": 'print(gm.predictions(d, kind="linear"))',
    'predict(gm, d, type = "response")': 'print(gm.predictions(d, groups="existing"))',
    "d$p <- predict(wm, d)": 'd["p"] = wm.predictions(d)["estimate"].to_numpy()',
    "predict(bm)": 'print(bm.predictions(kind="response", groups="existing", seed=1))',
    "fitted(bm, re_formula = NA)": "print(bm.predictions())",
    "posterior_epred(bm, newdata = d)": ('print(bm.predictions(d, groups="existing").draws)'),
    'hypothesis(bm, "blockb2 > 0")': 'print(bm.hypothesis("block[b2] > 0"))',
    'hypothesis(bm, "blockb2 - blockb3 = 0")': (
        'print(bm.hypothesis("block[b2] - block[b3] = 0"))'
    ),
    'hypothesis(bm, c("blockb2 > 0", "exp(Intercept) < 2 * blockb3:directionright"))': (
        "print(\n"
        '    bm.hypothesis(["block[b2] > 0", "exp(Intercept) < 2 * block[b3]:direction[right]"])'
        "\n)"
    ),
    'hypothesis(bm, "Intercept > 1", class = "sd", group = "user")': (
        'print(bm.hypothesis("sd_user[Intercept] > 1"))'
    ),
    'hypothesis(bm, "sd_user__Intercept > 2 * sigma", class = NULL)': (
        'print(bm.hypothesis("sd_user[Intercept] > 2 * sigma"))'
    ),
    "loo(bm)": "print(bm.loo())",
    "loo(bm, fm)": 'print(mw.compare({"bm": bm, "fm": fm}))',
    "loo_compare(loo(bm), loo(fm))": 'print(mw.compare({"bm": bm, "fm": fm}))',
    'kfold(bm, group = "user")': 'print(bm.loo(group="user"))',
    "bridge_sampler(bm)": "print(bm.evidence())",
    "bayes_factor(bm, fm)": 'print(mw.compare({"bm": bm, "fm": fm}, by="evidence"))',
    'bm <- add_criterion(bm, "loo")\nfixef(bm)': "print(bm.fixef())",
    "bayes_R2(bm)": "print(bm.r2())",
    "prior_summary(bm)": "print(bm.spec.priors.frame)",
    "get_prior(y ~ x, d)": 'print(mw.Model("y ~ x", d).priors)',
    "plot(bm)": 'bm.plot.trace().savefig("bm_trace.png")',
    'rr <- ranef(fm, condVar = TRUE)\nlattice::dotplot(rr)[["Subject"]]': (
        'rr = fm.ranef()\nfm.plot.ranef().savefig("fm_ranef.png")'
    ),
    "dotplot(ranef(fm))": 'fm.plot.ranef().savefig("fm_ranef.png")',
    "pp_check(bm)": 'bm.plot.predictive().savefig("bm_predictive.png")',
    'conditional_effects(bm, "block:direction")': (
        'bm.means("block", by="direction").plot().savefig("bm_by_block.png")'
    ),
    "conditional_effects(cm)": (
        'cm.means("recipe").plot().savefig("cm_by_recipe.png")\n'
        'cm.means("temperature").plot().savefig("cm_by_temperature.png")'
    ),
    'ranef(fm)$Subject["308", "Days"]': (
        """print(fm.ranef().query('level == "308" and effect == "Days"')["estimate"].item())"""
    ),
    'ranef(fm)$Subject["308", ]': """print(fm.ranef().query('level == "308"'))""",
    "vc <- as.data.frame(VarCorr(fm))\nvc$sdcor": 'vc = fm.VarCorr()\nprint(vc["estimate"])',
    "s <- summary(fm)\ncoef(s)": "s = fm\nprint(s.fixef())",
    "str(ranef(fm))": "fm.ranef().info()",
    "post <- as_draws_df(bm)\nmean(post$b_blockb2 > 0)": (
        "post = bm.posterior\n"
        'print((post["b"].sel(effect="block[b2]").to_numpy().ravel() > 0).mean())'
    ),
    "x <- posterior_samples(bm)$sd_user__Intercept": (
        'x = bm.posterior["sd_user"].sel(user_effect="Intercept").to_numpy().ravel()'
    ),
    "x <- as.data.frame(bm)$sigma": 'x = bm.posterior["sigma"].to_numpy().ravel()',
    "nb <- glmmTMB(y ~ x + (1 | g), d, family = nbinom2)\nsigma(nb)": (
        'nb = mw.Model("y ~ x + (1 | g)", d, family="negativebinomial").fit(seed=1)\n'
        'print(nb.summary().loc["alpha", "estimate"])'
    ),
    "vcov(fm)": 'print(fm.posterior["b"].to_series().unstack().cov())',
    "ngrps(fm)": "print({b.factor: len(b.levels) for b in fm.spec.design.blocks})",
    "nobs(fm)": "print(fm.spec.design.n)",
    "r <- resid(fm)": (
        'r = fm.spec.response.values - fm.predictions(groups="existing")["estimate"]'
    ),
}

ESTIMATES = {
    "emmeans(wm, ~ wool)": 'print(wm.means("wool"))',
    'emmeans(wm, "wool")': 'print(wm.means("wool"))',
    'emmeans(wm, c("wool", "tension"))': 'print(wm.means(["wool", "tension"]))',
    "emmeans(wm, ~ wool * tension)": 'print(wm.means(["wool", "tension"]))',
    "emmeans(wm, ~ wool | tension)": 'print(wm.means("wool", by="tension"))',
    'emmeans(wm, "wool", by = "tension")': 'print(wm.means("wool", by="tension"))',
    "emmeans(wm, ~ 1)": "print(wm.means(None))",
    'emmeans(wm, ~ wool, weights = "proportional")': (
        'print(wm.means("wool", weights="proportional"))'
    ),
    "emmeans(fm, ~ Days, at = list(Days = c(0, 9)))": (
        'print(fm.means("Days", at={"Days": [0, 9]}))'
    ),
    "emmeans(gm, ~ period)": 'print(gm.means("period", scale="link"))',
    'emmeans(gm, ~ period, type = "response")': 'print(gm.means("period"))',
    'emmeans(gm, ~ period, type = "resp")': 'print(gm.means("period"))',
    'emmeans(wm, ~ wool, weights = "prop")': 'print(wm.means("wool", weights="proportional"))',
    "summary(emmeans(wm, ~ wool))$emmean": 'print(wm.means("wool")["estimate"])',
    "as.data.frame(emm)$emmean": 'print(emm.to_frame()["estimate"])',
    'pairs(regrid(emmeans(gm, ~ period), "response"))': (
        'print(gm.contrasts("pairwise", of="period", compare="difference"))'
    ),
    "emmeans(wm, pairwise ~ wool)": (
        'print(wm.means("wool"))\nprint(wm.means("wool").contrasts("pairwise"))'
    ),
    "e <- emmeans(wm, pairwise ~ wool | tension)\ne$contrasts": (
        'e = wm.means("wool", by="tension")\n'
        'e_contrasts = e.contrasts("pairwise")\nprint(e_contrasts)'
    ),
    "pairs(emm)": 'print(emm.contrasts("pairwise"))',
    "pairs(emm, reverse = TRUE)": 'print(emm.contrasts("revpairwise"))',
    "pairs(emm, by = NULL)": 'print(emm.contrasts("pairwise", by=[]))',
    'pairs(emm, simple = "wool")': 'print(emm.contrasts("pairwise", by="tension"))',
    "pairs(emmeans(wm, ~ tension | wool))": (
        'print(wm.contrasts("pairwise", of="tension", by="wool"))'
    ),
    "emmeans(wm, ~ wool) |> pairs() |> confint()": ('print(wm.contrasts("pairwise", of="wool"))'),
    'contrast(emm, "trt.vs.ctrl", ref = 2)': 'print(emm.contrasts("reference(M)"))',
    'contrast(emm, "trt.vs.ctrl", ref = "H")': 'print(emm.contrasts("reference(H)"))',
    'contrast(emm, method = "consec")': 'print(emm.contrasts("sequential"))',
    "contrast(emm)": 'print(emm.contrasts("eff"))',
    "contrast(emm, list(ends = c(1, 0, -1), mid = c(1, -2, 1) / 2))": (
        'print(emm.contrasts({"ends": [1, 0, -1], "mid": [0.5, -1, 0.5]}))'
    ),
    "con <- list(ends = c(1, 0, -1), mid = c(1, -2, 1))\ncontrast(emm, con)": (
        'con = {"ends": [1, 0, -1], "mid": [1, -2, 1]}\nprint(emm.contrasts(con))'
    ),
    'contrast(emmeans(wm, ~ wool * tension), interaction = c("pairwise", "consec"))': (
        'print(wm.contrasts(of=["wool", "tension"], interaction=["pairwise", "sequential"]))'
    ),
    'contrast(emmeans(gm, ~ period), "consec", type = "response")': (
        'print(gm.contrasts("sequential", of="period"))'
    ),
    'lg <- emmeans(gm, ~ period)\ncontrast(lg, "consec", type = "response")': (
        'lg = gm.means("period", scale="link")\nprint(gm.contrasts("sequential", of="period"))'
    ),
    'emtrends(fm, ~ 1, var = "Days")': 'print(fm.slopes("Days"))',
    'emtrends(bm, ~ block | direction, var = "x")': None,
    "regrid(emmeans(gm, ~ period))": 'print(gm.means("period"))',
    "pairs(regrid(emmeans(gm, ~ period)))": (
        'print(gm.contrasts("pairwise", of="period", compare="difference"))'
    ),
    'emmeans(gm, ~ period, regrid = "response")': ('print(gm.means("period", average="response"))'),
    'lg <- emmeans(gm, ~ period)\nsummary(lg, type = "response")': (
        'lg = gm.means("period", scale="link")\nprint(gm.means("period"))'
    ),
    'lp <- pairs(emmeans(gm, ~ period))\nconfint(lp, type = "response")': (
        'lp = gm.contrasts("pairwise", of="period", scale="link")\n'
        'print(gm.contrasts("pairwise", of="period"))'
    ),
    "as.data.frame(emm)": "print(emm.to_frame())",
    "plot(emm)": 'emm.plot().savefig("emm_plot.png")',
    "emmip(fm, ~ Days, at = list(Days = c(0, 9)))": (
        'fm.means("Days", at={"Days": [0, 9]}).plot().savefig("fm_means.png")'
    ),
    "emmip(wm, wool ~ tension)": ('wm.means("tension", by="wool").plot().savefig("wm_means.png")'),
}

DATA = {
    'e <- read.csv2("e.csv")': 'e = pd.read_csv("e.csv", sep=";", decimal=",")',
    'e <- read.table("e.txt", header = TRUE)': r'e = pd.read_csv("e.txt", sep=r"\s+")',
    'e <- read.table("e.txt")': r'e = pd.read_csv("e.txt", sep=r"\s+", header=None)',
    'e <- readr::read_tsv("e.tsv", skip = 2)': (r'e = pd.read_csv("e.tsv", sep="\t", skiprows=2)'),
    'e <- read.csv(file.path("a", "b.csv"), na.strings = c("", "-"))': (
        'e = pd.read_csv("a/b.csv", na_values=["", "-"])'
    ),
    'e <- readxl::read_excel("e.xlsx", sheet = 2)': 'e = pd.read_excel("e.xlsx", sheet_name=1)',
    "data(cbpp)\nhead(cbpp)": "print(cbpp.head(6))",
    "cake <- lme4::cake": 'cake = mw.load_data("cake")',
    "d$a <- factor(d$a)": 'd["a"] = pd.Categorical(d["a"])',
    "d$a <- as.factor(d$a)": 'd["a"] = pd.Categorical(d["a"])',
    'd[["a"]] <- factor(d$a, levels = c("lo", "hi"), labels = c("Low", "High"))': (
        'd["a"] = pd.Categorical(d["a"], ["lo", "hi"]).rename_categories(["Low", "High"])'
    ),
    'd$a <- factor(d$a, levels = c("lo", "hi"), ordered = TRUE)': (
        'd["a"] = pd.Categorical(d["a"], ["lo", "hi"], ordered=True)'
    ),
    "d$a <- ordered(d$a)\nd$b <- factor(d$a, ordered = FALSE)": (
        'd["a"] = pd.Categorical(d["a"], ordered=True)\n'
        'd["b"] = pd.Categorical(d["a"], ordered=False)'
    ),
    'cake$recipe <- relevel(cake$recipe, ref = "C")': (
        'cake["recipe"] = pd.Categorical(cake["recipe"], ["C", "A", "B"])'
    ),
    "cake$recipe <- relevel(cake$recipe, 2)": (
        'cake["recipe"] = pd.Categorical(cake["recipe"], ["B", "A", "C"])'
    ),
    'd$a <- relevel(factor(d$a), ref = "z")': (
        'd["a"] = pd.Categorical(d["a"], ["z", *pd.Categorical(d["a"]).categories.drop("z")])'
    ),
    'levels(d$a) <- c("x", "y")': ('d["a"] = pd.Categorical(d["a"]).rename_categories(["x", "y"])'),
    'levels(d$a)[levels(d$a) == "x"] <- "y"': (
        'd["a"] = pd.Categorical(d["a"]).rename_categories({"x": "y"})'
    ),
    'levels(warpbreaks$wool)[2] <- "C"': (
        'warpbreaks["wool"] = pd.Categorical(warpbreaks["wool"]).rename_categories({"B": "C"})'
    ),
    "levels(cake$recipe)": 'print(["A", "B", "C"])',
    "d$z <- log(d$x) / 2 + d$x^2": 'd["z"] = np.log(d["x"]) / 2 + d["x"] ** 2',
    "d$z <- scale(d$x)[, 1]": 'd["z"] = (d["x"] - d["x"].mean()) / d["x"].std()',
    'd$z <- ifelse(d$x > 2 & !is.na(d$y), "a", "b")': (
        'd["z"] = np.where((d["x"] > 2) & ~pd.isna(d["y"]), "a", "b")'
    ),
    "d$z <- cut(d$x, c(0, 1, 5), labels = c('s', 'm'))": (
        'd["z"] = pd.cut(d["x"], [0, 1, 5], labels=["s", "m"], ordered=False)'
    ),
    "d$z <- cut(d$x, c(0, 1, 5))": (
        'd["z"] = pd.cut(d["x"], [0, 1, 5], labels=["(0,1]", "(1,5]"], ordered=False)'
    ),
    "d$z <- cut(d$x, 3)": 'd["z"] = pd.Categorical(pd.cut(d["x"], 3), ordered=False)',
    "d$z <- cut(d$x, c(0, 1, 5), labels = c('s', 'm'), ordered_result = TRUE)": (
        'd["z"] = pd.cut(d["x"], [0, 1, 5], labels=["s", "m"])'
    ),
    "d$z <- cut(d$x, c(0, 1, 5), labels = FALSE)": (
        'd["z"] = pd.cut(d["x"], [0, 1, 5], labels=False) + 1'
    ),
    'names(d)[2] <- "x"': 'd = d.rename(columns={d.columns[1]: "x"})',
    'colnames(d)[colnames(d) == "a"] <- "b"': 'd = d.rename(columns={"a": "b"})',
    'names(cake)[1] <- "rep"\nsummary(cake$rep)': (
        'cake = cake.rename(columns={"replicate": "rep"})\nprint(cake["rep"].describe())'
    ),
    "d <- mutate(d, z = x + 1, z = factor(z))": (
        'd = d.assign(z=d["x"] + 1).assign(z=lambda frame: pd.Categorical(frame["z"]))'
    ),
    'e <- data.frame(x = 1, g = "a")': 'e = pd.DataFrame({"x": [1], "g": ["a"]})',
    'e <- read.csv("e.csv", colClasses = c(id = "factor", x = "numeric"))': (
        'e = pd.read_csv("e.csv", dtype={"id": "category"})'
    ),
    'e <- read.csv("e.csv", fileEncoding = "latin1")': (
        'e = pd.read_csv("e.csv", encoding="latin1")'
    ),
    'data(Oats, package = "nlme")\nstr(Oats)': 'Oats = pd.read_csv("Oats.csv")\nOats.info()',
    "epilepsy <- brms::epilepsy": 'epilepsy = pd.read_csv("epilepsy.csv")',
    "d$z <- NULL": 'd = d.drop(columns="z")',
    "d$x[d$x == -9] <- NA": 'd.loc[d["x"] == -9, "x"] = np.nan',
    "d$n <- as.numeric(as.character(d$f))": 'd["n"] = d["f"].astype(str).astype(float)',
    'd$id <- paste(d$a, d$b, sep = "_")': (
        'd["id"] = d["a"].astype(str) + "_" + d["b"].astype(str)'
    ),
    "e <- subset(d, x > 2, select = c(x, y))": 'e = d[d["x"] > 2][["x", "y"]]',
    "e <- d[d$x > 2, ]": 'e = d[d["x"] > 2]',
    'e <- d[d$g %in% c("a", "b"), c("x", "y")]': ('e = d[d["g"].isin(["a", "b"])][["x", "y"]]'),
    "e <- d": "e = d.copy()",
    "e <- d %>% filter(x > 2, y < 3) %>% mutate(z = x / 2, w = z + 1)": (
        'e = d[(d["x"] > 2) & (d["y"] < 3)].assign(\n'
        '    z=lambda frame: frame["x"] / 2, w=lambda frame: frame["z"] + 1\n)'
    ),
    "e <- mutate(d, and = x / 2)": 'e = d.assign(**{"and": d["x"] / 2})',
    "d %<>% filter(x > 2) %>% mutate(z = x / 2)": (
        'd = d[d["x"] > 2].assign(z=lambda frame: frame["x"] / 2)'
    ),
    "e <- transform(d, z = x / 2)": 'e = d.assign(z=d["x"] / 2)',
    "e <- within(d, { z <- x / 2 })": 'e = d.assign(z=d["x"] / 2)',
    "with(d, mean(x))": 'print(d["x"].mean())',
    "e <- data.frame(x = 0:3, g = 'a')": 'e = pd.DataFrame({"x": [0, 1, 2, 3], "g": "a"})',
    "e <- expand.grid(x = c(1, 2), g = c('a', 'b'))": (
        'e = pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["g", "x"]).to_frame(\n'
        '    index=False\n)[["x", "g"]]'
    ),
    "nrow(d)": "print(len(d))",
    'd$z <- ifelse(d$x > 2, "a", NA)': 'd["z"] = np.where(d["x"] > 2, "a", None)',
    'd$g <- relevel(factor(d$g), ref = "2")': (
        'd["g"] = pd.Categorical(d["g"], [2, *pd.Categorical(d["g"]).categories.drop(2)])'
    ),
    'd$g <- factor(d$g, levels = c("2", "1"))': 'd["g"] = pd.Categorical(d["g"], [2, 1])',
    'd$g <- factor(d$g, levels = c(2, 1))\nd$h <- relevel(d$g, ref = "1")': (
        'd["g"] = pd.Categorical(d["g"], [2, 1])\nd["h"] = pd.Categorical(d["g"], [1, 2])'
    ),
    "e <- cake[cake$temperature == 175, ]": 'e = cake[cake["temperature"] == "175"]',
    'e <- d[d$g == "2" & d$h != "b", ]': ('e = d[(d["g"].astype(str) == "2") & (d["h"] != "b")]'),
    'd$g <- factor(d$g, levels = c("0", "3+"))': 'd["g"] = pd.Categorical(d["g"], ["0", "3+"])',
    'e <- d[d$g %in% c("1", "x"), ]': 'e = d[d["g"].isin(["1", "x"])]',
    "e <- d[order(d$g, -d$x), ]": 'e = d.sort_values(["g", "x"], ascending=[True, False])',
    'e <- merge(d, cake, by = "id")': 'e = d.merge(cake, on="id")',
    'e <- d %>% left_join(cake, by = c("a", "b"))': (
        'e = d.merge(cake, on=["a", "b"], how="left")'
    ),
    "e <- rbind(d, cake)": "e = pd.concat([d, cake], ignore_index=True)",
    'd$z <- fct_relevel(d$a, "b")': (
        'd["z"] = pd.Categorical(d["a"], ["b", *pd.Categorical(d["a"]).categories.drop("b")])'
    ),
    'd <- mutate(d, z = case_when(x > 2 ~ "a", TRUE ~ "b"))': (
        'd = d.assign(z=np.select([d["x"] > 2], ["a"], default="b"))'
    ),
    "str(d)": "d.info()",
    "summary(d)": 'print(d.describe(include="all"))',
    "table(d$a)": 'print(d["a"].value_counts(sort=False))',
    "tapply(d$x, d$a, mean)": 'print(d["x"].groupby(d["a"], observed=True).mean())',
    "d %>% group_by(a) %>% summarize(m = mean(x), n = n())": (
        'print(\n    d.groupby("a", as_index=False, observed=True)'
        '.agg(m=("x", "mean"), n=("a", "size"))\n)'
    ),
    "d <- d %>% group_by(g) %>% mutate(c = x - mean(x, na.rm = TRUE), k = n()) %>% ungroup()": (
        "d = d.assign(\n"
        '    c=d["x"] - d.groupby("g", observed=True)["x"].transform("mean"),\n'
        '    k=d.groupby("g", observed=True)["g"].transform("size"),\n'
        ")"
    ),
    "e <- filter(d, x > 1) |> group_by(g, h) |> mutate(s = x / sd(x))": (
        'e = d[d["x"] > 1].assign(\n'
        '    s=lambda frame: frame["x"]'
        ' / frame.groupby(["g", "h"], observed=True)["x"].transform("std")\n'
        ")"
    ),
    "names(d) <- tolower(names(d))": "d.columns = d.columns.str.lower()",
    "View(d)": "print(d)",
    "e <- na.omit(d)": "e = d.dropna()",
    "d <- droplevels(d)": "d = d.copy()",
    'write.csv(d, "out.csv", row.names = FALSE)': 'd.to_csv("out.csv", index=False)',
}

PLAIN = {
    "x <- 2": "x = 2",
    "x <<- -1.5": "x = -1.5",
    "x <- 0x10L": "x = 16",
    'x <- "say \\"a\\""': "x = 'say \"a\"'",
    "x <- TRUE": "x = True",
    "x <- c('a', 'b')": 'x = ["a", "b"]',
    "x <- 1:4": "x = np.array([1, 2, 3, 4])",
    "x <- seq(0, 1, by = 0.25)": "x = np.array([0, 0.25, 0.5, 0.75, 1])",
    "x <- seq(0, 10, length.out = 101)": "x = np.linspace(0, 10, 101)",
    "x <- rep(c('a', 'b'), each = 2)": 'x = np.repeat(["a", "b"], 2)',
    "x <- c(1, 2)\ny <- x * 2": "x = np.array([1, 2])\ny = x * 2",
    "x <- 2; y <- (1 + x) * 3 - x^2 / 4": "x = 2\ny = (1 + x) * 3 - x**2 / 4",
    "y <- 7 %% 4 + 7 %/% 4": "y = 7 % 4 + 7 // 4",
    "y <- -2^2": "y = -(2**2)",
    "y <- sqrt(2) * pi": "y = np.sqrt(2) * np.pi",
    "y <- plogis(0.3)": "y = 1 / (1 + np.exp(-0.3))",
    "lambda <- 3; fm.1 <- lambda": "lambda_ = 3\nfm_1 = lambda_",
    "print <- 3": "print_ = 3",
    "a.b <- 1; a_b <- 2": "a_b = 1\na_b_2 = 2",
    "größe <- 2": "größe = 2",
    "x <- y <- 3": "y = 3\nx = y",
    "x <- cake$two <- 2 * cake$temp": ('cake["two"] = 2 * cake["temp"]\nx = cake["two"]'),
    "x <- y <- sleepstudy": "y = sleepstudy.copy()\nx = y.copy()",
    "(x <- 3)": "x = 3\nprint(x)",
    'cat("mean:", 3, "\\n")': 'print("mean:", 3)',
    'paste0("a", 1:2)': 'print(["a1", "a2"])',
    "mean(4)": "print(np.array(4).mean())",
    "mean(c(1, 3))": "print(np.array([1, 3]).mean())",
    "library(lme4); rm(list = ls())": "",
    "suppressPackageStartupMessages({ library(lme4); library(emmeans) })": "",
}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pair
        for table in (MODELS, RESULTS, ESTIMATES, DATA, PLAIN)
        for pair in table.items()
        if pair[1] is not None
    ],
)
def test_a_line_of_r_becomes_a_line_of_python(line, expected):
    assert python(line) == expected


@pytest.mark.parametrize(
    "line", [line for t in (MODELS, RESULTS, ESTIMATES) for line, made in t.items() if made is None]
)
def test_a_line_without_counterpart_stays_a_comment(line):
    assert python(line) == ""
    assert reasons(line)


@pytest.mark.parametrize(("prior", "expected"), PRIORS.items())
def test_priors_of_brms_go_to_mixwells_keys(prior, expected):
    line = f"m <- brm(y ~ block * direction + (direction | user), d, prior = {prior})"
    call = ast.parse(python(line)).body[0].value.func.value
    given = next(each.value for each in call.keywords if each.arg == "priors")
    assert ast.literal_eval(given) == expected


NOTES = {
    "lmer(y ~ x + (1 | g), d)": "one best estimate by REML",
    "lmer(y ~ x + (1 | g), d, REML = FALSE)": "likelihood; fit.mode(flat=True, reml=False)",
    "lmer(y ~ 1 + (1 | g), data = d)": "weakly informative priors",
    "glmer(y ~ x + (1 | g), d, poisson)": "Laplace's approximation; fit.mode(flat=True, nodes=1)",
    "glmer(y ~ x + (1 | g), d, poisson, nAGQ = 9)": "nAGQ = 9; fit.mode(flat=True, nodes=9)",
    "lm(y ~ x, d)": "least squares",
    "lmer(y ~ x + (x || g), d)": "if x is a factor, R keeps its levels' correlated",
    "lmer(breaks ~ wool + (wool || tension), warpbreaks)": "those of the levels of wool",
    "lmer(angle ~ temperature + (1 | replicate), cake)": "temperature[.L]",
    "lmer(y ~ x + (1 | g), d, control = lmerControl())": "control is left out",
    "lm(y ~ x, d, na.action = na.exclude)": "rows with gaps are dropped",
    "lm(y ~ my.x, d)": "dots (my.x); pandas does not",
    "brm(y ~ x, d)": "slopes Normal(0, 2.5 sd(y) / sd(x)), where brms has flat ones",
    "brm(y ~ x, d, prior = prior(normal(0, 1), class = Intercept))": '"Intercept_centered"',
    "brm(y | weights(w) ~ x, d)": "in brms they multiply the log-likelihood",
    "stan_glm(y ~ x, data = d, weights = w)": "in rstanarm they multiply the log-likelihood",
    "glmmTMB(y ~ x, d, weights = w)": "in glmmTMB they multiply the log-likelihood",
    "glmmTMB(y ~ x, d, dispformula = ~x)": "on log(sigma); glmmTMB's were on log(sigma^2)",
    "regrid(emmeans(lm(log(y) ~ x, d), ~ x))": "emmeans transforms them back",
    'e <- read.csv("e.csv", comment.char = "#")': "comment.char = has no counterpart",
    "glm(y ~ x, Gamma, d, weights = w)": "R's divide the dispersion",
    "stan_lmer(y ~ x + (1 | g), d, prior_covariance = decov(2))": (
        "prior_covariance = decov(2) is left out"
    ),
    "stan_lmer(y ~ x + (1 | g), d, prior = normal(0, 1, autoscale = TRUE))": "is left out",
    "brm(y ~ 0 + Intercept + x, d)": "0 + Intercept is the plain intercept",
    'e <- read.csv("e.csv")': "levels are sorted by character",
    "pairs(emmeans(lm(y ~ a, d), ~ a))": "not adjusted for the number of comparisons",
    'emmeans(lm(log(y) ~ a, d), ~ a, type = "response")': "emmeans transforms them back",
    "logLik(glmmTMB(y ~ x + (1 | g), d, family = nbinom2))": "the observed curvature",
    'hypothesis(brm(y ~ x, d), "x = 0")': "rope= says what is equal",
    "m <- lmer(y ~ x + (1 | g), d)\npredict(m, d, allow.new.levels = TRUE)": "drawn anew",
    "m <- brm(s | trials(n) ~ x, d, family = binomial)\nfitted(m)": "probabilities, where brms",
    "d$n <- as.numeric(d$f)": "gives the positions of levels",
}


@pytest.mark.parametrize(("line", "part"), NOTES.items())
def test_a_difference_is_told_where_it_applies(line, part):
    assert part in notes(f'd <- read.csv("d.csv")\n{line}')


QUIET = {
    "brm(y ~ x + (x || g), d)": "||",
    "lmer(y ~ x + (1 | g), sleepstudy)": "|| makes",
    "lmer(angle ~ temp + (1 | replicate), cake)": "[.L]",
    "lmer(Reaction ~ Days + (Days || Subject), sleepstudy)": "|| makes",
    "lm(y ~ x, d, weights = w)": "weights",
    "brm(y ~ x, d, prior = prior(normal(0, 1), class = b))": "Intercept_centered",
}


@pytest.mark.parametrize(("line", "part"), QUIET.items())
def test_a_difference_is_not_told_where_there_is_none(line, part):
    assert part not in notes(f'd <- read.csv("d.csv")\n{line}')


REASONS = {
    'e <- readRDS("e.rds")': "R's own format",
    'regrid(emmeans(gm, ~ period), transform = "log")': 'compare="ratio"',
    'emmeans(gm, ~ period, regrid = "log")': 'compare="ratio"',
    'emmeans(wm, ~ wool, weights = "flat")': "no counterpart",
    "as.data.frame(pairs(emm))$p.value": "no tests here",
    "test(emm)": "no p values",
    "simulate(fm)": "fit.ppc(seed=1)",
    "as.data.frame(fm)": "no counterpart",
    "as_draws_df(bm)$b_zzz": "zzz is no coefficient",
    "plot(resid(fm) ~ fitted(fm))": "Figures are left to you",
    "m <- lmer(y ~ s(x) + (1 | g), d)": "penalized smooth",
    "m <- brm(y ~ x + (1 | gr(g, by = a)), d)": "Name the grouping factor itself",
    "m <- brm(mvbind(y, z) ~ x, d)": "Fit one model for each response",
    "m <- brm(bf(y ~ a * exp(b), a + b ~ 1, nl = TRUE), d)": "Non-linear",
    "m <- brm(y ~ x, d, family = cumulative())": "ordinal families",
    "m <- brm(y ~ x, d, prior = prior(horseshoe(1)))": "There is no prior horseshoe",
    "m <- glm(y ~ x, quasipoisson, d)": "no family quasipoisson",
    "m <- glm(y ~ x, binomial('cauchit'), d)": "no link cauchit",
    "m <- glmmTMB(y ~ x, d, ziformula = ~1)": "Zero inflation",
    "m <- lmer(y ~ rms::rcs(x) + (1 | g), d)": "rcs() is no function that a formula knows",
    'm <- lm(as.formula(paste("y ~", v)), d)': "v (not made in the script",
    "m <- lme(y ~ x, random = ~ 1 | g, data = d)": "not available here",
    "anova(fm, cm)": 'mw.compare({"fm": fm, "cm": cm})',
    "AIC(fm)": "fm.loo()",
    "sigma(gm)": "has no residual sd",
    "logLik(bm)": "bm.loo()",
    "for (i in 1:3) print(i)": "Loops are left to you",
    "f <- function(x) x": "Functions are left to you",
    "if (TRUE) x <- 1": "Branches are left to you",
    "x <- rnorm(10)": "random numbers",
    "ggplot(d, aes(x, y)) + geom_point()": "Figures".lower(),
    "x <- some_package_function(d)": "some_package_function() has no counterpart",
    "attach(d)": "attach() is left out",
    "e <- transform(d, x = x / 2, z = x)": "a column that it makes",
    "e <- d |> group_by(g) |> mutate(r = rank(x))": "rank() within groups is left to you",
    ".within(x)": "no counterpart",
    "-data(cbpp)": "Arithmetic with data(cbpp)",
    'source("other.R")': "translate that one, too",
    "eval(parse(text = 'x'))": "computed code",
    'hypothesis(bm, "zzz > 0")': "zzz is no coefficient",
    "lm(y ~ x, fm)": "fm is no data frame",
}


@pytest.mark.parametrize(("line", "part"), REASONS.items())
def test_what_cannot_be_translated_stays_with_its_reason(line, part):
    made = translate(f"{START}\n{line}")
    assert part in made.untranslated[0].reason
    assert made.untranslated[0].line == START.count("\n") + 2
    assert f"# R: {line}" in made.python or f"# Needs {line}" in made.python


def test_what_depends_on_a_line_left_out_stands_in_comments_ready_to_be_used():
    made = translate('d <- readRDS("d.rds")\nm <- lmer(y ~ x + (1 | g), d)\nfixef(m)')
    assert bare(made.python) == []
    assert '# m = mw.Model("y ~ x + (1 | g)", d).fit(seed=1)' in made.python
    assert "# Needs d (line 1, not translated):" in made.python
    assert [left.line for left in made.untranslated] == [1, 2, 3]


def test_a_frame_that_the_script_does_not_make_is_read_from_a_file_that_r_writes():
    made = translate("m <- lmer(y ~ x + (1 | g), d)\nmean(e$x)")
    assert bare(made.python) == [
        'd = pd.read_csv("d.csv")',
        'm = mw.Model("y ~ x + (1 | g)", d).fit(seed=1)',
        'e = pd.read_csv("e.csv")',
        'print(e["x"].mean())',
    ]
    assert 'in R, write.csv(d, "d.csv", row.names = FALSE)' in made.notes[0].text


def test_a_value_that_the_script_does_not_make_is_needed():
    made = translate("x <- sqrt(z)")
    assert "# Needs z (not made in the script, no dataset of mixwell):" in made.python


def test_columns_of_a_frame_that_is_lost_are_not_named_besides():
    script = 'd <- readRDS("d.rds")\nd$z <- d$x / 2\nlm(y ~ z, d)'
    assert "# Needs d (line 1, not translated):" in translate(script).python


def test_a_lost_column_is_all_that_is_lost():
    script = 'd <- read.csv("d.csv")\nd$z <- ave(d$x, d$g)\nlm(y ~ x, d)\nlm(y ~ z, d)'
    made = translate(script)
    assert 'print(mw.Model("y ~ x", d).fit(seed=1))' in made.python.splitlines()
    assert '# Needs d["z"] (line 2, not translated):' in made.python


def test_a_table_changed_in_place_by_a_line_left_out_is_lost():
    made = translate('d <- read.csv("d.csv")\nd[, z := x / 2]\nlm(y ~ z, d)')
    assert "# Needs d (line 2, not translated):" in made.python


def test_what_was_left_out_is_set_apart_from_what_follows_a_line_that_becomes_nothing():
    made = translate("if (TRUE) x <- 1\nlibrary(lme4)\ny <- 2").python
    assert "Branches are left to you.\n\ny = 2" in made


def test_modules_of_lines_in_comments_are_imported_too():
    assert "import numpy as np" in translate("x <- sqrt(never_made)").python


def test_a_variable_is_there_again_once_it_is_made_anew():
    assert code('x <- readRDS("x")\nx <- 3\ny <- x') == ["x = 3", "y = x"]


def test_variables_made_in_a_loop_are_not_used_after_it():
    made = translate("for (i in 1:3) { x <- i }\ny <- x\n")
    assert bare(made.python) == []
    assert "# y = x" in made.python


def test_comments_stay_where_they_were():
    script = """# Title

library(lme4)   # the package
# about the model
fm <- lmer(Reaction ~ Days +  # inside
             (Days | Subject), sleepstudy)
x <- 2  # beside
# the end
"""
    lines = [line for line in translate(script).python.splitlines() if "Differs" not in line]
    kept = [line for line in lines if not line.startswith(("# -", "#   "))]
    assert kept == [
        "import mixwell as mw",
        "",
        "# Title",
        "",
        "# the package",
        "# about the model",
        "# inside",
        'sleepstudy = mw.load_data("sleepstudy")',
        'fm = mw.Model("Reaction ~ Days + (Days | Subject)", sleepstudy).fit(seed=1)',
        "x = 2  # beside",
        "# the end",
    ]


def test_a_comment_belongs_to_the_statement_before_it():
    made = translate("x <- 1; y <- 2 # both\nf <- function() {\n  # inside\n}\n# after")
    assert bare(made.python) == ["x = 1", "y = 2  # both"]
    assert made.python.count("# inside") == 1
    assert made.python.endswith("# after\n")


def test_the_same_differences_are_spelled_out_once():
    made = translate("a <- lm(breaks ~ wool, warpbreaks)\nb <- lm(breaks ~ tension, warpbreaks)")
    assert made.python.count("weakly informative") == 1
    assert "# Differs from R as above: posterior instead of least squares" in made.python
    assert len(made.notes) == 4


def test_data_in_a_script_are_written_in_full_lines():
    made = bare(translate(f"x <- c({', '.join(map(str, range(100, 160)))})").python)
    assert len(made) == 8
    assert max(map(len, made)) <= 88


def test_imports_are_those_that_are_used():
    assert translate("x <- 2").python == "import mixwell as mw\n\nx = 2\n"
    assert "import pandas as pd" in translate("d <- read.csv('d.csv')").python


def test_broken_r_is_told_with_line_column_and_caret():
    with pytest.raises(RSyntaxError) as caught:
        translate("x <- 1\ny <- lmer(a ~ b,, +\n")
    assert isinstance(caught.value, mw.FormulaError)
    assert "line 2" in str(caught.value)
    assert "^" in str(caught.value)


RMD = """---
title: A report
---

Some *words*.

```{r fit}
x <- 2
x
```

More words.

```{r, eval=FALSE}
y <- 3
```
"""


def test_a_document_keeps_its_prose_and_counts_its_lines():
    made = translate(RMD.replace("x <- 2", "x <- mystery()"), suffix=".Rmd")
    assert "# Some *words*." in made.python
    assert "# y <- 3" in made.python
    assert made.untranslated[0].line == 8


def test_an_error_in_a_document_has_the_line_of_the_document():
    with pytest.raises(RSyntaxError, match="line 8"):
        translate(RMD.replace("x <- 2", "x <- )"), suffix=".Rmd")


def test_a_notebook_has_prose_as_markdown_and_shows_the_last_value():
    notebook = translate(RMD, suffix=".Rmd").notebook()
    nbformat.validate(nbformat.from_dict(notebook))
    cells = [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]
    assert ("code", "x = 2\nx") in cells
    assert ("markdown", "More words.") in cells


def test_a_notebook_of_a_script_has_a_cell_for_each_paragraph():
    notebook = translate("# Title\n\nx <- 1\nx\n\ny <- 2\n").notebook()
    sources = ["".join(cell["source"]) for cell in notebook["cells"]]
    assert sources == ["import mixwell as mw", "# Title\n\nx = 1\nx", "y = 2"]


def test_the_result_tells_what_it_is():
    made = translate("x <- 1\ny <- z\n", source="a.R")
    assert str(made) == made.python
    assert "1 untranslated" in repr(made)
    assert made.source == "a.R"


def test_bytes_of_any_encoding_are_read():
    assert "größe = 2" in translate("größe <- 2".encode("latin-1")).python


def test_a_coding_cookie_in_a_comment_is_not_one_of_the_file():
    made = translate("# -*- coding: unknown-8 -*-\nx <- 1").python
    compile(made.encode(), "made", "exec")


# ---- what runs ---------------------------------------------------------------------------------
RUNNING = """
library(lme4); library(emmeans)
fm <- lmer(Reaction ~ Days + (Days | Subject), sleepstudy)
ll <- logLik(fm)
slope <- fixef(fm)["Days"]
people <- ranef(fm)$Subject[["Days"]]
nd <- data.frame(Days = c(0, 9))
nd$p <- predict(fm, nd, re.form = NA)
two <- expand.grid(Days = 0:1, Subject = c("308", "309"))
known <- predict(fm, two)
rms <- sqrt(mean(resid(fm)^2))
both <- fixef(fm)["Days"] * 2 + sigma(fm)
warpbreaks$tension <- relevel(warpbreaks$tension, ref = "M")
levels(warpbreaks$wool)[2] <- "C"
warp <- subset(warpbreaks, breaks < 60)
wm <- lm(breaks ~ wool * tension, warp, contrasts = list(wool = contr.sum))
emm <- emmeans(wm, pairwise ~ tension | wool)
own <- contrast(emm$emmeans, list(ends = c(1, 0, -1)))
ix <- contrast(emmeans(wm, ~ wool * tension), interaction = c("pairwise", "consec"))
tr <- emtrends(fm, ~ 1, var = "Days")
hyp <- hypothesis(wm, "tensionL > 0")
wide <- warp %>% group_by(wool) %>% summarize(m = mean(breaks), n = n())
"""


def test_a_translation_runs_and_its_numbers_are_those_of_r(monkeypatch):
    few = mw.Model.fit
    monkeypatch.setattr(
        mw.Model, "fit", lambda model, **given: few(model, draws=200, chains=2, seed=1)
    )
    made = translate(RUNNING)
    assert made.untranslated == ()
    names: dict = {}
    exec(compile(made.python, "made", "exec"), names)
    assert names["ll"] == pytest.approx(-871.8141, abs=1e-3)  # R: logLik(fm)
    assert names["slope"] == pytest.approx(10.467, abs=1.0)  # R: fixef(fm)
    assert len(names["people"]) == 18
    assert names["nd"]["p"].tolist() == pytest.approx([251.4, 345.6], abs=6)
    assert len(names["known"]) == 4
    assert names["rms"] == pytest.approx(23.4, abs=1)
    assert names["warp"]["tension"].cat.categories.tolist() == ["M", "L", "H"]
    assert names["emm_contrasts"]["contrast"].tolist()[:2] == ["M - L", "M - H"]
    assert len(names["own"]) == 2
    assert len(names["ix"]) == 2
    assert names["hyp"]["hypothesis"].tolist() == ["tension[L] > 0"]
    assert names["wide"].columns.tolist() == ["wool", "m", "n"]


# ---- the tables of names agree with the product ------------------------------------------------
def test_every_function_that_a_formula_may_call_is_known_to_the_design():
    from mixwell.design.atoms.evaluation import CALLS as FUNCTIONS
    from mixwell.formula.left_side import ADDITIONS
    from mixwell.r.translation.formulas import CALLS

    known = {*FUNCTIONS, *ADDITIONS}
    spelled = {name for name in known if not name.startswith("np.")} | {"cbind"}
    assert spelled == {name for name in CALLS if not name.startswith("contr.")}


def test_families_and_links_are_those_of_the_product():
    from mixwell.families.family import FAMILIES
    from mixwell.r.translation.families import FAMILIES as R_FAMILIES
    from mixwell.r.translation.families import LINKS

    assert {name: family.links for name, family in FAMILIES.items()} == LINKS
    assert {name for name, _ in R_FAMILIES.values()} <= set(FAMILIES)


def test_columns_of_shipped_data_are_those_that_load():
    from mixwell.r.translation.shipped import shipped

    for name in mw.list_data()["name"]:
        columns = shipped(name)[1].columns
        frame = mw.load_data(name)
        assert list(columns) == list(frame)
        for column, known in columns.items():
            categorical = frame[column].dtype == "category"
            assert categorical == (known.kind in ("factor", "ordered"))
            if categorical:
                assert list(frame[column].cat.categories) == list(known.levels)


# ---- anything at all ---------------------------------------------------------------------------
def undefined(script: str) -> set[str]:
    """Return the names that a script reads before it makes them."""
    made, missing = set(dir(builtins)), set()
    for statement in ast.parse(script).body:
        nodes = list(ast.walk(statement))
        local = {node.arg for node in nodes if isinstance(node, ast.arg)}
        local |= {node.target.id for node in nodes if isinstance(node, ast.comprehension)}
        names = [node for node in nodes if isinstance(node, ast.Name)]
        read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
        missing |= read - made - local
        made |= {node.id for node in names if isinstance(node.ctx, ast.Store)}
        for node in nodes:
            if isinstance(node, ast.Import):
                made |= {alias.asname or alias.name for alias in node.names}
    return missing


def check_anything(text: str) -> None:
    try:
        made = translate(text)
    except RSyntaxError:
        return
    compile(made.python.encode(), "made", "exec")
    assert undefined(made.python) == set()
    nbformat.validate(nbformat.from_dict(made.notebook()))
    json.dumps(made.notebook())


@settings(max_examples=150, deadline=None)
@given(st.text())
@example("\x00")
@example("# \ud800\x00\x0c")
@example('x <- "\\u0000"')
def test_no_text_is_too_odd(text):
    check_anything(text)


VERBS = """
lmer glmer brm lm glm stan_glmer glmmTMB emmeans contrast pairs emtrends hypothesis predict fixef
ranef coef VarCorr summary factor relevel levels data.frame subset filter mutate within c list seq
rep paste mean log scale ifelse set_prior prior bf as.formula reformulate update loo plot head
conditional_effects read.csv expand.grid set.seed options contr.sum ref_grid as.data.frame confint
logLik print cat
"""
ARGUMENTS = """
data family prior by at var class levels x method interaction simple weights type specs subset
contrasts ref formula newdata
"""
ATOMS = (
    *("1", "-2L", '"a"', "x", "d", "fm", "wm", "emm", "NULL", "TRUE", "NA", "", "f(x)", "d$x"),
    *("y ~ x + (x | g)", "~ tension | wool", "pairwise ~ wool", "d[d$x > 1, ]", 'd[["x"]]'),
)
TARGETS = (
    *("", "", "x <- ", "d$z <- ", "d <- ", "fm <- ", "emm <- ", "names(d) <- ", "levels(d$a) <- "),
    *("contrasts(d$a) <- ", "d[d$x > 1, 'x'] <- ", "levels(d$a)[2] <- ", "for (i in 1:2) x <- "),
)
OPERATORS = ("+", "-", "*", "^", "==", "<", "%in%", "|>", "%>%", ":", "&", "$")


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return calls of what is inside, with and without names of arguments, and operations."""
    named = st.builds("{} = {}".format, st.sampled_from(ARGUMENTS.split()), inner)
    arguments = st.lists(inner | named, max_size=4).map(", ".join)
    called = st.builds("{}({})".format, st.sampled_from(VERBS.split()), arguments)
    return called | st.builds("{} {} {}".format, inner, st.sampled_from(OPERATORS), inner)


VALUES = st.recursive(st.sampled_from(ATOMS), compound, max_leaves=6)
STATEMENTS = st.builds("{}{}".format, st.sampled_from(TARGETS), VALUES)


@settings(max_examples=250, deadline=None)
@given(st.lists(STATEMENTS, min_size=1, max_size=4))
def test_no_script_is_too_odd(statements):
    check_anything(f"{START}\n" + "\n".join(statements))


def test_nothing_is_ever_run(tmp_path):
    path = tmp_path / "made"
    script = (
        f'system("touch {path}")\nfile.create("{path}")\nwriteLines("a", "{path}")\n'
        f'x <- eval(parse(text = "file.create(\'{path}\')"))\nlm(y ~ file.create("{path}"), d)\n'
        f'd <- read.csv(pipe("touch {path}"))\n'
    )
    translate(script)
    assert not path.exists()


def test_deep_nesting_is_no_crash():
    check_anything("x <- " + "(" * 60 + "1" + ")" * 60)
    check_anything("x <- " + " + ".join(["1"] * 5000))
    check_anything("lm(y ~ " + " + ".join(f"x{k}" for k in range(2000)) + ", d)")
    check_anything("x" + " |> f()" * 1000)


def test_the_translator_brings_neither_pandas_nor_pymc_along():
    script = (
        "import sys, mixwell.r\n"
        "mixwell.r.translate('m <- brm(y ~ x, cake, prior = prior(normal(0, 1)))')\n"
        "print([n for n in ('pandas', 'numpy', 'scipy', 'pymc', 'xarray') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_a_translation_is_the_text_of_a_program():
    made = translate("x <- 2  # two")
    assert made == made.python == str(made)
    assert "x = 2" in made
    found: dict[str, object] = {}
    exec(made, found)
    assert found["x"] == 2
    assert repr(made).startswith("Translation: ")


def test_another_width_of_intervals_is_said():
    script = "emmeans(wm, ~ tension, level = 0.9)\nfixef(bm, probs = c(0.1, 0.9))\npairs(emm)"
    said = notes(START + script)
    assert 'level = 0.9 is left out: arviz.rcParams["stats.ci_prob"] = 0.9 sets the width.' in said
    assert "probs = c(0.1, 0.9) is left out" in said
    assert "intervals hold 89%, R's 95%" in said
    assert "alpha = 0.1 is left out: " in notes(
        START + 'hypothesis(bm, "Intercept > 0", alpha = 0.1)'
    )
