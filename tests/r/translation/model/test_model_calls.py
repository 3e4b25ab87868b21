"""Calls of R that fit a model, and the Python that they become."""

import ast

import pytest

import mixwell as mw

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
    "m <- brm(mvbind(y, z) ~ x + (1 | i | g), d)": (
        'm = mw.Model("mvbind(y, z) ~ x + (1 | i | g)", d).fit(seed=1)'
    ),
    "m <- brm(bf(y ~ x) + bf(z ~ 1) + set_rescor(FALSE), d)": (
        'm = mw.Model(["y ~ x", "z ~ 1"], d).fit(seed=1)'
    ),
    "m <- brm(bf(mvbind(y, z) ~ x) + set_rescor(TRUE), d)": (
        'm = mw.Model("mvbind(y, z) ~ x", d, rescor=True).fit(seed=1)'
    ),
    "m <- brm(mvbf(bf(y ~ x), bf(z ~ 1), rescor = TRUE), d)": (
        'm = mw.Model(["y ~ x", "z ~ 1"], d, rescor=True).fit(seed=1)'
    ),
    "m <- brm(mvbf(bf(y ~ x), bf(z ~ 1)), d)": ('m = mw.Model(["y ~ x", "z ~ 1"], d).fit(seed=1)'),
    "m <- clm(y ~ x, data = d, link = 'probit')": (
        'm = mw.Model("y ~ x", d, family="cumulative", link="probit").fit(seed=1)'
    ),
    "m <- brm(y ~ x + cs(z) + (1 | g), d, sratio('cloglog'))": (
        'm = mw.Model("y ~ x + cs(z) + (1 | g)", d, family="sratio", link="cloglog").fit(seed=1)'
    ),
    "m <- clm(y ~ x, data = d, threshold = 'equidistant')": (
        'm = mw.Model("y ~ x", d, family="cumulative_equidistant").fit(seed=1)'
    ),
    "m <- brm(y ~ x, d, acat(threshold = 'equidistant'), prior = prior(cauchy(0, 3), 'delta'))": (
        'm = mw.Model(\n    "y ~ x", d, family="acat_equidistant", '
        'priors={"spacing": "cauchy(0, 3)"}\n).fit(seed=1)'
    ),
    "m <- clm(y ~ x, scale = ~ z, data = d)": (
        'm = mw.Model(["y ~ x", "disc ~ z"], d, family="cumulative").fit(seed=1)'
    ),
    # clmm has these two links the other way round
    "m <- clmm(y ~ x + (1 | g), data = d, link = 'cloglog')": (
        'm = mw.Model("y ~ x + (1 | g)", d, family="cumulative", link="loglog").fit(seed=1)'
    ),
    "m <- polr(y ~ x, d, method = 'cloglog')": (
        'm = mw.Model("y ~ x", d, family="cumulative", link="cloglog").fit(seed=1)'
    ),
    "m <- brm(bf(y ~ x, disc ~ 0 + z), d, sratio('cauchit'))": (
        'm = mw.Model(["y ~ x", "disc ~ 0 + z"], d, family="sratio", link="cauchit").fit(seed=1)'
    ),
    "m <- multinom(y ~ x, d, Hess = TRUE)": (
        'm = mw.Model("y ~ x", d, family="categorical").fit(seed=1)'
    ),
    "m <- brm(bf(y ~ x, mub ~ 1), d, categorical(), prior = prior(normal(0, 1), dpar = mub))": (
        'm = mw.Model(\n    ["y ~ x", "mub ~ 1"], d, family="categorical", '
        'priors={"b_mub": "normal(0, 1)"}\n).fit(seed=1)'
    ),
    "m <- glmmTMB(y ~ x + (1 | g), d, family = nbinom2)": (
        'm = mw.Model("y ~ x + (1 | g)", d, family="negativebinomial").fit(seed=1)'
    ),
    "m <- glmmTMB(y ~ x + (1 | g), d, dispformula = ~x)": (
        'm = mw.Model(["y ~ x + (1 | g)", "sigma ~ x"], d).fit(seed=1)'
    ),
    "m <- glmmTMB(y ~ x + (1 | g), ziformula = ~x, data = d, family = poisson)": (
        'm = mw.Model(["y ~ x + (1 | g)", "zi ~ x"], d, family="zero_inflated_poisson").fit(\n'
        "    seed=1\n)"
    ),
    "m <- glmmTMB(y ~ x, zi = ~., data = d, family = truncated_nbinom2)": (
        'm = mw.Model(["y ~ x", "hu ~ x"], d, family="hurdle_negativebinomial").fit(seed=1)'
    ),
    "m <- glmmTMB(y ~ x, zi = ~1, disp = ~x, data = d, family = nbinom1)": (
        'm = mw.Model(["y ~ x", "phi ~ x"], d, family="zero_inflated_nbinom1").fit(seed=1)'
    ),
    'm <- glmmTMB(y ~ x, zi = ~1, data = d, family = ziGamma(link = "log"))': (
        'm = mw.Model("y ~ x", d, family="hurdle_gamma").fit(seed=1)'
    ),
    "m <- brm(bf(y ~ x, zi ~ x), d, family = zero_inflated_negbinomial())": (
        'm = mw.Model(["y ~ x", "zi ~ x"], d, family="zero_inflated_negativebinomial").fit(\n'
        "    seed=1\n)"
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


TRANSLATED = {line: made for line, made in MODELS.items() if made is not None}


@pytest.mark.parametrize(("line", "expected"), TRANSLATED.items())
def test_a_fit_of_r_becomes_a_line_of_python(python, line, expected):
    assert python(line) == expected


@pytest.mark.parametrize("line", sorted(MODELS.keys() - TRANSLATED.keys()))
def test_a_fit_without_counterpart_stays_a_comment(python, reasons, line):
    assert python(line) == ""
    assert reasons(line)


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


@pytest.mark.parametrize(("prior", "expected"), PRIORS.items())
def test_priors_of_brms_go_to_mixwells_keys(python, prior, expected):
    line = f"m <- brm(y ~ block * direction + (direction | user), d, prior = {prior})"
    call = ast.parse(python(line)).body[0].value.func.value
    given = next(each.value for each in call.keywords if each.arg == "priors")
    assert ast.literal_eval(given) == expected


def test_every_function_that_a_formula_may_call_is_known_to_the_design():
    from mixwell.design.atoms.evaluation import CALLS as FUNCTIONS
    from mixwell.formula.left_side import ADDITIONS
    from mixwell.r.translation.model.model_formulas import CALLS

    known = {*FUNCTIONS, *ADDITIONS} - {"T", "S"}  # bambi's
    spelled = {name for name in known if not name.startswith("np.")} | {"cbind", "Surv"}
    assert spelled == {name for name in CALLS if not name.startswith("contr.")}


@pytest.mark.parametrize("family", ["lognormal()", '"lognormal"'])
@pytest.mark.parametrize(
    ("verb", "theirs"), [("glmer", "lme4"), ("stan_glmer", "rstanarm"), ("glmmTMB", "glmmTMB")]
)
def test_a_family_that_another_package_lacks_or_takes_otherwise_is_refused(verb, theirs, family):
    script = f"fit <- {verb}(y ~ x + (1 | g), data = d, family = {family})"
    refused = " ".join(mw.r.translate(script).python.replace("# ", " ").split())
    said = f"The family lognormal is that of brms here: {theirs} lacks it or means other quantities"
    assert said in refused
    assert 'family="lognormal"' not in refused
    assert 'family="lognormal"' in mw.r.translate(script.replace(verb, "brm")).python


@pytest.mark.parametrize(
    ("coding", "expected"),
    [
        ("contr.sum(3)", '{"f": "sum"}'),
        ("contr.treatment(3, 2)", '{"f": mw.Treatment(2)}'),
        ("contr.treatment(3, base = 2)", '{"f": mw.Treatment(2)}'),
        ("contr.poly(3, c(1, 2, 4))", '{"f": mw.Poly([1, 2, 4])}'),
        ("contr.sum(3, contrasts = FALSE)", '{"f": "full"}'),
        ("contr.sum(3, contrasts = TRUE)", '{"f": "sum"}'),
        ("contr.dummy(3)", '{"f": "full"}'),
    ],
)
def test_a_call_of_a_coding_has_the_parameters_of_r(python, coding, expected):
    made = python(f"lm(y ~ f, d, contrasts = list(f = {coding}))")
    assert f"contrasts={expected}" in made.replace("\n", "").replace("    ", "")
