"""Cases that draw: models of the exact engine, and a few short runs of NUTS."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

import mixwell as mw

from .frames import LINKS, table
from .record import DRAWS, Record

Extra = Callable[[Any], Any]
QUICK = {"draws": 150, "chains": 2, "seed": 1, "progressbar": False}
EXACT = {"engine": "exact", **QUICK}
NUTS = {"engine": "nuts", **QUICK, "draws": 100, "tune": 100}


@dataclass(frozen=True)
class Asked:
    """A model, how it is drawn, and what else is asked of the fit; `choices` may be a function."""

    formula: str | list[str]
    data: str
    family: str = "gaussian"
    choices: Mapping[str, Any] | Callable[[], Mapping[str, Any]] = field(default_factory=dict)
    fitting: Mapping[str, Any] = field(default_factory=lambda: EXACT)
    extras: Mapping[str, Extra] = field(default_factory=dict)

    def model(self) -> mw.Model:
        choices = self.choices() if callable(self.choices) else self.choices
        return mw.Model(self.formula, table(self.data), self.family, **choices)


def record_model(record: Record, model: mw.Model) -> None:
    """Take down all that a model says before anything is drawn, and its design."""
    record.text("model", model)
    record.text("model.formula", model.formula)
    record.text("model.spec", model.spec)
    record.attempt("model.priors", lambda: model.priors)
    explained = record.attempt("model.explain", model.explain)
    if explained is not None and len(explained):
        names = list(explained.names)
        record.attempt("model.explain(first)", lambda: model.explain(names[0]))
        record.attempt("model.explain(last)", lambda: model.explain(names[-1]))
    record.attempt("model.geometry", model.geometry)
    design = model.design
    record.text("design", design)
    record.attempt("design.common", lambda: design.common)
    record.attempt("design.dropped", lambda: dict(design.dropped))
    for place, block in enumerate(design.blocks):
        stem = f"design.blocks[{place}]"
        record.text(stem, block)
        said = (block.factor, block.covariance, list(block.effects), list(map(str, block.levels)))
        record.label(f"{stem} parts", "\n".join(map(str, said)))
        record.attempt(f"{stem}.matrix", lambda b=block: b.matrix)
        record.attempt(f"{stem}.index", lambda b=block: b.index)


def record_fit(record: Record, asked: Asked) -> None:
    """Take down a model, its draws and all that every fit can be asked."""
    model = record.attempt("Model", asked.model)
    if model is None:
        return
    record_model(record, model)
    fit = record.attempt("fit", lambda: model.fit(**asked.fitting))
    if fit is None:
        return
    record.take("idata", fit.idata, DRAWS)
    record.label("fit.engine", "\n".join(f"{k}: {v}" for k, v in fit.engine.items()))
    for name in ("summary", "fixef", "ranef", "coef", "VarCorr", "explain", "diagnose", "report"):
        record.attempt(f"fit.{name}", getattr(fit, name))
    record.attempt("fit.diagnose, command", lambda: str(fit.diagnose().for_command_line()))
    few = pd.DataFrame(table(asked.data)).head(4)
    same: dict[str, Extra] = {
        "means(None)": lambda f: f.means(None),
        "predictions(few)": lambda f: f.predictions(few),
        "predictions(linear, existing)": lambda f: f.predictions(few, "linear", "existing"),
        "predictions(response, new)": lambda f: f.predictions(few, "response", "new", seed=3),
        "r2": lambda f: f.r2(),
        "icc": lambda f: f.icc(),
        "loo": lambda f: f.loo(),
        "evidence": lambda f: f.evidence(),
        "mode": lambda f: f.mode(),
        "mode(flat)": lambda f: f.mode(flat=True),
        "hypothesis": lambda f: f.hypothesis(f"{f.fixef().index[-1]} > 0"),
    }
    for name, ask in {**same, **asked.extras}.items():
        record.attempt(f"fit.{name}", lambda ask=ask: ask(fit))


def _priors() -> Mapping[str, Any]:
    import bambi
    import pymc as pm

    return {
        "priors": {
            "b": bambi.Prior("Normal", mu=0, sigma=15),
            "Intercept_centered": pm.Laplace.dist(300, 50),
            "sd_Subject": bambi.Prior("HalfNormal", sigma=30),
            "sigma": pm.Gamma.dist(2, 0.1),
        }
    }


def _steps() -> Mapping[str, Any]:
    return {"functions": {"above": lambda x, limit: (x - limit).clip(0)}}


_SLEEP = "Reaction ~ Days + (Days | Subject)"
_TASK = "y ~ block * direction + (1 + direction | user)"
_HERDS = "incidence | trials(size) ~ period + (1 | herd)"

_MEANS: dict[str, Extra] = {
    "means(block)": lambda f: f.means("block"),
    "means(block, by)": lambda f: f.means("block", by="direction"),
    "means(proportional)": lambda f: f.means("block", weights="proportional"),
    "means(existing)": lambda f: f.means("direction", groups="existing"),
    "means(new)": lambda f: f.means("direction", groups="new", seed=1),
    "means(rope)": lambda f: f.means("block", rope=0.1),
    "contrasts": lambda f: f.contrasts("pairwise", of="block", by="direction"),
    "contrasts(revpairwise)": lambda f: f.contrasts("revpairwise", of="block"),
    "contrasts(reference)": lambda f: f.contrasts("reference(b1)", of="block"),
    "contrasts(sequential)": lambda f: f.contrasts("sequential", of="block"),
    "contrasts(eff)": lambda f: f.contrasts("eff", of="block"),
    "contrasts(del.eff)": lambda f: f.contrasts("del.eff", of="block"),
    "contrasts(poly)": lambda f: f.contrasts("poly", of="block"),
    "contrasts(helmert)": lambda f: f.contrasts("helmert", of="block"),
    "contrasts(own)": lambda f: f.contrasts({"later - b1": [-1, 0.5, 0.5]}, of="block"),
    "contrasts(interaction)": lambda f: f.contrasts(
        of=["block", "direction"], interaction=["sequential", "revpairwise"]
    ),
    "contrasts(typo)": lambda f: f.contrasts("pairwize", of="block"),
    "contrasts(unknown)": lambda f: f.contrasts("pairwise", of="blok"),
    "comparisons": lambda f: f.comparisons("block", by="direction"),
    "means.contrasts": lambda f: f.means("block").contrasts("pairwise"),
    "means.hypothesis": lambda f: f.means("block").hypothesis("block[b3] > block[b1]"),
    "hypotheses": lambda f: f.hypothesis(
        ["block[b3] < block[b2]", "block[b2] = block[b3]"], rope=0.1
    ),
    "hypothesis(unknown)": lambda f: f.hypothesis("blok[b2] > 0"),
    "hypothesis(broken)": lambda f: f.hypothesis("block[b2] > "),
    "explain(one)": lambda f: f.explain("block[b2]:direction[right]"),
    "explain(unknown)": lambda f: f.explain("block[b9]"),
    "loo(user)": lambda f: f.loo(group="user"),
    "loo(unknown)": lambda f: f.loo(group="usr"),
}
_HERD_MEANS: dict[str, Extra] = {
    "means(period)": lambda f: f.means("period"),
    "means(link)": lambda f: f.means("period", scale="link"),
    "means(response averages)": lambda f: f.means(None, average="response"),
    "means(new)": lambda f: f.means("period", groups="new", seed=1),
    "contrasts": lambda f: f.contrasts("reference(1)", of="period"),
    "contrasts(difference)": lambda f: f.contrasts(
        "reference(1)", of="period", compare="difference"
    ),
    "comparisons(ratio)": lambda f: f.comparisons("period", kind="ratio"),
    "mode(laplace)": lambda f: f.mode(flat=True, nodes=1),
    "mode(25)": lambda f: f.mode(flat=True, nodes=25),
    "loo(herd)": lambda f: f.loo(group="herd"),
    "ppc": lambda f: f.ppc(seed=2),
}
_SLEEP_EXTRAS: dict[str, Extra] = {
    "slopes": lambda f: f.slopes("Days"),
    "slopes(data)": lambda f: f.slopes("Days", over="data"),
    "comparisons(step)": lambda f: f.comparisons("Days", step=(0, 9), kind="lift"),
    "comparisons(sd)": lambda f: f.comparisons("Days", step="sd"),
    "means(at)": lambda f: f.means("Days", at={"Days": [0, 4, 9]}),
    "means(quartiles)": lambda f: f.means("Days", at={"Days": "quartiles"}),
    "ppc": lambda f: f.ppc(seed=2),
    "mode(ml)": lambda f: f.mode(flat=True, reml=False),
    "loo(Subject)": lambda f: f.loo(group="Subject"),
    "predictions(unknown)": lambda f: f.predictions({"Days": [1], "Subject": ["999"]}),
    "predictions(new)": lambda f: f.predictions(
        {"Days": [0, 9], "Subject": ["zz", "zz"]}, "response", "new", seed=1
    ),
}
_REFIT: Extra = lambda f: f.refit(priors={"sd_Subject": "HalfNormal(20)"}).summary()  # noqa: E731
_CURVED: dict[str, Extra] = {
    "slopes(by)": lambda f: f.slopes("Days", by="Days", at={"Days": [0, 3, 6, 9]}),
    "comparisons": lambda f: f.comparisons("Days", step=1),
}
_LAB: dict[str, Extra] = {
    "means(a)": lambda f: f.means("a"),
    "contrasts(a)": lambda f: f.contrasts("pairwise", of="a"),
}


def _a(formula: str | list[str], data: str = "lab", family: str = "gaussian", **rest: Any) -> Asked:
    extras, fitting = rest.pop("extras", {}), rest.pop("fitting", EXACT)
    return Asked(formula, data, family, rest.pop("make", rest), fitting, extras)


FITS: dict[str, Asked] = {
    f"fit/{family}-{link}": _a(
        "y | trials(n) ~ x + a + (1 | g)" if family == "binomial" else "y ~ x + a + (1 | g)",
        f"sim {family} {link}",
        family,
        link=link,
        extras={**_LAB, "slopes": lambda f: f.slopes("x", scale="response")},
    )
    for family, links in LINKS.items()
    for link in links
    if family != "beta" or link == "logit"
}
FITS |= {
    "fit/sleepstudy": _a(_SLEEP, "sleepstudy", extras={**_SLEEP_EXTRAS, "refit": _REFIT}),
    "fit/sleepstudy-auto": _a(_SLEEP, "sleepstudy", fitting=QUICK),
    "fit/sleepstudy-intercepts": _a("Reaction ~ Days + (1 | Subject)", "sleepstudy"),
    "fit/sleepstudy-bars": _a("Reaction ~ Days + (Days || Subject)", "sleepstudy"),
    "fit/sleepstudy-poly": _a(
        "Reaction ~ poly(Days, 2) + (Days | Subject)", "sleepstudy", extras=_CURVED
    ),
    "fit/sleepstudy-ns": _a("Reaction ~ ns(Days, 3) + (1 | Subject)", "sleepstudy", extras=_CURVED),
    "fit/sleepstudy-flat": _a(
        _SLEEP, "sleepstudy", priors={"Intercept": "flat", "b": "flat", "sigma": "flat"}
    ),
    "fit/sleepstudy-texts": _a(
        _SLEEP,
        "sleepstudy",
        priors={
            "Days": "Normal(10, 5)",
            "Intercept": "Normal(250, 50)",
            "sd_Subject": "HalfNormal(30)",
            "sd_Subject[Days]": "Exponential(0.1)",
            "corr_Subject": "LKJ(2)",
            "sigma": "student_t(3, 0, 30)",
        },
    ),
    "fit/sleepstudy-bounds": _a(
        _SLEEP,
        "sleepstudy",
        priors={"sd_Subject[Intercept]": "Uniform(0, 60)", "Days": "Uniform(0, 15)"},
    ),
    "fit/sleepstudy-objects": _a(_SLEEP, "sleepstudy", make=_priors),
    "fit/sleepstudy-log": _a("log(Reaction) ~ scale(Days) + (1 | Subject)", "sleepstudy"),
    "fit/eight_schools": _a("effect | se(se) ~ 1 + (1 | school)", "eight_schools"),
    "fit/eight_schools-sigma": _a("effect | se(se, sigma = TRUE) ~ 1", "eight_schools"),
    "fit/penicillin": _a("diameter ~ 1 + (1 | plate) + (1 | sample)", "penicillin"),
    "fit/pastes": _a("strength ~ 1 + (1 | batch/cask)", "pastes"),
    "fit/cake": _a("angle ~ recipe * temperature + (1 | recipe:replicate)", "cake"),
    "fit/cake-codings": _a(
        "angle ~ recipe * temperature + (1 | replicate)",
        "cake",
        contrasts={"recipe": "sum", "temperature": "treatment"},
    ),
    "fit/task": _a(_TASK, "block_direction", extras=_MEANS),
    "fit/task-sums": _a(
        "y ~ block * direction + (block | user)",
        "block_direction",
        contrasts={"block": "helmert", "direction": "sum"},
    ),
    "fit/cbpp": _a(_HERDS, "cbpp", "binomial", extras=_HERD_MEANS),
    "fit/cbpp-cbind": _a(
        "cbind(incidence, size - incidence) ~ period + (1 | herd)", "cbpp", "binomial"
    ),
    "fit/cbpp-proportion": _a(
        "incidence / size ~ period + (1 | herd)", "cbpp", "binomial", weights="size"
    ),
    "fit/cbpp-offset": _a("incidence ~ period + offset(log(size)) + (1 | herd)", "cbpp", "poisson"),
    "fit/warpbreaks": _a("breaks ~ wool * tension", "warpbreaks", "poisson", extras={}),
    "fit/warpbreaks-nb": _a("breaks ~ wool + tension", "warpbreaks", "negbin"),
    "fit/toothgrowth": _a("len ~ supp * ns(dose, 2)", "toothgrowth"),
    "fit/toothgrowth-gamma": _a("len ~ supp + log(dose)", "toothgrowth", "gamma"),
    "fit/radon": _a("log_radon ~ floor + log_uranium + (floor | county)", "radon"),
    "fit/student-weights": _a("y | weights(w) ~ x + (1 | g)", "sim student identity", "student"),
    "fit/gaussian-weights": _a("y ~ x + a + (x | g)", "sim gaussian identity", weights="w"),
    "fit/poisson-slopes": _a("y ~ x + (x | g)", "sim poisson log", "poisson"),
    "fit/poisson-weights": _a("y | weights(w) ~ x + (1 | g)", "sim poisson log", "poisson"),
    "fit/crossed-nested": _a("y ~ x + (x || g) + (1 | h) + (1 | g:h)", "sim gaussian identity"),
    "fit/lab-nested": _a("y ~ a / x + (1 | g/h)", extras=_LAB),
    "fit/lab-powers": _a("y ~ (x + z + b)^2 - x:z + (1 | g)", extras={}),
    "fit/lab-calls": _a(
        "y ~ I(x^2) + cut(x, c(0, 3, 6, 10)) + factor(dose) + interaction(a, b) + (1 | g)"
    ),
    "fit/lab-splines": _a("y ~ bs(x, df = 4) + cr(z, df = 4) + (1 | g)"),
    "fit/lab-ordered": _a(
        "y ~ o + relevel(a, ref = 'a2') + C(b, sum) + flag + `odd name` + (1 | g)"
    ),
    "fit/lab-own": _a("y ~ x + above(x, 4) + (1 | g)", make=_steps),
    "fit/lab-hypotheses": _a(
        "y ~ a * z + (1 | g)",
        contrasts={"a": {"late": [0, -1, 1], "rest": [-1, 0.5, 0.5]}},
        extras=_LAB,
    ),
    "fit/lab-sdif": _a("y ~ 0 + a + o:z + (1 | g)", contrasts={"a": "sdif", "o": "poly"}),
    "fit/lab-blocks": _a("y ~ a + (0 + a | g) + (x || h)"),
    "fit/lab-ids": _a("y ~ x + (1 | ID | g) + (0 + x | ID | g)"),
    "fit/lab-subset": _a("y | subset(x > 2) + weights(w) ~ x + (1 | g)"),
    "fit/lab-collinear": _a("y ~ x + I(2 * x) + a + (1 | g)"),
    "fit/gaps": _a("y ~ x + a + (1 | g)", "gaps"),
    "fit/two-level-response": _a("b ~ x + z", family="binomial"),
    "fit/sigma-declined": _a(["y ~ x + (1 | g)", "sigma ~ x"]),
    "sampled/sleepstudy": _a(_SLEEP, "sleepstudy", fitting=NUTS, extras=_SLEEP_EXTRAS),
    "sampled/distributional": _a(
        ["y ~ x + (1 | g)", "sigma ~ x"], "sim gaussian identity", fitting=NUTS
    ),
    "sampled/crossed-poisson": _a(
        "y ~ x + a + (1 | g) + (1 | h)", "sim poisson log", "poisson", fitting=NUTS, extras=_LAB
    ),
}
