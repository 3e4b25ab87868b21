"""brms's printed layout: summary, and the table of hypotheses."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mixwell.fit import Fit
from mixwell.interpret.estimates.estimates import Estimates
from mixwell.posterior.draws import interval_settings
from mixwell.posterior.parameter_tables import further_parameters
from mixwell.r.dialect.coefficient_names import fixed_names, group_effects, plain
from mixwell.r.dialect.family_facts import PARAMETERS
from mixwell.report.fit_page import spread_names
from mixwell.show.page import Page, Section, brms_text
from mixwell.show.text_table import TextColumn, TextTable
from mixwell.text.alignment import aligned
from mixwell.text.r_numbers import R_GAP

GROUPS = "Group-Level Effects:"
COEFFICIENTS = "Population-Level Effects:"
FURTHER = "Family Specific Parameters:"


def summary_text(fit: Fit) -> str:
    """Return the text of brms's `summary(fit)`: sections, rows and columns are brms's."""
    sections = _groups(fit)
    fixed, names = fit.fixef(), fixed_names(fit.spec)
    if len(fixed):
        rows = [plain(names[str(name)]) for name in fixed.index]
        sections.append(Section(COEFFICIENTS, _table(fixed, rows)))
    further = further_parameters(fit.drawn)
    if len(further):
        shown = {ours: brms for brms, ours in PARAMETERS.items()}
        rows = [shown.get(str(name), str(name)) for name in further.index]
        sections.append(Section(FURTHER, _table(further, rows)))
    closing = f"Draws were made by {fit.made.label or 'hand'}. {fit.diagnose().verdict}"
    notes = (f"Estimates: {interval_settings().sentence}.", *fit.spec.notes)
    return brms_text(Page(_header(fit), tuple(sections), notes, closing))


def _header(fit: Fit) -> tuple[tuple[str, str], ...]:
    spec, sizes = fit.spec, fit.posterior.sizes
    links = {name: "log" if name in spec.predictors else "identity" for name in spec.auxiliary}
    shown = "; ".join(f"{name} = {link}" for name, link in {"mu": spec.link, **links}.items())
    chains, draws = int(sizes["chain"]), int(sizes["draw"])
    total = f"total post-warmup draws = {chains * draws}"
    return (
        ("Family", spec.family.name),
        ("Links", shown),
        ("Formula", "\n".join(spec.formulas)),
        ("Data", f"(Number of observations: {spec.design.n})"),
        ("Draws", f"{chains} chains, each with {draws} draws; {total}"),
    )


def _groups(fit: Fit) -> list[Section]:
    components, shown = fit.VarCorr(), group_effects(fit.spec)
    sections: list[Section] = []
    for factor, levels in fit.spec.layout.factor_levels.items():
        own = components[components["factor"] == factor]
        names = {ours: plain(r_name) for ours, r_name in shown[factor].items()}
        rows = spread_names(own, names.__getitem__, ",")
        before = "" if sections else f"{GROUPS}\n"
        title = f"{before}~{factor} (Number of levels: {len(levels)})"
        sections.append(Section(title, _table(own, rows)))
    return sections


def _headings() -> dict[str, str]:
    """Return what brms calls the columns of estimates."""
    percent = interval_settings().percent
    ends = {"lower": f"l-{percent} CI", "upper": f"u-{percent} CI"}
    return {"estimate": "Estimate", "sd": "Est.Error", **ends}


def _table(frame: pd.DataFrame, names: Sequence[str]) -> TextTable:
    headings = _headings() | {"rhat": "Rhat", "ess_bulk": "Bulk_ESS", "ess_tail": "Tail_ESS"}
    columns = [TextColumn("", tuple(names), right=False)]
    for name, heading in headings.items():
        places = 0 if name.startswith("ess") else 2
        columns.append(TextColumn(heading, tuple(_number(v, places) for v in frame[name])))
    return TextTable(tuple(columns))


def _number(value: float, places: int = 2) -> str:
    if np.isfinite(value):
        return f"{value:.{places}f}"
    return "NA" if np.isnan(value) else "Inf"


def interval_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return estimates under brms's column names: Estimate, Est.Error and the interval's ends."""
    headings = _headings()
    return frame[list(headings)].rename(columns=headings)


#: What brms calls the columns of hypotheses.
_HYPOTHESES = {
    **{"estimate": "Estimate", "sd": "Est.Error", "lower": "CI.Lower", "upper": "CI.Upper"},
    **{"evidence_ratio": "Evid.Ratio", "probability": "Post.Prob"},
}


def hypothesis_frame(found: Estimates, texts: list[str]) -> pd.DataFrame:
    """Return brms's columns of a table of hypotheses."""
    made = found.frame[list(_HYPOTHESES)].rename(columns=_HYPOTHESES)
    made.insert(0, "Hypothesis", list(map(_written, texts)))
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
        rows.append([str(k), str(part[0]), *map(_number, part[1:7]), str(part[7])])
    settings = interval_settings()
    lines = [f"Hypothesis Tests for class {about}:"]
    lines += aligned(rows, [False, *[True] * len(frame.columns)], R_GAP)
    lines += ["---", f"'CI': {settings.percent} interval; the estimate is the {settings.point}."]
    lines.append("'*': For one-sided hypotheses, the posterior probability exceeds 95%;")
    lines.append("for two-sided hypotheses, the value tested against lies outside the interval.")
    return "\n".join(lines)
