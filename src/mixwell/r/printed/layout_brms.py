"""brms's printed layout: summary, and the table of hypotheses."""

import numpy as np
import pandas as pd

from mixwell.fit import Fit
from mixwell.interpret.estimates.estimates import Estimates
from mixwell.posterior.draws import interval_settings
from mixwell.posterior.parameter_tables import further_parameters
from mixwell.r.dialect.coefficient_names import fixed_names, group_effects, plain
from mixwell.r.dialect.family_facts import PARAMETERS
from mixwell.text.alignment import aligned
from mixwell.text.r_numbers import R_GAP
from mixwell.text.wrapping import paragraphs

GROUPS = "Group-Level Effects:"
COEFFICIENTS = "Population-Level Effects:"
FURTHER = "Family Specific Parameters:"


def summary_text(fit: Fit) -> str:
    """Return the text of brms's `summary(fit)`: sections, rows and columns are brms's."""
    lines = [*_header(fit), *_groups(fit)]
    fixed, names = fit.fixef(), fixed_names(fit.spec)
    if len(fixed):
        lines += ["", COEFFICIENTS, *_table(fixed, [plain(names[str(n)]) for n in fixed.index])]
    further = further_parameters(fit.posterior)
    if len(further):
        shown = {ours: brms for brms, ours in PARAMETERS.items()}
        rows = [shown.get(str(name), str(name)) for name in further.index]
        lines += ["", FURTHER, *_table(further, rows)]
    closing = f"Draws were made by {fit.made.label or 'hand'}. {fit.diagnose().verdict}"
    said = f"Estimates: {interval_settings().sentence}."
    return "\n".join([*lines, "", *paragraphs((said, *fit.spec.notes, closing))])


def _header(fit: Fit) -> list[str]:
    spec, sizes = fit.spec, fit.posterior.sizes
    links = [f"mu = {spec.link}"]
    for name in spec.auxiliary:
        links.append(f"{name} = {'log' if name in spec.predictors else 'identity'}")
    chains, draws = int(sizes["chain"]), int(sizes["draw"])
    return [
        f" Family: {spec.family.name}",
        f"  Links: {'; '.join(links)}",
        f"Formula: {spec.formulas[0]}",
        *(f"         {text}" for text in spec.formulas[1:]),
        f"   Data: (Number of observations: {spec.design.n})",
        f"  Draws: {chains} chains, each with {draws} draws; total post-warmup draws = "
        f"{chains * draws}",
    ]


def _groups(fit: Fit) -> list[str]:
    components, shown = fit.VarCorr(), group_effects(fit.spec)
    lines: list[str] = []
    for factor, levels in fit.spec.layout.factor_levels.items():
        own = components[components["factor"] == factor]
        names = {ours: plain(r_name) for ours, r_name in shown[factor].items()}
        rows = [
            f"sd({names[one]})" if kind == "sd" else f"cor({names[one]},{names[two]})"
            for kind, one, two in zip(own["kind"], own["effect"], own["effect_2"], strict=True)
        ]
        title = f"~{factor} (Number of levels: {len(levels)})"
        lines += ["" if lines else GROUPS, title, *_table(own, rows)]
    return ["", *lines] if lines else []


def _table(frame: pd.DataFrame, names: list[str]) -> list[str]:
    percent = interval_settings().percent
    header = ["", "Estimate", "Est.Error", f"l-{percent} CI", f"u-{percent} CI"]
    header += ["Rhat", "Bulk_ESS", "Tail_ESS"]
    rows = [header]
    for name, part in zip(names, frame.to_dict("records"), strict=True):
        figures = [f"{part[c]:.2f}" for c in ("estimate", "sd", "lower", "upper", "rhat")]
        sizes = [_whole(float(part[column])) for column in ("ess_bulk", "ess_tail")]
        rows.append([name, *figures, *sizes])
    return aligned(rows, [False, *[True] * (len(header) - 1)], R_GAP)


def _whole(value: float) -> str:
    return f"{value:.0f}" if np.isfinite(value) else "NA"


def interval_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return estimates under brms's column names: Estimate, Est.Error and the interval's ends."""
    percent = interval_settings().percent
    ends = {"lower": f"l-{percent} CI", "upper": f"u-{percent} CI"}
    columns = {"estimate": "Estimate", "sd": "Est.Error", **ends}
    return frame[list(columns)].rename(columns=columns)


def hypothesis_frame(found: Estimates, texts: list[str]) -> pd.DataFrame:
    """Return brms's columns of a table of hypotheses."""
    frame = found.frame
    columns = {
        "Hypothesis": [_written(text) for text in texts],
        "Estimate": frame["estimate"],
        "Est.Error": frame["sd"],
        "CI.Lower": frame["lower"],
        "CI.Upper": frame["upper"],
        "Evid.Ratio": frame["evidence_ratio"],
        "Post.Prob": frame["probability"],
    }
    made = pd.DataFrame(columns)
    outside = (made["CI.Lower"] > 0) | (made["CI.Upper"] < 0)
    one_sided = [_relation(text) in ("<", ">") for text in texts]
    starred = np.where(one_sided, made["Post.Prob"] > 0.95, outside)
    made["Star"] = np.where(starred, "*", "")
    return made


def _relation(text: str) -> str:
    return next((sign for sign in "<>=" if sign in text), "=")


def _written(text: str) -> str:
    """Write a hypothesis as brms does: `(left)-(right) > 0`."""
    sign = _relation(text)
    left, _, right = text.partition(sign)
    right = right.lstrip("=").strip()
    second = "" if right == "0" else f"-({right})"
    return f"({left.strip()}){second} {sign} 0"


def hypothesis_text(frame: pd.DataFrame, about: str) -> str:
    """Return the text of brms's `print(hypothesis(...))`."""
    rows = [["", *map(str, frame.columns)]]
    for k, part in enumerate(frame.itertuples(index=False), start=1):
        figures = [
            f"{value:.2f}" if np.isfinite(value) else _infinite(value) for value in part[1:7]
        ]
        rows.append([str(k), str(part[0]), *figures, str(part[7])])
    settings = interval_settings()
    lines = [f"Hypothesis Tests for class {about}:"]
    lines += aligned(rows, [False, *[True] * len(frame.columns)], R_GAP)
    lines += ["---", f"'CI': {settings.percent} interval; the estimate is the {settings.point}."]
    lines.append("'*': For one-sided hypotheses, the posterior probability exceeds 95%;")
    lines.append("for two-sided hypotheses, the value tested against lies outside the interval.")
    return "\n".join(lines)


def _infinite(value: float) -> str:
    return "NA" if np.isnan(value) else "Inf"
