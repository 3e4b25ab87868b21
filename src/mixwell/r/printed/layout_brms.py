"""brms's printed layout: summary, and the table of hypotheses."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mixwell.fit import Fit
from mixwell.interpret.estimates.estimates import Estimates
from mixwell.posterior.draws import IntervalSettings, interval_settings
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
ENDS = ("lower", "upper")


def summary_text(fit: Fit, ci_prob: float | None = None) -> str:
    """Return the text of brms's `summary(fit)`: sections, rows and columns are brms's."""
    settings = interval_settings(ci_prob)
    sections = _groups(fit, settings)
    fixed, names = fit.fixef(ci_prob=settings.prob), fixed_names(fit.spec)
    if len(fixed):
        rows = [plain(names[str(name)]) for name in fixed.index]
        sections.append(Section(COEFFICIENTS, _table(fixed, rows, settings)))
    further = further_parameters(fit.drawn, settings.prob)
    if len(further):
        shown = {ours: brms for brms, ours in PARAMETERS.items()}
        rows = [shown.get(str(name), str(name)) for name in further.index]
        sections.append(Section(FURTHER, _table(further, rows, settings)))
    closing = f"Draws were made by {fit.made.label or 'hand'}. {fit.diagnose().verdict}"
    notes = (f"Estimates: {settings.sentence}.", *fit.spec.notes)
    return brms_text(Page(_header(fit), tuple(sections), notes, closing))


def _header(fit: Fit) -> tuple[tuple[str, str], ...]:
    spec, sizes = fit.spec, fit.posterior.sizes
    links = {spec.family.location.name: spec.link}
    for name in (n for n in spec.auxiliary if n in spec.linked or n not in spec.predictors):
        modeled = name in spec.predictors
        links[name] = spec.family.shown_link(name).name if modeled else "identity"
    shown = "; ".join(f"{name} = {link}" for name, link in links.items())
    chains, draws = int(sizes["chain"]), int(sizes["draw"])
    total = f"total post-warmup draws = {chains * draws}"
    return (
        ("Family", spec.family.name),
        ("Links", shown),
        ("Formula", "\n".join(spec.formulas)),
        ("Data", f"(Number of observations: {spec.design.observations})"),
        ("Draws", f"{chains} chains, each with {draws} draws; {total}"),
    )


def _groups(fit: Fit, settings: IntervalSettings) -> list[Section]:
    components, shown = fit.VarCorr(ci_prob=settings.prob), group_effects(fit.spec)
    sections: list[Section] = []
    for factor, levels in fit.spec.layout.factor_levels.items():
        own = components[components["factor"] == factor]
        names = {ours: plain(r_name) for ours, r_name in shown[factor].items()}
        rows = spread_names(own, names.__getitem__, ",")
        before = "" if sections else f"{GROUPS}\n"
        title = f"{before}~{factor} (Number of levels: {len(levels)})"
        sections.append(Section(title, _table(own, rows, settings)))
    return sections


def _headings(settings: IntervalSettings) -> dict[str, str]:
    """Return what brms calls the columns of estimates."""
    ends = {"lower": f"l-{settings.percent} CI", "upper": f"u-{settings.percent} CI"}
    return {"estimate": "Estimate", "sd": "Est.Error", **ends}


def _table(frame: pd.DataFrame, names: Sequence[str], settings: IntervalSettings) -> TextTable:
    headings = _headings(settings) | {
        "rhat": "Rhat",
        "ess_bulk": "Bulk_ESS",
        "ess_tail": "Tail_ESS",
    }
    columns = [TextColumn("", tuple(names), right=False)]
    for name, heading in headings.items():
        places = 0 if name.startswith("ess") else 2
        columns.append(TextColumn(heading, tuple(_number(v, places) for v in frame[name])))
    return TextTable(tuple(columns))


def _number(value: float, places: int = 2) -> str:
    if np.isfinite(value):
        return f"{value:.{places}f}"
    return "NA" if np.isnan(value) else "Inf"


def interval_columns(frame: pd.DataFrame, ci_prob: float | None = None) -> pd.DataFrame:
    """Return estimates under brms's column names: Estimate, Est.Error and the interval's ends.

    `ci_prob` is the width of the intervals in the frame.
    """
    headings = _headings(interval_settings(ci_prob))
    return frame[list(headings)].rename(columns=headings).rename_axis(columns=None)


@dataclass(frozen=True, slots=True)
class Widths:
    """The probabilities of the intervals of hypotheses; `star` is that above which one holds."""

    two_sided: float
    one_sided: float

    @property
    def star(self) -> float:
        """The probability below the upper end of the interval of a one-sided hypothesis."""
        return (1 + self.one_sided) / 2

    @property
    def said(self) -> str:
        """The widths in words, one where both are the same."""
        one, two = (f"{100 * width:.10g}%" for width in (self.one_sided, self.two_sided))
        return f"{one} interval" if one == two else f"{one} one-sided and {two} two-sided"


#: What brms calls the columns of hypotheses.
_HYPOTHESES = {
    **{"estimate": "Estimate", "sd": "Est.Error", "lower": "CI.Lower", "upper": "CI.Upper"},
    **{"evidence_ratio": "Evid.Ratio", "probability": "Post.Prob"},
}


def hypothesis_frame(found: Estimates, texts: list[str], widths: Widths) -> pd.DataFrame:
    """Return brms's columns of a table of hypotheses, one-sided ones with their own width.

    A star marks an interval that leaves out the value tested against: of a one-sided hypothesis,
    whose interval leaves as much out on its other side, by the posterior probability.
    """
    one_sided = np.array([_relation(text) in ("<", ">") for text in texts])
    one, two = (found.with_interval(width).frame for width in (widths.one_sided, widths.two_sided))
    frame = two.assign(**{end: np.where(one_sided, one[end], two[end]) for end in ENDS})
    made = frame[list(_HYPOTHESES)].rename(columns=_HYPOTHESES).rename_axis(columns=None)
    made.insert(0, "Hypothesis", list(map(_written, texts)))
    outside = (made["CI.Lower"] > 0) | (made["CI.Upper"] < 0)
    starred = np.where(one_sided, made["Post.Prob"] > widths.star, outside)
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


def hypothesis_text(frame: pd.DataFrame, about: str, point: str, widths: Widths) -> str:
    """Return the text of brms's `print(hypothesis(...))`."""
    rows = [["", *map(str, frame.columns)]]
    for k, part in enumerate(frame.itertuples(index=False), start=1):
        rows.append([str(k), str(part[0]), *map(_number, part[1:7]), str(part[7])])
    lines = [f"Hypothesis Tests for class {about}:"]
    lines += aligned(rows, [False, *[True] * len(frame.columns)], R_GAP)
    lines += ["---", f"'CI': {widths.said}; the estimate is the {point}."]
    star = f"{100 * widths.star:.10g}%"
    lines.append(f"'*': For one-sided hypotheses, the posterior probability exceeds {star};")
    lines.append("for two-sided hypotheses, the value tested against lies outside the interval.")
    return "\n".join(lines)


def probabilities(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the categories' probabilities side by side: a row each, and a column a category."""
    found = {
        f"P(Y = {category})": part["estimate"].to_numpy()
        for category, part in frame.groupby("category", sort=False, observed=True)
    }
    return pd.DataFrame(found)
