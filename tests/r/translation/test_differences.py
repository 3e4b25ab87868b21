"""What is said of a call: where it differs from R, and why it has no counterpart."""

import pytest

from mixwell.r import translate

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
    "regrid(emmeans(lm(1/y ~ x, d), ~ x))": "emmeans leaves means on the scale of 1/y",
    'e <- read.csv("e.csv", comment.char = "#")': "comment.char = has no counterpart",
    "glm(y ~ x, Gamma, d, weights = w)": "R's divide the dispersion",
    "stan_lmer(y ~ x + (1 | g), d, prior_covariance = decov(2))": (
        "prior_covariance = decov(2) is left out"
    ),
    "stan_lmer(y ~ x + (1 | g), d, prior = normal(0, 1, autoscale = TRUE))": "is left out",
    "brm(y ~ 0 + Intercept + x, d)": "0 + Intercept is the plain intercept",
    'e <- read.csv("e.csv")': "levels are sorted by character",
    "pairs(emmeans(lm(y ~ a, d), ~ a))": "not adjusted for the number of comparisons",
    'emmeans(lm(I(log(y)) ~ a, d), ~ a, type = "response")': "on the scale of I(log(y))",
    'logLik(glmer(y ~ x + (1 | g), d, binomial("probit")))': "the expected curvature",
    'hypothesis(brm(y ~ x, d), "x = 0")': "rope= says what is equal",
    "m <- lmer(y ~ x + (1 | g), d)\npredict(m, d, allow.new.levels = TRUE)": "lme4 takes 0",
    "m <- brm(y ~ x + (1 | g), d)\nfitted(m, d, allow_new_levels = TRUE)": "sample_new_levels",
    "m <- brm(y ~ x + (1 | g), d)\nemmeans(m, ~ x, re_formula = NULL)": "re_formula = has no",
    "m <- brm(s | trials(n) ~ x, d, family = binomial)\nfitted(m)": "probabilities, where brms",
    "m <- brm(y ~ x, d)\nposterior_predict(m, ndraws = 50)": "ndraws = has no counterpart",
    "m <- brm(y ~ x, d)\npredict(m, robust = TRUE)": "robust = has no counterpart",
    'm <- brm(y ~ x + (1 | g), d)\npredict(m, d, sample_new_levels = "uncertainty")': (
        'sample_new_levels = "uncertainty" is left out'
    ),
    'm <- lmer(y ~ x + (1 | g), d)\nresid(m, type = "pearson")': "in standard deviations",
    'm <- glm(y ~ x, Gamma("log"), d)\nresid(m, type = "pearson")': "in standard deviations",
    "d$n <- as.numeric(d$f)": "gives the positions of levels",
}


@pytest.mark.parametrize(("line", "part"), NOTES.items())
def test_a_difference_is_noted_where_it_applies(notes, line, part):
    assert part in notes(f'd <- read.csv("d.csv")\n{line}')


QUIET = {
    "brm(y ~ x + (x || g), d)": "||",
    "lmer(y ~ x + (1 | g), sleepstudy)": "|| makes",
    "lmer(angle ~ temp + (1 | replicate), cake)": "[.L]",
    "lmer(Reaction ~ Days + (Days || Subject), sleepstudy)": "|| makes",
    "lm(y ~ x, d, weights = w)": "weights",
    'm <- glm(y ~ x, poisson, d)\nresid(m, type = "pearson")': "in standard deviations",
    'm <- lm(y ~ x, d)\nresid(m, type = "pearson", scaled = TRUE)': "in standard deviations",
    'm <- brm(y ~ x + (1 | g), d)\npredict(m, d, sample_new_levels = "gaussian")': "is left out",
    "brm(y ~ x, d, prior = prior(normal(0, 1), class = b))": "Intercept_centered",
}


@pytest.mark.parametrize(("line", "part"), QUIET.items())
def test_no_difference_is_noted_where_there_is_none(notes, line, part):
    assert part not in notes(f'd <- read.csv("d.csv")\n{line}')


REASONS = {
    'e <- readRDS("e.rds")': "R's own format",
    'regrid(emmeans(gm, ~ period), transform = "log")': 'compare="ratio"',
    'emmeans(gm, ~ period, regrid = "log")': 'compare="ratio"',
    'emmeans(wm, ~ wool, weights = "fast")': "no counterpart",
    "as.data.frame(pairs(emm))$p.value": "no tests here",
    "test(emm)": "no p values",
    "simulate(fm)": "fit.ppc(seed=1)",
    "as.data.frame(fm)": "no counterpart",
    "as_draws_df(bm)$b_zzz": "zzz is no coefficient",
    "plot(resid(fm) ~ fitted(fm))": "Figures are left to you",
    "m <- lmer(y ~ s(x) + (1 | g), d)": "penalized smooth",
    "m <- brm(y ~ x + (1 | gr(g, by = a)), d)": "Name the grouping factor itself",
    'm <- brm(y ~ x, d, categorical(refcat = "b"))': "the first level of the response",
    "m <- brm(bf(y ~ x, sigma ~ x) + bf(z ~ x), d)": "names its response",
    "m <- brm(bf(y ~ a * exp(b), a + b ~ 1, nl = TRUE), d)": "Non-linear",
    "m <- brm(y ~ x, d, family = frechet())": 'no family "frechet"',
    "m <- brm(y ~ x, d, prior = prior(horseshoe(1)))": "There is no prior horseshoe",
    "m <- brm(y ~ cs(x), d, cumulative())": "could cross",
    "m <- clm(y ~ x, nominal = ~ z, data = d)": "have it as cs(x)",
    "m <- clm(y ~ x, data = d, threshold = 'symmetric')": 'no thresholds "symmetric"',
    "m <- glm(y ~ x, quasipoisson, d)": 'no family "quasipoisson"',
    "m <- glm(y ~ x, Gamma('cauchit'), d)": "no link cauchit",
    "m <- glmmTMB(y ~ x, d, ziformula = ~1)": "ziformula = is not available",
    "m <- lmer(y ~ rms::rcs(x) + (1 | g), d)": "rcs() is no function that a formula knows",
    'm <- lm(as.formula(paste("y ~", v)), d)': "v (not made in the script",
    "m <- lme(y ~ x, random = ~ 1 | g, data = d)": "lme(): residuals that correlate",
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
def test_what_cannot_be_translated_stays_with_its_reason(start, line, part):
    made = translate(f"{start}\n{line}")
    assert part in made.untranslated[0].reason
    assert made.untranslated[0].line == start.count("\n") + 2
    assert f"# R: {line}" in made.python or f"# Needs {line}" in made.python


@pytest.mark.parametrize(
    "call",
    [
        "glmer(y ~ x + (1 | g), d, Gamma)",
        "glmer(y ~ x + (1 | g), d, gaussian(log))",
        "glmer(y ~ x + (1 | g), d, binomial, nAGQ = 0)",
        "glmmTMB(y ~ x + (1 | g), d, family = poisson, REML = TRUE)",
        "glmer(y ~ x + (1 | g), d, binomial(probit))",
        "glmer.nb(y ~ x + (1 | g), d)",
        "glmmTMB(y ~ x + (1 | g), d, weights = w)",
    ],
)
def test_estimates_of_r_are_claimed_only_where_they_are_the_same(notes, call):
    # lme4 1.1-31 and glmmTMB 1.1.5 differ from the mode here: tests/r/reference/estimates.R
    assert "has R's estimates" not in notes(f'd <- read.csv("d.csv")\nfit <- {call}')


@pytest.mark.parametrize(
    "call",
    [
        "glmer(y ~ x + (1 | g) + (1 | h), d, binomial)",
        "glmmTMB(y ~ x + (1 | g), d, family = nbinom2)",
        "glmmTMB(y ~ x + (1 | g), d, family = binomial(probit))",
        "glmmTMB(y ~ x + (1 | g), d, family = poisson)",
        "glmmTMB(y ~ x + (1 | g), d, REML = TRUE)",
    ],
)
def test_estimates_of_r_are_claimed_where_they_are_the_same(notes, call):
    assert "has R's estimates" in notes(f'd <- read.csv("d.csv")\nfit <- {call}')


@pytest.mark.parametrize(
    ("control", "allowed", "left_out"),
    [
        ('lmerControl(check.nobs.vs.nRE = "ignore", check.nobs.vs.nlev = "ignore")', True, False),
        ('lmerControl(check.nobs.vs.nRE = "warning", optimizer = "bobyqa")', True, True),
        ('lmerControl(check.nobs.vs.nRE = "stop")', False, False),
        ('lmerControl(optimizer = "bobyqa")', False, True),
    ],
)
def test_checks_of_saturated_random_effects_are_kept(control, allowed, left_out):
    script = f'd <- read.csv("d.csv")\nm <- lmer(y ~ x + (x | g), d, control = {control})'
    text = str(translate(script))
    assert ('saturated="allow"' in text) == allowed
    assert ("control is left out" in text) == left_out
