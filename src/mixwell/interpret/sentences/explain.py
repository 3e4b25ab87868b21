"""The meaning of every parameter of a model: fixed effects, random effects, further parameters."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from mixwell.design.blocks.group_block import GroupBlock
from mixwell.design.columns.fixed_effects import FixedEffects
from mixwell.design.design import Design
from mixwell.design.response.response import Response
from mixwell.design.response.transformation import transformation_in
from mixwell.design.seen.seen import Seen
from mixwell.families import Family, get_family
from mixwell.families.link import LinkWords
from mixwell.interpret.sentences.cautions import find_cautions
from mixwell.interpret.sentences.explanation import CoefficientCells, Entry, Explanation
from mixwell.interpret.sentences.wording import Wording, word
from mixwell.interpret.weights.aliases import find_aliases
from mixwell.interpret.weights.meaning import find_meanings
from mixwell.interpret.weights.point_grid import build_point_grid, column_parts
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.draws import IntervalSettings, estimates, interval_settings
from mixwell.posterior.posterior import Posterior
from mixwell.specify.layout import CorrelationMatrix, Layout, build_layout
from mixwell.specify.naming import (
    distinct_label,
    element,
    further_labels,
    read_name,
)
from mixwell.specify.spec import Spec
from mixwell.text.phrases import listed, plural


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    """What is explained: the design with the choices that the words depend on."""

    design: Design
    layout: Layout
    family: Family
    auxiliary: tuple[str, ...]

    @property
    def response(self) -> Response | None:
        """The response on the scale of the mean parameter."""
        response, family = self.design.response, self.family
        if response is None or not family.carried_words:
            return response
        values = family.arguments(y=response.values).call(family.carried)
        return replace(response, values=values)

    @property
    def observed(self) -> str | None:
        """What observed means on the scale of the linear predictor are called."""
        words, family, response = self.family.link.observed, self.family, self.design.response
        if words is None or response is None or not family.carried_words:
            return words
        return f"{words} of {family.carried_name(response.name)}"

    @property
    def locations(self) -> tuple[str, ...]:
        """The linear predictors that the main formula is for, the mean's first."""
        return self.family.predicted

    @property
    def of_mean(self) -> tuple[str, ...]:
        """The parameters whose coefficients say what the predictors do to the response."""
        return (*self.locations, *(p.name for p in self.family.specific))

    def taken(self, parameter: str) -> set[str]:
        """Return the names of other parameters that a coefficient could have as well."""
        plain = self.layout.naming.of(parameter).plain
        return further_labels(self.design.parameters).union(self.auxiliary) if plain else set()


def explain_model(model: Spec | Design) -> Explanation:
    """Return what every parameter will mean, before any sampling.

    For a design alone the link is the identity.

    Examples
    --------
    >>> from mixwell.data import load_data
    >>> from mixwell.design import build_design
    >>> from mixwell.formula import parse_formula
    >>> formula = parse_formula("breaks ~ wool * tension")
    >>> explanation = explain_model(build_design([formula], load_data("warpbreaks")))
    >>> explanation["wool[B]"].sentence
    'B minus A, at tension = L'
    >>> explanation["wool[B]:tension[M]"].sentence
    'how much the B - A difference grows from L to M'
    """
    question = _question(model)
    design = question.design
    fixed = design.mean.fixed
    return Explanation(
        formula="\n".join(design.formulas),
        notes=tuple(_notes(question)),
        entries=tuple(_entries(question)),
        r_names=dict(zip(fixed.r_names, fixed.names, strict=True)),
    )


def explain_fit(posterior: Posterior, ci_prob: float | None = None) -> Explanation:
    """Return what every parameter means, with its estimate and interval.

    `ci_prob` is the interval's probability, without it that of `mixwell.options`.
    """
    settings = interval_settings(ci_prob)
    explanation = explain_model(posterior.spec)
    draws = _all_draws(posterior)
    entries = tuple(
        _with_estimate(entry, draws, posterior, settings) for entry in explanation.entries
    )
    return replace(
        explanation,
        entries=entries,
        notes=(*explanation.notes, f"Estimates: {_said(entries, settings)}."),
        settings=settings,
    )


def _question(model: Spec | Design) -> _Question:
    if isinstance(model, Design):
        return _Question(model, build_layout(model), get_family("gaussian"), ())
    auxiliary = tuple(a for a in model.auxiliary if a not in model.design.parameters)
    return _Question(model.design, model.layout, model.family, auxiliary)


def _notes(question: _Question) -> Iterator[str]:
    response, family = question.design.response, question.family
    if family.parts and response is not None:
        for number, part in enumerate(family.parts):
            one = response.part(number)
            yield from _scale_notes(part, one.name, one, part.words_of("mean"))
            yield from _ratios_of_transformed(part, question.design, number)
    else:
        words = family.words.get(family.link_name) or _words(question, "mean")
        yield from _scale_notes(family, question.design.response_name, response, words)
        yield from _ratios_of_transformed(family, question.design)
    yield from _effects_on_times(question)
    for own in family.further:
        if own.fixed and own.name in question.design.parameters:
            at = f"{own.name} is {own.fixed:g}"
            yield f"Sentences hold where {at}, as where its predictors are 0."
    if response is not None and response.truncated:
        yield "Means are those before truncation."
    blocks = [b for name in question.locations for b in question.design.predictors[name].blocks]
    if blocks and not all(family.shown_link(name).linear for name in question.locations):
        factors = listed(list(dict.fromkeys(b.factor for b in blocks)))
        yield f"Fixed effects are those of a typical level of {factors} (random effects at 0)."


def _effects_on_times(question: _Question) -> Iterator[str]:
    """Say what effects do to hazards, of families of times and where times are censored."""
    effects, response, family = question.family.effects, question.response, question.family
    censored = response is not None and response.censoring is not None
    shaped = any(p.name in question.design.parameters for p in family.further)
    if effects is None or effects.link != family.link_name or shaped:
        return
    if censored or effects.hazards is not None:
        yield effects.said


def _scale_notes(
    family: Family, name: str, response: Response | None, words: LinkWords
) -> Iterator[str]:
    """Say which scale the coefficients of a response are on."""
    link = family.link
    if link.linear and words.ratio is None:
        yield f"Means and differences are in units of {name}, slopes in {name} per unit."
    elif words.ratio is not None:
        outcome = ""
        odds = words.level.startswith("odds")
        if response is not None and response.levels is not None and len(response.levels) == 2:
            outcome = f" of {name} = {response.levels[-1]}"
        elif odds and not family.categories:
            outcome = f" of {name}"
        levels = words.linear_level if odds else words.linear_levels or f"{words.linear_level}s"
        yield (
            f"Coefficients are {levels}{outcome} and differences of them; exp() of a coefficient "
            f"is the {words.level} or the {words.ratio} that its sentence names."
        )
    else:
        yield f"All numbers are on the {link.name} scale of the {words.level} of {name}."


def _ratios_of_transformed(family: Family, design: Design, number: int = 0) -> Iterator[str]:
    """Say what differences of logarithms of a response are, of one of several its number."""
    if not design.responses or not family.link.linear or family.support.kind != "number":
        return
    back = transformation_in(design.seen.examples, design.responses[number])
    if back is None or not back.power:
        return
    of = f"of medians of {back.compared}" if family.symmetric else f"of {back.compared}"
    yield f"{back.power} is {_a(str(back.comparison))} {of}."


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _words(question: _Question, parameter: str) -> LinkWords:
    rate = parameter == "mean" and question.design.mean.offset is not None
    return question.family.words_of(parameter, rate=rate)


def _entries(question: _Question) -> Iterator[Entry]:
    design = question.design
    for parameter, predictor in design.predictors.items():
        yield from _fixed(question, parameter, predictor.fixed)
    yield from _random(question)
    for name in question.auxiliary:
        for label, sentence in _elements(question, name):
            yield Entry(label, sentence, "parameter", group="auxiliary")
    for parameter, predictor in design.predictors.items():
        for name, reason in predictor.fixed.dropped:
            sentence = f"not estimated: {reason}"
            key = question.layout.naming.of(parameter).label(name)
            yield Entry(key, sentence, "none", group="left out", scale=np.nan)


def _elements(question: _Question, name: str) -> Iterator[tuple[str, str]]:
    """Go through a parameter's elements, with what each is; a number is its own one."""
    parameter, response = question.family.parameter(name), question.design.response
    if parameter.vector is None or response is None or response.levels is None:
        yield name, parameter.words or f"the parameter {name}"
        return
    sentences = parameter.vector.sentences(response.levels, question.family.link)
    for label, sentence in zip(parameter.vector.labels(response.levels), sentences, strict=True):
        yield element(name, label), sentence


def _fixed(question: _Question, parameter: str, fixed: FixedEffects) -> Iterator[Entry]:
    design = question.design
    columns = column_parts(fixed.plan)
    grid = build_point_grid(fixed.names, [columns[j] for j in fixed.kept], design.seen)
    words, names = _words(question, parameter), question.layout.naming.of(parameter)
    alone = parameter == "mean" and len(question.locations) == 1
    response = question.response if alone else None
    meanings = find_meanings(grid, find_aliases(grid, fixed, design.frame))
    warnings = find_cautions(grid, meanings, count_rows=response is not None)
    for meaning, warned in zip(meanings, warnings, strict=True):
        wording = word(grid, meaning, words)
        yield Entry(
            name=distinct_label(names, meaning.name, question.taken(parameter)),
            group="coefficients" if parameter in question.of_mean else "parameters",
            term=meaning.term,
            sentence=wording.sentence,
            measure=wording.measure,
            scale=wording.scale,
            exponential=wording.exponential,
            warnings=warned,
            link=question.family.shown_link(parameter).name,
            observed=question.observed,
            behind=CoefficientCells(grid, meaning, response, parameter),
        )


def _random(question: _Question) -> Iterator[Entry]:
    """Explain the standard deviations of random effects, each factor's correlations after them."""
    nouns: dict[tuple[str, str, str], str] = {}
    for found in question.layout.factors:
        for block in found.blocks:
            words = _words(question, found.parameter)
            for cells, wording in _block(block, words, question.design.seen):
                effect = cells.meaning.name
                nouns[found.parameter, found.factor, effect] = wording.noun
                yield Entry(
                    name=element(found.sd_name, effect),
                    group="random",
                    term=block.text,
                    sentence=f"sd across {plural(found.factor)} of {wording.noun}",
                    measure="sd",
                    scale=wording.scale,
                    behind=cells,
                )
    for matrix in question.layout.correlations:
        yield from _correlations(matrix, nouns)


def _block(
    block: GroupBlock, words: LinkWords, seen: Seen
) -> Iterator[tuple[CoefficientCells, Wording]]:
    origins = None
    if block.shift is not None:
        origins = {name: mean for name, mean, _ in block.shift.origins}
    grid = build_point_grid(block.effects, column_parts(block.plan), seen, origins)
    for meaning in find_meanings(grid):
        yield CoefficientCells(grid, meaning, None), word(grid, meaning, words)


def _correlations(
    matrix: CorrelationMatrix, nouns: Mapping[tuple[str, str, str], str]
) -> Iterator[Entry]:
    for unit, positions in matrix.units:
        keys = [
            (found.parameter, found.factor, found.effects[k])
            for found, columns in unit.parts
            for k in columns
        ]
        for second in range(len(keys)):
            for first in range(second):
                labels = matrix.labels[positions[first]], matrix.labels[positions[second]]
                one, two = nouns[keys[first]], nouns[keys[second]]
                comma = "," if "," in one else ""
                yield Entry(
                    name=element(matrix.name, *labels),
                    group="random",
                    term=unit.name,
                    sentence=f"correlation across {plural(unit.factor)} between "
                    f"{one}{comma} and {two}",
                    measure="correlation",
                )


def _all_draws(posterior: Posterior) -> dict[str, FloatArray]:
    """Return the draws of every scalar parameter by its name, `(chain, draw)`."""
    names = [str(name) for name in posterior.draws.data_vars]
    stack = posterior.stack(name for name in names if read_name(name)[0] != "r")
    return {label: stack.values[:, :, k] for k, label in enumerate(stack.labels)}


def _with_estimate(
    entry: Entry,
    draws: Mapping[str, FloatArray],
    posterior: Posterior,
    settings: IntervalSettings,
) -> Entry:
    if entry.name not in draws:
        return entry
    values = draws[entry.name]
    behind = entry.behind
    if behind is not None and entry.group == "coefficients":
        own = posterior.coefficients(behind.parameter).T.reshape(*posterior.shape, -1)
        behind = replace(behind, draws=own, settings=settings)
    return replace(
        entry,
        values=_summary(values, settings),
        exp_values=_exponential(values, settings) if entry.exponential else None,
        behind=behind,
    )


def _exponential(values: FloatArray, settings: IntervalSettings) -> tuple[float, float, float]:
    """Return exp() of the median and of the ends of the interval."""
    with np.errstate(over="ignore"):  # a factor beyond what floats hold is infinite
        estimate, lower, upper = np.exp(_summary(values, settings.of_ratios("")))
    return float(estimate), float(lower), float(upper)


def _said(entries: Iterable[Entry], settings: IntervalSettings) -> str:
    """Say what estimates and intervals are, those of exp() too where there are any."""
    exp = f"; exp: {settings.of_ratios().sentence}"
    return settings.sentence + (exp if any(entry.exponential for entry in entries) else "")


def _summary(values: FloatArray, settings: IntervalSettings) -> tuple[float, float, float]:
    found = estimates(values[:, :, None], settings)
    return float(found["estimate"][0]), float(found["lower"][0]), float(found["upper"][0])
