"""A report on a fitted model for a paper: plain sentences, and one table of all parameters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mixwell._version import __version__
from mixwell.interpret.sentences.explain import explain_fit
from mixwell.interpret.sentences.explanation import Entry, Explanation
from mixwell.posterior.draws import IntervalSettings, interval_settings
from mixwell.posterior.posterior import Posterior
from mixwell.public_calls import public_methods
from mixwell.report.claims import claim
from mixwell.show.estimates_table import estimates_table
from mixwell.show.text_table import TextTable
from mixwell.specify.layout import FactorEffects
from mixwell.specify.naming import CENTERED
from mixwell.specify.priors import PriorEntry
from mixwell.specify.spec import Spec
from mixwell.text import html
from mixwell.text.phrases import listed, plural
from mixwell.text.wrapping import wrapped

# Beyond this many the sentences would be a table: the rest is left to the table.
MOST_SENTENCES = 24
SHAPES = {
    "Normal": "normal",
    "HalfNormal": "half-normal",
    "StudentT": "Student-t",
    "HalfStudentT": "half-Student-t",
    "Cauchy": "Cauchy",
    "HalfCauchy": "half-Cauchy",
    "Exponential": "exponential",
    "Gamma": "gamma",
}
RATIOS = ("exp_estimate", "exp_lower", "exp_upper")
COUNTS = ("rhat", "ess_bulk")


@public_methods
@dataclass(frozen=True, repr=False, eq=False)
class ModelReport:
    """Sentences on a fitted model, and the table behind them.

    `paragraphs` are on the model, the draws, the coefficients and the spread; `text` joins them.
    `table` has a row a parameter: `parameter`, `meaning`, `estimate`, `sd`, `lower`, `upper` on the
    scale of the linear predictor, `exp_estimate`, `exp_lower`, `exp_upper` where exp() of a
    coefficient is a ratio or a level (exp() of its median and equal-tailed interval), `rhat` and
    `ess_bulk`.
    """

    paragraphs: tuple[str, ...]
    table: pd.DataFrame

    @property
    def text(self) -> str:
        """The sentences, a blank line between paragraphs."""
        return "\n\n".join(self.paragraphs)

    def to_markdown(self) -> str:
        """Return sentences and table as Markdown."""
        table = _printed(self.table)
        headings = _bars(_plain(column.heading) for column in table.columns)
        marks = _bars(("---:" if column.right else "---" for column in table.columns), "")
        rows = (_bars(map(_plain, row)) for row in table.rows)
        lines = "\n".join((headings, marks, *rows))
        return "\n\n".join((*map(_plain, self.paragraphs), lines)) + "\n"

    def __str__(self) -> str:
        said = ("\n".join(wrapped(text)) for text in self.paragraphs)
        return "\n\n".join((*said, "\n".join(self._numbers.lines())))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        said = (html.paragraph(html.broken(text)) for text in self.paragraphs)
        return html.block("report", *said, html.table(self._numbers.html_rows()))

    @property
    def _numbers(self) -> TextTable:
        """The printed table without the meanings."""
        return _printed(self.table.drop(columns="meaning"))


def _bars(cells: Iterable[str], blank: str = " ") -> str:
    return f"|{'|'.join(f'{blank}{cell}{blank}' for cell in cells)}|"


def _plain(text: str) -> str:
    return text.strip().replace("|", "\\|").replace("*", "\\*").replace("_", "\\_")


def _printed(table: pd.DataFrame) -> TextTable:
    """Return the table as text, the meanings last."""
    ordered = sorted(table.columns, key=lambda name: name == "meaning")
    return estimates_table(table[ordered])


def report(
    posterior: Posterior,
    summary: pd.DataFrame,
    label: str,
    verdict: str,
    ci_prob: float | None = None,
) -> ModelReport:
    """Put a report together.

    `summary` has estimates and diagnostics by parameter, with intervals of `ci_prob`; `label` says
    how the draws were made, `verdict` whether they can be relied on.
    """
    spec, explanation = posterior.spec, explain_fit(posterior, ci_prob)
    settings = interval_settings(ci_prob)
    entries = [entry for entry in explanation if entry.name in summary.index]
    fixed = [entry for entry in entries if entry.group in ("coefficients", "parameters")]
    spread = [entry for entry in entries if entry.group not in ("coefficients", "parameters")]
    said = (
        " ".join(_model(spec)),
        " ".join(_priors(spec.priors)),
        " ".join(_draws(posterior.shape, label, verdict, settings, _of_ratios(entries, settings))),
        " ".join((*_units(explanation), _claims(fixed))),
        _claims(spread),
    )
    table = settings.said(_table(entries, summary))
    return ModelReport(tuple(p for p in said if p.strip()), table)


def _model(spec: Spec) -> Iterable[str]:
    groups = {f.factor: f for f in spec.layout.factors}
    adjective = spec.family.adjectives.get(spec.link)
    kind = "" if adjective is None else f"{adjective} "
    levels = [_counted(len(f.levels), name) for name, f in groups.items()]
    within = f" from {listed(levels)}" if levels else ""
    yield (
        f"A Bayesian {kind}{'mixed model' if groups else 'regression model'} "
        f"({spec.family.name} family, {spec.link} link) was fitted to {spec.design.observations} "
        f"observations of {spec.response.name}{within}: {'; '.join(spec.formulas)}."
    )
    for found in spec.layout.factors:
        yield from _varying(found)
    yield from (note if note.endswith(".") else f"{note}." for note in spec.notes)


def _counted(number: int, factor: str) -> str:
    return f"{number} {plural(factor) if number != 1 else factor}"


def _varying(found: FactorEffects) -> Iterable[str]:
    for block in found.blocks:
        effects = ["the intercept" if e == "Intercept" else e for e in block.effects]
        of = f" of {found.names.prefix[:-1]}" if found.names.prefix else ""
        text = f"{listed(effects)}{of} varied across {plural(found.factor)}"
        if len(effects) > 1:
            full = block.covariance == "full"
            text += ", with their correlations estimated" if full else ", without correlation"
        yield f"{text[0].upper()}{text[1:]}."


def _priors(entries: Iterable[PriorEntry]) -> Iterable[str]:
    """Say which priors there were, those that the user chose apart from the defaults."""
    said = {
        "user": "Priors chosen for this model: ",
        "default": "Priors were the defaults, weakly informative and scaled to the data: ",
    }
    by_origin: dict[str, dict[str, list[str]]] = {"user": {}, "default": {}}
    for entry in entries:
        origin = "user" if entry.prior.origin == "user" else "default"
        text = prior_words(str(entry.prior))
        by_origin[origin].setdefault(text, []).append(_named(entry))
    if by_origin["user"]:
        said["default"] = "The others were weakly informative and scaled to the data: "
    for origin, found in by_origin.items():
        if found:
            parts = [f"{text} for {listed(names)}" for text, names in found.items()]
            yield f"{said[origin]}{'; '.join(parts)}."


def prior_words(text: str) -> str:
    """Write a prior as papers do.

    >>> prior_words("HalfStudentT(3, 2.5)"), prior_words("LKJ(1)")
    ('half-Student-t(3, 2.5)', 'LKJ(1)')
    """
    name, bracket, rest = text.partition("(")
    return f"{SHAPES.get(name, name)}{bracket}{rest}"


def _named(entry: PriorEntry) -> str:
    if entry.centered:
        return f"{entry.key.removesuffix(CENTERED)}Intercept at the predictors' means"
    return entry.key


def _draws(
    shape: tuple[int, int], label: str, verdict: str, settings: IntervalSettings, ratios: str
) -> Iterable[str]:
    chains = "one chain" if shape[0] == 1 else f"{shape[0]} chains"
    how = f" ({label})" if label else ""
    yield (
        f"Inference rests on {shape[0] * shape[1]} draws from the posterior in {chains}{how}, made "
        f"with mixwell {__version__}."
    )
    yield verdict
    yield f"Numbers are the {settings.sentence}{f'; {ratios}' if ratios else ''}."


def _of_ratios(entries: Iterable[Entry], settings: IntervalSettings) -> str:
    """Say what numbers ratios have; nothing where there are none."""
    if not any(entry.exponential for entry in entries):
        return ""
    return f"where exp() of a coefficient is given, the {settings.of_ratios().sentence}"


def _units(explanation: Explanation) -> Iterable[str]:
    """Say what the numbers are measured in: the explanation's notes but that on the intervals."""
    first, *others = explanation.notes[:-1]
    if any(entry.exponential for entry in explanation):
        yield "Where a ratio or a level is named, it is exp() of the coefficient."
    else:
        yield first
    yield from others


def _claims(entries: Sequence[Entry]) -> str:
    said = [text for text in map(claim, entries[:MOST_SENTENCES]) if text]
    if len(entries) > MOST_SENTENCES:
        said.append(f"The table has {len(entries) - MOST_SENTENCES} more.")
    return " ".join(said)


def _table(entries: Sequence[Entry], summary: pd.DataFrame) -> pd.DataFrame:
    names = [entry.name for entry in entries]
    rows = summary.loc[names].reset_index(drop=True)
    columns = {
        "parameter": pd.array(names, dtype="str"),
        "meaning": pd.array([entry.sentence for entry in entries], dtype="str"),
    }
    table = pd.DataFrame(columns).join(rows[["estimate", "sd", "lower", "upper"]])
    if any(entry.exp_values for entry in entries):
        missing = (np.nan, np.nan, np.nan)
        values = np.array([entry.exp_values or missing for entry in entries])
        table[list(RATIOS)] = values
    return table.join(rows[list(COUNTS)])
