"""Cases of other kinds: bad input, R's scripts and verbs, the command line, figures, files."""

import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import mixwell as mw

from .fits import EXACT, FITS, QUICK
from .frames import table
from .record import DRAWS, ROOT, Record

Ask = Callable[[], Any]


def _model(formula: Any, data: Any = "lab", family: Any = "gaussian", **choices: Any) -> Any:
    return mw.Model(formula, table(data) if isinstance(data, str) else data, family, **choices)


def _fit(formula: Any = "y ~ x + (1 | g)", **fitting: Any) -> Any:
    return _model(formula).fit(**{**EXACT, **fitting})


_PRIOR = "y ~ x + (x | g)"
FORMULAS = (
    "y ~ xx + (1 | g)", "yy ~ x", "y ~ x + (1 | gg)", "y ~ x +", "y ~ (x", "y x", "y ~ x z", "",
    "y ~ x + (1 | g", "y ~ x + (1 || )", "y ~ s(x)", "y ~ gp(x)", "y ~ x + mo(o)", "y ~ poly(x)",
    "y ~ lgo(x)", "y ~ x$z", "y ~ x[1]", "y ~ x + (1 | mm(g, h))", "y | cen(censored) ~ x",
    "mvbind(y, z) ~ x", "y ~ x + ar(1)", "y ~ C(a, sums)", "y ~ log(z)", "y ~ x ~ z", "y ~ 'x'",
    "y ~ ns(x, df = -1)", "y ~ odd name", "a ~ x", "y ~ (1 | x)", "y ~ x + offset(a)",
    "y ~ x^1.5", "y ~ %in% a", "y ~ a %in% ", "y ~ x; import os", "~ x", "y ~ .", "y ~ 0",
)  # fmt: skip

_BAD_MODELS: dict[str, Ask] = {
    **{f"formula: {formula}": lambda f=formula: _model(f) for formula in FORMULAS},
    "family unknown": lambda: _model("y ~ x", family="gausian"),
    "family of no kind": lambda: _model("y ~ x", family=3),
    "family absent": lambda: _model("y ~ x", family="zero_inflated_poisson"),
    "link unknown": lambda: _model("y ~ x", link="logg"),
    "link of another family": lambda: _model("s ~ x", family="poisson", link="logit"),
    "counts with halves": lambda: _model("y ~ x", family="poisson"),
    "gamma below zero": lambda: _model("z ~ x", family="gamma"),
    "beta above one": lambda: _model("y ~ x", family="beta"),
    "bernoulli of three": lambda: _model("a ~ x", family="bernoulli"),
    "binomial without trials": lambda: _model("s ~ x", family="binomial"),
    "more successes than trials": lambda: _model("n | trials(s) ~ x", family="binomial"),
    "addition of another family": lambda: _model("flag | se(error) ~ x", family="bernoulli"),
    "cens and trunc": lambda: _model("y | cens(censored) + trunc(lb = 0) ~ x"),
    "prior key": lambda: _model(_PRIOR, priors={"xx": "Normal(0, 1)"}),
    "prior name": lambda: _model(_PRIOR, priors={"x": "Norml(0, 1)"}),
    "prior scale": lambda: _model(_PRIOR, priors={"x": "Normal(0, -1)"}),
    "prior number": lambda: _model(_PRIOR, priors={"x": 3}),
    "prior of sd": lambda: _model(_PRIOR, priors={"sd_g": "Normal(0, 30)"}),
    "prior of corr": lambda: _model(_PRIOR, priors={"corr_g": "Normal(0, 1)"}),
    "prior unread": lambda: _model(_PRIOR, priors={"x": "Normal(0, 1"}),
    "prior arguments": lambda: _model(_PRIOR, priors={"x": "Normal(0, 1, 2, 3)"}),
    "prior twice": lambda: _model(
        _PRIOR, priors={"Intercept": "Normal(0, 1)", "Intercept_centered": "Normal(0, 1)"}
    ),
    "coding unknown": lambda: _model("y ~ a", contrasts={"a": "sums"}),
    "coding of no column": lambda: _model("y ~ a", contrasts={"aa": "sum"}),
    "coding shape": lambda: _model("y ~ a", contrasts={"a": [[0, 1], [1, 0]]}),
    "weights unknown": lambda: _model("y ~ x", weights="ww"),
    "weights below zero": lambda: _model("y ~ x", weights=-np.ones(96)),
    "weights too few": lambda: _model("y ~ x", weights=[1, 2]),
    "missing": lambda: _model("y ~ x", missing="dropp"),
    "missing refused": lambda: _model("y ~ x", "gaps", missing="error"),
    "no rows": lambda: _model("y ~ x", table("lab").head(0)),
    "one row": lambda: _model("y ~ x", table("lab").head(1)),
    "data of no kind": lambda: _model("y ~ x", 3),
    "parameter unknown": lambda: _model(["y ~ x", "sigmaa ~ x"]),
    "parameter of another family": lambda: _model(["y ~ x", "kappa ~ x"]),
    "formulas none": lambda: _model([]),
    "dataset unknown": lambda: mw.load_data("slepstudy"),
    "file unknown": lambda: mw.load("nothing.nc"),
}
_BAD_FITS: dict[str, Ask] = {
    "engine": lambda: _fit(engine="exactly"),
    "parameterization": lambda: _fit(engine="nuts", parameterization="centerd"),
    "factor": lambda: _fit(engine="nuts", parameterization={"gg": "centered"}),
    "draws": lambda: _fit(draws=0),
    "chains": lambda: _fit(chains=-1),
    "tune": lambda: _fit(engine="nuts", tune=1.5),
    "target_accept": lambda: _fit(engine="nuts", target_accept=2.0),
    "option": lambda: _fit(engine="nuts", core=2),
    "exact for sigma": lambda: _fit(["y ~ x", "sigma ~ x"]),
    "exact for censored": lambda: _fit("y | cens(censored) ~ x"),
    "exact for truncated": lambda: _fit("y | trunc(lb = -9) ~ x"),
    "exact for many": lambda: _fit("y ~ x + (a * o | g)"),
    "exact for crossed": lambda: _model("s ~ x + (1 | g) + (1 | h)", family="poisson").fit(**EXACT),
    "exact for beta": lambda: _model("I(s / 20 + 0.01) ~ x", family="beta").fit(**EXACT),
    "improper sd": lambda: _model("y ~ 1 + (1 | b)", priors={"sd_b": "flat"}).fit(**EXACT),
    "separated": lambda: _model(
        "y ~ x", pd.DataFrame({"y": [0, 0, 0, 1, 1, 1], "x": [1.0, 2, 3, 4, 5, 6]}), "bernoulli",
        priors={"b": "flat", "Intercept": "flat"},
    ).fit(**EXACT),
    "means of nothing": lambda: _fit().means("nothing"),
    "means scale": lambda: _fit().means("x", scale="links"),
    "means groups": lambda: _fit().means("x", groups="somebody"),
    "means weights": lambda: _fit().means("x", weights="equally"),
    "means option": lambda: _fit().means("x", rop=0.1),
    "slopes of a factor": lambda: _fit("y ~ a + (1 | g)").slopes("a"),
    "comparisons kind": lambda: _fit().comparisons("x", kind="rato"),
    "predictions kind": lambda: _fit().predictions(kind="means"),
    "predictions without x": lambda: _fit().predictions(pd.DataFrame({"g": ["g1"]})),
    "hypothesis equality": lambda: _fit().hypothesis("x = 0"),
    "compare alone": lambda: mw.compare({"a": _fit()}),
    "compare by": lambda: mw.compare({"a": _fit(), "b": _fit()}, by="aic"),
    "compare responses": lambda: mw.compare({"a": _fit(), "b": _fit("z ~ x")}),
    "lml without sigma": lambda: _model("y ~ x + (1 | g)").log_marginal_likelihood(
        sd={"g": [1.0]}
    ),
    "lml": lambda: _model("y ~ x + (1 | g)").log_marginal_likelihood(sd={"g": [1.0]}, sigma=1.0),
    "lml by b": lambda: _model("s ~ x + (1 | g)", family="poisson").log_marginal_likelihood(
        sd={"g": [0.5]}, b=[1.0, 0.05], nodes=25
    ),
}  # fmt: skip

_BROKEN = (
    "x <- ", "lmer(y ~ x, d", "x = 'abc", "5 +* 3", "fit <- nlmer(y ~ x)", "m <- gam(y ~ s(x), d)",
    "m <- lmer(y ~ x + (1|g), data = d)\nanova(m)", "m <- brm(y ~ mo(x), d)",
    "library(lme4)\nm <- lmer(Reaction ~ Days + (Days|Subject), sleepstudy)\nplot(m)",
    "d %>% filter(x > 2) %>% lmer(y ~ x + (1 | g), data = .)", "", "# only a comment",
    "```{r}\nx <- 1\n```",
)  # fmt: skip


def record_errors(record: Record, asks: dict[str, Ask]) -> None:
    for name, ask in asks.items():
        record.attempt(name, ask)


def record_translations(record: Record, scripts: dict[str, bytes]) -> None:
    """Translate every R script of the tests, as text and as a notebook."""
    for name, text in scripts.items():
        suffix = Path(name.partition(" ")[0]).suffix
        made = record.attempt(name, lambda t=text, s=suffix: mw.r.translate(t, suffix=s))
        if made is not None:
            record.text(f"{name} repr", repr(made))
            record.attempt(f"{name} notebook", lambda m=made: str(m.notebook()))
    for text in _BROKEN:
        record.attempt(f"code: {text!r}", lambda t=text: mw.r.translate(t))


def scripts_of_tests() -> dict[str, bytes]:
    """Return all R scripts under tests/ by name; where two share one, with a number behind it."""
    found: dict[str, bytes] = {}
    paths = [p for s in (".R", ".Rmd", ".qmd") for p in (ROOT / "tests").rglob(f"*{s}")]
    for path in sorted(paths, key=lambda p: (p.name, p.read_bytes())):
        name, count = path.name, 2
        while name in found:
            name, count = f"{path.name} {count}", count + 1
        found[name] = path.read_bytes()
    return found


@cache
def _r_fit(name: str) -> Any:
    from mixwell import r

    few = {"draws": 150, "chains": 2, "seed": 1}
    cake = mw.load_data("cake").assign(temp=lambda d: d["temperature"].astype(str).astype(float))
    wool = mw.load_data("warpbreaks")
    task = "y ~ block * direction + (1 + direction | user)"
    herds = "cbind(incidence, size - incidence) ~ period + (1 | herd)"
    make: dict[str, Ask] = {
        "sleep": lambda: r.lmer(
            "Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"), **few
        ),
        "ml": lambda: r.lmer(
            "Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"), REML=False, **few
        ),
        "crossed": lambda: r.lmer(
            "diameter ~ 1 + (1 | plate) + (1 | sample)", mw.load_data("penicillin"), **few
        ),
        "nested": lambda: r.lmer("strength ~ 1 + (1 | batch/cask)", mw.load_data("pastes"), **few),
        "herds": lambda: r.glmer(herds, mw.load_data("cbpp"), family="binomial", **few),
        "quadrature": lambda: r.glmer(herds, mw.load_data("cbpp"), "binomial", nAGQ=9, **few),
        "baked": lambda: r.lmer("angle ~ recipe * temp + (1 | recipe:replicate)", cake, **few),
        "task": lambda: r.brm(
            task,
            mw.load_data("block_direction"),
            prior=[r.set_prior("normal(0, 1)"), r.set_prior("exponential(2)", class_="sd")],
            seed=1, iter=300, chains=2,
        ),
        "wool": lambda: r.glm("breaks ~ wool * tension", "poisson", wool, **few),
        "flat": lambda: r.lm("Reaction ~ Days", mw.load_data("sleepstudy"), **few),
        "nb": lambda: r.glmer_nb("breaks ~ tension + (1 | wool)", wool, **few),
        "tmb": lambda: r.glmmTMB(
            "incidence ~ period + (1 | herd)", mw.load_data("cbpp"), family="nbinom2", **few
        ),
        "stan": lambda: r.stan_lmer(
            "Reaction ~ Days + (1 | Subject)",
            mw.load_data("sleepstudy"),
            seed=1, iter=300, chains=2,
        ),
    }  # fmt: skip
    return make[name]()


_VERBS = (
    "summary", "fixef", "ranef", "coef", "VarCorr", "sigma", "predict", "fitted", "confint",
    "logLik", "isSingular", "prior_summary",
)  # fmt: skip
_R_FITS = (
    "sleep", "ml", "crossed", "nested", "herds", "quadrature", "baked", "task", "wool", "flat",
    "nb", "tmb", "stan",
)  # fmt: skip
_R_CALLS: dict[str, Callable[[Any], Any]] = {
    "emmeans(baked, ~ recipe)": lambda r: r.emmeans(_r_fit("baked"), "~ recipe"),
    "emmeans(baked, at)": lambda r: r.emmeans(_r_fit("baked"), "~ recipe", at={"temp": [175, 225]}),
    "emmeans(task, |)": lambda r: r.emmeans(_r_fit("task"), "~ block | direction"),
    "emmeans(task, pairwise)": lambda r: r.emmeans(_r_fit("task"), "pairwise ~ block"),
    "emmeans(herds, response)": lambda r: r.emmeans(_r_fit("herds"), "~ period", type="response"),
    "emmeans(wool, weights)": lambda r: r.emmeans(
        _r_fit("wool"), "~ tension", weights="proportional"
    ),
    "emtrends(baked)": lambda r: r.emtrends(_r_fit("baked"), "~ recipe", var="temp"),
    "pairs(task)": lambda r: r.pairs(r.emmeans(_r_fit("task"), "~ block | direction")),
    "pairs(reverse)": lambda r: r.pairs(r.emmeans(_r_fit("herds"), "~ period"), reverse=True),
    "pairs(response)": lambda r: r.pairs(r.emmeans(_r_fit("herds"), "~ period"), type="response"),
    "pairs(trends)": lambda r: r.pairs(r.emtrends(_r_fit("baked"), "~ recipe", var="temp")),
    "contrast(eff)": lambda r: r.contrast(r.emmeans(_r_fit("task"), "~ block"), "eff"),
    "contrast(trt)": lambda r: r.contrast(
        r.emmeans(_r_fit("task"), "~ block"), "trt.vs.ctrl", ref=2
    ),
    "contrast(poly)": lambda r: r.contrast(r.emmeans(_r_fit("wool"), "~ tension"), "poly"),
    "contrast(consec)": lambda r: r.contrast(r.emmeans(_r_fit("wool"), "~ tension"), "consec"),
    "contrast(interaction)": lambda r: r.contrast(
        r.emmeans(_r_fit("task"), "~ block * direction"), interaction="pairwise"
    ),
    "contrast(simple)": lambda r: r.contrast(
        r.emmeans(_r_fit("task"), "~ block * direction"), "pairwise", simple="direction"
    ),
    "contrast(adjust)": lambda r: r.contrast(
        r.emmeans(_r_fit("task"), "~ block"), "pairwise", adjust="tukey"
    ),
    "summary(emmeans)": lambda r: r.summary(r.emmeans(_r_fit("task"), "~ block")),
    "hypothesis": lambda r: r.hypothesis(_r_fit("task"), "blockb2 - blockb3 > 0"),
    "hypothesis(sd)": lambda r: r.hypothesis(
        _r_fit("task"), "directionright > 0.1", class_="sd", group="user"
    ),
    "hypothesis(typo)": lambda r: r.hypothesis(_r_fit("task"), "blokb2 > 0"),
    "logLik(REML)": lambda r: r.logLik(_r_fit("sleep"), REML=False),
    "predict(new)": lambda r: r.predict(
        _r_fit("sleep"), {"Days": [0, 9], "Subject": ["308", "309"]}, re_form="~0"
    ),
    "predict(response)": lambda r: r.predict(
        _r_fit("herds"), mw.load_data("cbpp").head(3), type="response"
    ),
    "predict(terms)": lambda r: r.predict(_r_fit("sleep"), type="terms"),
    "confint(half)": lambda r: r.confint(_r_fit("sleep"), "Days", level=0.5),
    "confint(typo)": lambda r: r.confint(_r_fit("sleep"), "days"),
    "get_prior": lambda r: r.get_prior(
        r.bf("y ~ block + (1 | user)", "sigma ~ direction"), mw.load_data("block_direction")
    ),
    "set_prior": lambda r: r.set_prior("normal(0, 1)", class_="b", coef="x"),
    "lmer(control)": lambda r: r.lmer(
        "Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"), control=1, **QUICK
    ),
    "glmer(family)": lambda r: r.glmer("incidence ~ period", mw.load_data("cbpp"), "binomal"),
    "glmmTMB(zi)": lambda r: r.glmmTMB("incidence ~ period", mw.load_data("cbpp"), ziformula="~1"),
    "glmmTMB(dispersion)": lambda r: r.glmmTMB(
        "Reaction ~ Days", mw.load_data("sleepstudy"), dispformula="~Days", engine="exact"
    ),
    "nothing": lambda r: r.nlmer,
    "fixef(number)": lambda r: r.fixef(3),
}


def record_verbs(record: Record) -> None:
    """Call R's verbs on fits of every kind."""
    from mixwell import r

    record.label("names", "\n".join(dir(r)))
    for name in _R_FITS:
        if record.attempt(name, lambda n=name: _r_fit(n)) is None:
            continue
        for verb in _VERBS:
            record.attempt(f"{verb}({name})", lambda v=verb, n=name: getattr(r, v)(_r_fit(n)))
    for name, call in _R_CALLS.items():
        record.attempt(name, lambda c=call: c(r))


_SEEDED = ["--seed", "1", "--draws", "150", "--chains", "2"]
_SLEEP = "Reaction ~ Days + (Days | Subject)"
COMMANDS: dict[str, list[str]] = {
    "nothing": [],
    "help": ["--help"],
    "version": ["--version"],
    "help of fit": ["fit", "--help"],
    "help of translate": ["translate", "--help"],
    "data": ["data"],
    "data of one": ["data", "cbpp"],
    "data unknown": ["data", "cbp"],
    "fit": ["fit", "sleepstudy", _SLEEP, *_SEEDED],
    "fit with choices": [
        "fit", "block_direction", "y ~ block * direction + (1 | user)", "--prior",
        "sd_user=HalfNormal(1)", "--prior", "b=Normal(0, 1)", "--contrast", "block=sum",
        "--engine", "exact", *_SEEDED,
    ],
    "fit of a family": [
        "fit", "cbpp", "incidence | trials(size) ~ period + (1 | herd)", "--family", "binomial",
        "--link", "probit", *_SEEDED,
    ],
    "fit to files": ["fit", "sleepstudy", _SLEEP, "--out", "results", *_SEEDED],
    "fit, few draws": ["fit", "sleepstudy", _SLEEP, "--draws", "5", "--chains", "1", "--seed", "1"],
    "fit, quiet": ["fit", "sleepstudy", _SLEEP, "--quiet", *_SEEDED],
    "formula unknown": ["fit", "sleepstudy", "Reaction ~ Dyas + (Days | Subject)"],
    "family unknown": ["fit", "sleepstudy", "Reaction ~ Days", "--family", "gausian"],
    "data unknown to fit": ["fit", "slepstudy", "Reaction ~ Days"],
    "file unknown": ["fit", "nothing.csv", "Reaction ~ Days"],
    "prior without =": ["fit", "sleepstudy", "Reaction ~ Days", "--prior", "b"],
    "option unknown": ["fit", "sleepstudy", "Reaction ~ Days", "--sed", "1"],
    "engine unknown": ["fit", "sleepstudy", "Reaction ~ Days", "--engine", "exac"],
    "exact refused": ["fit", "sleepstudy", "Reaction ~ Days", "sigma ~ Days", "--engine", "exact"],
    "translate": ["translate", "script.R"],
    "translate to a notebook": ["translate", "script.R", "--out", "script.ipynb"],
    "translate to nothing": ["translate", "script.R", "--out", "script.txt"],
    "translate nothing": ["translate", "nothing.R"],
    "translate broken": ["translate", "broken.R"],
    "command unknown": ["fitt"],
}  # fmt: skip


def record_commands(record: Record) -> None:
    """Run commands in a directory of their own; also what files they leave there."""
    from typer.testing import CliRunner

    from mixwell.cli import app

    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            Path("script.R").write_text(
                "library(lme4)\nm <- lmer(Reaction ~ Days + (Days|Subject), sleepstudy)\n"
                "VarCorr(m)\nplot(m)\n"
            )
            Path("broken.R").write_text("m <- lmer(Reaction ~ Days\n")
            for name, command in COMMANDS.items():
                done = CliRunner().invoke(app, command)
                record.text(f"{name}: status", done.exit_code)
                record.text(f"{name}: output", done.stdout)
                record.text(f"{name}: errors", done.stderr)
                if done.exception and not isinstance(done.exception, SystemExit):
                    record.text(f"{name}: raised", repr(done.exception))
            left = sorted(str(p.relative_to(folder)) for p in Path(folder).rglob("*"))
            record.text("files", "\n".join(left))
            record.text("summary.csv", Path("results/summary.csv").read_text())
            record.take("draws.nc", mw.load("results/draws.nc").idata, DRAWS)
        finally:
            os.chdir(here)


def record_datasets(record: Record) -> None:
    record.take("list_data", mw.list_data())
    for name in mw.list_data()["name"]:
        data = mw.load_data(name)
        record.take(name, data)
        kinds = {c: list(data[c].cat.categories) for c in data if hasattr(data[c], "cat")}
        record.label(f"{name} levels", kinds)
    record.label("names", "\n".join(mw.__all__))


def record_files(record: Record) -> None:
    """Save fits, load them, compare them, make them again."""
    made = {
        name: FITS[f"fit/{name}"].model().fit(**EXACT)
        for name in ("sleepstudy", "sleepstudy-intercepts", "sleepstudy-objects", "cbpp", "task")
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, fit in made.items():
            path = Path(folder) / f"{name}.nc"
            record.attempt(f"save {name}", lambda f=fit, p=path: f.save(p).name)
            again = record.attempt(f"load {name}", lambda p=path: mw.load(p))
            if again is not None:
                record.take(f"{name} loaded", again.idata, DRAWS)
                record.text(f"{name} spec", again.spec)
                record.attempt(f"{name} refit", lambda a=again: a.refit(draws=50).summary())
        record.attempt("save nowhere", lambda: made["cbpp"].save(Path(folder) / "no" / "a.nc"))
    two = {name: made[name] for name in ("sleepstudy", "sleepstudy-intercepts")}
    record.attempt("compare", lambda: mw.compare(two))
    record.attempt("compare(evidence)", lambda: mw.compare(two, by="evidence"))
    record.attempt("compare(group)", lambda: mw.compare(two, group="Subject"))


def record_bambi(record: Record) -> None:
    """Hand models over to bambi: its formula, its terms, what is lost."""
    names = (
        "sleepstudy", "sleepstudy-texts", "cbpp", "task-sums", "cake-codings", "lab-splines",
        "gaussian-weights", "eight_schools", "gamma-inverse", "student-weights", "sigma-declined",
    )  # fmt: skip
    for name in names:
        model = FITS[f"fit/{name}"].model()

        def hand_over(model: mw.Model = model) -> str:
            theirs = model.to_bambi()
            return f"{theirs}\n{theirs.formula}\n{theirs.family}"

        record.attempt(name, hand_over)


def record_figures(record: Record) -> None:
    """Draw figures and take down what stands in them: texts, and the numbers of lines and dots."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    sleep = FITS["fit/sleepstudy"].model().fit(**EXACT)
    task = FITS["fit/task"].model().fit(**EXACT)
    herds = FITS["fit/cbpp"].model().fit(**EXACT)
    asks: dict[str, Ask] = {
        "coefficients": lambda: task.plot.coefficients(),
        "coefficient": lambda: task.plot.coefficient("block[b2]:direction[right]"),
        "coefficient unknown": lambda: task.plot.coefficient("blok"),
        "ranef": lambda: sleep.plot.ranef(),
        "ranef(user)": lambda: task.plot.ranef("user", sort=False),
        "trace": lambda: sleep.plot.trace(),
        "rank": lambda: sleep.plot.rank(),
        "energy": lambda: sleep.plot.energy(),
        "autocorrelation": lambda: sleep.plot.autocorrelation(["sigma"]),
        "funnel": lambda: sleep.plot.funnel(),
        "running_mean": lambda: sleep.plot.running_mean(),
        "pair": lambda: sleep.plot.pair(["Days", "sigma"]),
        "prior_posterior": lambda: sleep.plot.prior_posterior(),
        "predictive": lambda: herds.plot.predictive(),
        "shrinkage": lambda: sleep.plot.shrinkage(effect="Days"),
        "means": lambda: task.means("block", by="direction").plot(),
        "contrasts": lambda: task.contrasts("pairwise", of="block").plot(),
        "odds": lambda: herds.contrasts("reference(1)", of="period").plot(),
        "slopes": lambda: sleep.slopes("Days").plot(),
    }
    for name, ask in asks.items():
        record.attempt(name, lambda a=ask: _drawn(a()))
        plt.close("all")


def _drawn(figure: Any) -> dict[str, Any]:
    figure = getattr(figure, "figure", None) or figure
    found: dict[str, Any] = {}
    for place, axes in enumerate(figure.axes):
        texts = [axes.get_title(), axes.get_xlabel(), axes.get_ylabel()]
        texts += [text.get_text() for text in axes.texts]
        texts += [label.get_text() for label in axes.get_yticklabels()]
        legend = axes.get_legend()
        texts += [text.get_text() for text in legend.get_texts()] if legend else []
        found[f"{place} texts"] = "\n".join(texts)
        for at, line in enumerate(axes.lines):
            xy = np.asarray(line.get_xydata(), dtype=float)
            found[f"{place} line {at}"] = xy
        for at, dots in enumerate(axes.collections):
            found[f"{place} collection {at}"] = np.asarray(dots.get_offsets(), dtype=float)
    return found


OTHERS: dict[str, Callable[[Record], None]] = {
    "errors/models": lambda record: record_errors(record, _BAD_MODELS),
    "errors/fits": lambda record: record_errors(record, _BAD_FITS),
    "r/verbs": record_verbs,
    "cli/commands": record_commands,
    "data/shipped": record_datasets,
    "files/saved": record_files,
    "bambi/handed-over": record_bambi,
    "figures/drawn": record_figures,
}
