"""Calls of R on a fitted model, and the Python that they become."""

import pytest

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
    "predict(fm, d, allow.new.levels = TRUE)": 'print(fm.predictions(d, groups="mixed", seed=1))',
    "predict(cm, d, re.form = ~(1 | replicate:recipe))": (
        'print(cm.predictions(d, groups={"recipe:replicate": "existing"}))'
    ),
    "posterior_epred(bm, d, re_formula = ~(direction | user), allow_new_levels = TRUE)": (
        'print(bm.predictions(d, groups={"user": "mixed"}, seed=1).draws)'
    ),
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
    "performance::r2(bm)": "print(bm.r2())",
    "performance::r2(fm)": 'print(fm.r2("latent"))',
    "r2_nakagawa(gm)": 'print(gm.r2("latent"))',
    "icc(gm)": "print(gm.icc())",
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
    'r <- resid(fm, type = "pearson", scaled = TRUE)': (
        'r = fm.residuals(kind="pearson")["estimate"]'
    ),
    'r <- residuals(gm, type = "pearson")': 'r = gm.residuals(kind="pearson")["estimate"]',
    'r <- residuals(gm, type = "resp")': 'r = gm.residuals()["estimate"]',
    "r <- residuals(bm)": 'r = bm.residuals()["estimate"]',
    "r <- resid(fm)": 'r = fm.residuals()["estimate"]',
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
    "eff_size(emm, sigma = sigma(wm), edf = 48)": (
        'print(emm.contrasts("pairwise").standardized("sigma"))'
    ),
    'eff_size(emmeans(wm, ~ wool), sigma = 12.5, edf = Inf, method = "revpairwise")': (
        'print(wm.contrasts("revpairwise", of="wool").standardized(12.5))'
    ),
    'eff_size(pairs(emm), sigma = sigma(wm), edf = 48, method = "identity")': (
        'print(emm.contrasts("pairwise").standardized("sigma"))'
    ),
    'pairs(emm, adjust = "mvt")': 'print(emm.contrasts("pairwise", simultaneous=True))',
    'pairs(emm, simple = "wool", adjust = "mvt")': (
        'print(emm.contrasts("pairwise", by="tension", simultaneous=True))'
    ),
    'emmeans(wm, ~ wool, adjust = "mvt")': 'print(wm.means("wool", simultaneous=True))',
    "cld(emm)": "print(emm.letters(simultaneous=True))",
    'multcomp::cld(emm, Letters = letters, alpha = 0.1, adjust = "none", by = "wool")': (
        'print(emm.letters(by="wool", ci_prob=0.9))'
    ),
    'emmeans(wm, ~ wool, weights = "flat")': 'print(wm.means("wool", weights="flat"))',
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


CALLS = RESULTS | ESTIMATES
TRANSLATED = {line: made for line, made in CALLS.items() if made is not None}


@pytest.mark.parametrize(("line", "expected"), TRANSLATED.items())
def test_a_call_of_r_becomes_a_line_of_python(python, line, expected):
    assert python(line) == expected


@pytest.mark.parametrize("line", sorted(CALLS.keys() - TRANSLATED.keys()))
def test_a_call_without_counterpart_stays_a_comment(python, reasons, line):
    assert python(line) == ""
    assert reasons(line)


WIDTHS = {
    "emmeans(wm, ~ tension, level = 0.9)": 'print(wm.means("tension", ci_prob=0.9))',
    "summary(emm, level = 0.9)": "print(emm.with_interval(0.9))",
    "confint(pairs(emm), level = 0.9)": 'print(emm.contrasts("pairwise", ci_prob=0.9))',
    "pairs(emmeans(wm, ~ wool, level = 0.9))": (
        'print(wm.contrasts("pairwise", of="wool", ci_prob=0.9))'
    ),
    "emmeans(wm, pairwise ~ wool, level = 0.9)": (
        'print(wm.means("wool", ci_prob=0.9))\n'
        'print(wm.means("wool").contrasts("pairwise", ci_prob=0.9))'
    ),
    "plot(emm, level = 0.9)": 'emm.plot(ci_prob=0.9).savefig("emm_plot.png")',
    "confint(fm, level = 0.99)": 'print(fm.summary(ci_prob=0.99)[["lower", "upper"]])',
    "tidy(fm, conf.level = 0.9)": "print(fm.summary(ci_prob=0.9))",
    "fixef(bm, probs = c(0.1, 0.9))": "print(bm.fixef(ci_prob=0.8))",
    "bayes_R2(bm, probs = c(0.025, 0.975))": "print(bm.r2(ci_prob=0.95))",
    "fitted(bm, re_formula = NA, probs = c(0.1, 0.9))": "print(bm.predictions(ci_prob=0.8))",
    'hypothesis(bm, "Intercept > 0", alpha = 0.1)': (
        'print(bm.hypothesis("Intercept > 0", ci_prob=0.8))'
    ),
    'hypothesis(bm, "Intercept = 0", alpha = 0.1)': (
        'print(bm.hypothesis("Intercept = 0", ci_prob=0.9))'
    ),
}


@pytest.mark.parametrize(("line", "expected"), WIDTHS.items())
def test_a_width_of_intervals_becomes_ci_prob(python, notes, start, line, expected):
    assert python(line) == expected
    said = notes(start + line)
    assert "is left out" not in said
    assert "intervals hold 89%" not in said.partition(line)[2]


def test_another_width_of_intervals_is_said(notes, start):
    script = "fixef(bm, probs = c(0.1, 0.95))\nsummary(bm, prob = 0.9)\npairs(emm)"
    said = notes(start + script)
    assert "probs = c(0.1, 0.95) is left out: mw.options.ci_prob sets the width." in said
    assert "prob = 0.9 is left out: mw.options.ci_prob = 0.9 sets the width." in said
    assert "intervals hold 89%, R's 95%: mw.options.ci_prob sets the width." in said
    both = 'hypothesis(bm, c("Intercept > 0", "Intercept = 1"), alpha = 0.1)'
    assert "alpha = 0.1 is left out" in notes(start + both)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("resid(gm)", "deviance residuals"),
        ("eff_size(emmeans(gm, ~ period), sigma = sigma(gm), edf = Inf)", "no residual sd"),
        ("eff_size(emm)", "sigma = is missing"),
        ('resid(gm, type = "working")', "of this kind have no counterpart"),
        ("resid(fm, scaled = TRUE)", "only Pearson residuals are scaled"),
        ('fitted(bm, dpar = "sigma")', 'dpar = "sigma" asks for something'),
        ("predict(fm, random.only = TRUE)", "asks for something"),
    ],
)
def test_what_would_be_another_quantity_is_not_translated(python, reasons, line, why):
    assert python(line) == ""
    assert why in str(reasons(line))
