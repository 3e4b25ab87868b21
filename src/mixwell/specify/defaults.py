"""Weakly informative default priors, scaled to the data, and the user's in their place."""

import math
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mixwell.errors import LARGEST, DataError, PriorError
from mixwell.families import Family
from mixwell.families.family import Parameter
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.column_moments import ColumnMoments
from mixwell.specify.distributions import DISTRIBUTIONS, Distribution
from mixwell.specify.layout import FactorEffects, Layout
from mixwell.specify.naming import (
    CENTERED,
    CLASSES,
    GroupNames,
    PredictorNames,
    element,
    further_labels,
    is_reserved,
    predictor_names,
)
from mixwell.specify.prior_text import read_prior
from mixwell.specify.priors import Prior, PriorEntry, PriorTable, plain
from mixwell.specify.scales import (
    column_scale,
    constant_combination,
    part_of,
    response_scale,
    response_units,
)
from mixwell.text.names import quoted

if TYPE_CHECKING:
    from mixwell.design.design import Design
    from mixwell.design.predictor import Predictor
    from mixwell.design.response.response import Response

__all__ = ["apply_priors", "auxiliary_parameters", "default_priors"]


#: What units of the response are called in reasons.
_UNITS = {"spread": "sd(y)", "root": "sqrt(sd(y))", "mean": "mean(y)", "least": "min(y)"}


@dataclass(frozen=True)
class _Scale:
    """What the priors of one linear predictor are scaled by."""

    location: float
    location_text: str
    scale: float
    scale_text: str
    origin: bool = False
    combination: FloatArray | None = None


def auxiliary_parameters(family: Family, design: "Design") -> tuple[str, ...]:
    """Return the family's parameters beyond the mean that a model has.

    No scale where `se()` alone is the sd, and of those that are fixed the ones with a formula.
    """
    response = design.response
    known = response is not None and response.se is not None and not response.se_sigma
    return tuple(
        p.name
        for p in family.further
        if not (p.is_scale and known) and (p.fixed is None or p.name in design.parameters)
    )


def default_priors(
    design: "Design", response: "Response", family: Family, layout: Layout
) -> PriorTable:
    """Make the default prior of every parameter, with its reason (DESIGN.md, "The contract").

    They are weakly informative and do not depend on units or on where a predictor's zero lies.
    """
    scale = _mean_scale(design.mean, *part_of(family, response, "mean"))
    others = further_labels(design.parameters)
    entries = list(_predictor_entries("mean", design.mean, layout, scale, others))
    for name in auxiliary_parameters(family, design):
        one, its = part_of(family, response, name)
        units = response_units(one, its, response_scale(its, one, design.mean.offset).spread)
        spread_text = f"sd({one.carried_name('y')})"
        if name in design.parameters:
            predictor = design.parameters[name]
            if family.parameter(name).location or family.parameter(name).within:
                own = _mean_scale(predictor, one, its)
            else:
                own = _parameter_scale(family.parameter(name), predictor, units, spread_text)
            entries += _predictor_entries(name, predictor, layout, own)
        else:
            entries.append(_auxiliary_entry(family.parameter(name), units, spread_text))
    entries += _correlation_entries(layout)
    order = {"intercept": 0, "slope": 0, "sd": 1, "corr": 2, "vector": 3, "auxiliary": 4}
    entries.sort(key=lambda entry: order[entry.role])
    return PriorTable(tuple(entries), family.brms_names)


def apply_priors(defaults: PriorTable, priors: Mapping[str, object] | None) -> PriorTable:
    """Put the user's priors in the place of defaults; a parameter's own key beats a wider one.

    Raises `PriorError` for an unknown key (with the nearest), a prior that cannot be read, or one
    whose support is wrong for its parameter.
    """
    if priors is None:
        return defaults
    if not isinstance(priors, Mapping):
        raise PriorError(
            f"priors is a {type(priors).__name__}, not a mapping.",
            where="priors",
            hint='Write priors={"sd_user": "HalfNormal(0.5)"}.',
        )
    named = [(defaults.address(str(key)), value) for key, value in priors.items()]
    addressed = [(key, value, defaults.find(key)) for key, value in named]
    table, taken = defaults, dict[tuple[int, int], str]()
    reach = {key: defaults.entries[positions[0]].reach(key) for key, _, positions in addressed}
    # the widest keys first, so that a parameter's own prior is put in last
    for key, value, positions in sorted(addressed, key=lambda item: -reach[item[0]]):
        for position in positions:
            before = taken.setdefault((position, reach[key]), key)
            if before != key:
                raise PriorError(
                    f'"{before}" and "{key}" are priors for the same parameter.',
                    where="priors",
                    hint="Keep one of them.",
                )
            table = table.replaced(position, _with_prior(defaults.entries[position], key, value))
    return table


def _with_prior(entry: PriorEntry, key: str, value: object) -> PriorEntry:
    prior = read_prior(value, key=key, positive=entry.positive)
    _check_support(entry, prior, key)
    text = value if isinstance(value, str) else str(prior)
    reason = f'given by the user as "{key}": {text}'
    own_zero = entry.role == "intercept" and not plain(key).endswith(CENTERED)
    name = entry.aliases[0] if own_zero else entry.key
    return replace(entry, key=name, prior=replace(prior, origin="user", reason=reason), aliases=())


def _check_support(entry: PriorEntry, prior: Prior, key: str) -> None:
    # a PyMC variable is judged by the name of its distribution, where that is known
    known = prior.known or DISTRIBUTIONS.get(prior.distribution.partition("(")[0])
    if known is None:
        return
    support, where = known.support, f"priors[{quoted(key)}] = {prior}"
    if (support == "correlation") != (entry.role == "corr"):
        if entry.role == "corr":
            message, hint = f'"{entry.key}" is a correlation matrix.', 'Its prior is "LKJ(eta)".'
        else:
            message, hint = f'"{entry.key}" is no correlation matrix.', "LKJ is for corr_<factor>."
        raise PriorError(message, where=where, hint=hint)
    (least, most), (lower, upper) = _ends(support, prior), entry.domain
    if entry.positive and least < 0:
        raise PriorError(
            f'"{entry.key}" cannot be negative, but {prior} can.',
            where=where,
            hint=f'Use its positive part, "{_positive_part(prior, known)}".',
        )
    if math.isfinite(upper) and not lower <= least <= most <= upper:
        raise PriorError(
            f'"{entry.key}" lies between {lower:g} and {upper:g}, but {prior} goes beyond.',
            where=where,
            hint=f'Use "{entry.flat}", or a Beta.',
        )


def _ends(support: str, prior: Prior) -> tuple[float, float]:
    """Return between which values a distribution has a density; PyMC's variables as they are."""
    if support == "interval":
        return prior.args.get("lower", 0.0), prior.args.get("upper", 0.0)
    return {"unit": (0.0, 1.0), "positive": (0.0, math.inf)}.get(support, (-math.inf, math.inf))


def _positive_part(prior: Prior, known: Distribution) -> str:
    """Return a prior of positive values that is like a prior of all values."""
    size = prior.args.get("sigma", prior.args.get("beta", 1.0))
    if known.name == "Normal" and prior.location:
        return f"TruncatedNormal({prior.location:g}, {size:g}, 0, inf)"
    if known.name == "Uniform" and prior.args.get("upper", 0.0) > 0:
        return f"Uniform(0, {prior.args['upper']:g})"
    half = known.half or "HalfNormal"
    return f"{half}(3, {size:g})" if half == "HalfStudentT" else f"{half}({size:g})"


def _mean_scale(predictor: "Predictor", family: Family, response: "Response") -> _Scale:
    fixed = predictor.fixed
    combination = None if fixed.around_means else constant_combination(fixed)
    origin = not fixed.around_means and combination is None
    found = response_scale(response, family, predictor.offset, origin=origin)
    return _Scale(
        found.location, found.location_text, found.scale, found.scale_text, origin, combination
    )


def _parameter_scale(
    parameter: Parameter, predictor: "Predictor", units: Mapping[str, float], spread_text: str
) -> _Scale:
    fixed, link = predictor.fixed, parameter.link
    combination = None if fixed.around_means else constant_combination(fixed)
    origin = not fixed.around_means and combination is None
    location = float(link(parameter.start(units)))
    text = f"{link.name} of a typical {parameter.name}"
    if parameter.typical is None:
        text = link.formula.format(spread_text)
    return _Scale(
        location, text, 1.0, f"{link.name} scale of {parameter.name}", origin, combination
    )


def _predictor_entries(
    parameter: str,
    predictor: "Predictor",
    layout: Layout,
    scale: _Scale,
    others: Container[str] = (),
) -> Iterator[PriorEntry]:
    names, wide = layout.naming.of(parameter), layout.naming.wide(parameter)
    for entry in _fixed_entries(parameter, predictor, names, scale, others):
        yield _together(entry, wide, variable=layout.naming.variable(parameter)) if wide else entry
    for found in layout.of(parameter):
        for entry in _sd_entries(found, scale):
            yield _together(entry, wide, found.factor) if wide else entry


def _together(
    entry: PriorEntry, wide: PredictorNames, factor: str = "", variable: str = ""
) -> PriorEntry:
    """Let a coefficient or sd of a location be addressed with those of the others."""
    if entry.role == "intercept":
        more: tuple[str, ...] = (wide.intercept, wide.own_intercept)
    elif entry.role == "sd":
        name = GroupNames(factor).sd_name
        more = (element(name, entry.element), name, wide.sds)
    else:
        more = (entry.element, variable, wide.coefficients)
    return replace(entry, groups=(*entry.groups, *more), scope="mean")


def _fixed_entries(
    parameter: str,
    predictor: "Predictor",
    names: PredictorNames,
    scale: _Scale,
    others: Container[str],
) -> Iterator[PriorEntry]:
    fixed = predictor.fixed
    terms, columns = fixed.plan.all_terms, fixed.moments
    for j, name in enumerate(fixed.names):
        if j == 0 and fixed.intercept:
            yield PriorEntry(
                names.intercept,
                "intercept",
                _intercept_prior(scale),
                parameter,
                name,
                aliases=(names.own_intercept,),
                scope=parameter,
            )
            continue
        explicit = element(names.coefficients, name)
        taken = names.plain and (is_reserved(name) or name in others)
        yield PriorEntry(
            explicit if taken else names.label(name),
            "slope",
            _slope_prior(name, columns, j, scale),
            parameter,
            name,
            groups=(*_term_keys(names, terms[fixed.columns[j][0]].name), names.coefficients),
            aliases=() if taken else (explicit,),
            scope=parameter,
        )


def _term_keys(names: PredictorNames, term: str) -> tuple[str, ...]:
    """Return the keys of all coefficients of a term: its name, unless that means more already."""
    explicit = element(names.coefficients, term)
    plain_key = names.label(term)
    if names.suffix:  # the name of the term alone is that of all thresholds
        return plain_key, explicit, term
    taken = plain_key in CLASSES or (names.plain and is_reserved(term))
    return (explicit,) if taken else (plain_key, explicit)


def _intercept_prior(scale: _Scale) -> Prior:
    reason = f"around {scale.location_text}, width 2.5 ({scale.scale_text})"
    if scale.scale != 1:
        reason = f"around {scale.location_text}, width 2.5 s, s = {scale.scale_text}"
    args = {"nu": 3.0, "mu": scale.location, "sigma": 2.5 * scale.scale}
    return Prior("StudentT", args, reason=f"{reason}, at the predictors' means")


def _slope_prior(name: str, columns: ColumnMoments, j: int, scale: _Scale) -> Prior:
    d = column_scale(name, columns, j, origin=scale.origin)
    weight = 0.0 if scale.combination is None else float(scale.combination[j])
    word = "root mean square" if scale.origin else "sd"
    reason = f"width 2.5 s / d, s = {scale.scale_text}, d = {word} of the column = {d:.3g}"
    if scale.scale == 1:
        reason = f"width 2.5 / d ({scale.scale_text}), d = {word} of the column = {d:.3g}"
    if scale.origin:
        reason += "; without an intercept the line goes through the origin, so both are about zero"
    if scale.combination is not None:
        reason += f"; no intercept, so around {scale.location_text} times {weight:.3g}, not zero"
    _require_width(name, d, scale)
    mean = weight * scale.location
    return Prior("Normal", {"mu": mean + 0.0, "sigma": 2.5 * scale.scale / d}, reason=reason)


def _require_width(name: str, d: float, scale: _Scale) -> None:
    """Refuse a coefficient whose square floats do not hold."""
    if not 1 / LARGEST < scale.scale / d < LARGEST:
        raise DataError(
            f"A coefficient of {name} would be near {scale.scale / d:.3g}, whose square "
            "floating-point numbers do not hold.",
            where=f"{name}, whose column has an sd of {d:.3g}; {scale.scale_text} is "
            f"{scale.scale:.3g}",
            hint="Give the response or the predictor in other units.",
        )


def _sd_entries(found: FactorEffects, scale: _Scale) -> Iterator[PriorEntry]:
    columns = found.moments
    for j, (effect, key) in enumerate(zip(found.effects, found.sd_keys, strict=True)):
        d = column_scale(effect, columns, j)
        _require_width(effect, d, scale)
        unit = f"s = {scale.scale_text}" if scale.scale != 1 else scale.scale_text
        args = {"nu": 3.0, "sigma": 2.5 * scale.scale / d}
        yield PriorEntry(
            key,
            "sd",
            Prior("HalfStudentT", args, reason=f"width 2.5 s / d, {unit}, d = {d:.3g}"),
            found.parameter,
            effect,
            groups=(found.sd_name, found.names.sds),
            domain=(0.0, math.inf),
            scope=found.parameter,
        )


def _correlation_entries(layout: Layout) -> Iterator[PriorEntry]:
    for matrix in layout.correlations:
        reason = "every correlation matrix is equally likely"
        prior = Prior("LKJ", {"eta": 1.0}, reason=reason)
        yield PriorEntry(matrix.name, "corr", prior, groups=("corr",))


def _auxiliary_entry(
    parameter: Parameter, units: Mapping[str, float], spread_text: str
) -> PriorEntry:
    chosen = parameter.prior
    if chosen is None:
        raise ValueError(f"The parameter {parameter.name} has no default prior.")
    arguments, reason = dict(chosen.arguments), chosen.reason
    if chosen.scaled:
        width = arguments["sigma"]
        arguments["sigma"] = width * units["spread"]
        reason = f"width {width:g} {spread_text}, {spread_text} = {units['spread']:.3g}"
    for name, unit in chosen.units:
        arguments[name] *= units[unit]
        reason = f"{reason}, {_UNITS[unit]} = {units[unit]:.3g}"
    prior = Prior(chosen.distribution, arguments, reason=reason)
    role = "auxiliary" if parameter.vector is None else "vector"
    aliases = (predictor_names("mean").intercept,) if parameter.intercept else ()
    return PriorEntry(parameter.name, role, prior, aliases=aliases, domain=parameter.domain)
