"""The frozen record of every choice that makes a model, and its text."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from mixwell.design.response.modeled_response import ModeledResponse
from mixwell.design.response.transformation import transformation_in
from mixwell.errors import DataError
from mixwell.families import FAMILIES, Family, get_family, resolve_family
from mixwell.formula import SURV, Call, Expr, Name
from mixwell.specify.defaults import apply_priors, auxiliary_parameters, default_priors
from mixwell.specify.identified import check_identified
from mixwell.specify.layout import FactorEffects, Layout, build_layout
from mixwell.specify.naming import (
    Naming,
    PredictorNames,
    category_rows,
    centered_name,
    threshold_rows,
    vector_dim,
)
from mixwell.specify.priors import PriorTable
from mixwell.specify.saturated import Saturated, few_spare
from mixwell.text.alignment import aligned
from mixwell.text.wrapping import wrapped

if TYPE_CHECKING:
    from mixwell.design.design import Design
    from mixwell.design.predictor import Predictor
    from mixwell.design.response.response import Response
    from mixwell.design.response.transformation import Transformation
    from mixwell.families.family import Elements

__all__ = ["Spec", "build_spec", "require_parameters"]


@dataclass(frozen=True, eq=False)
class Spec:
    """A whole model: family, link, design and priors; printing it shows the model in text.

    `formulas` are the formulas' texts, the mean's first; `layout` holds the random effects by
    factor; `notes` what was done to the data and to the request; `saturated` the effects that
    were allowed though the data hardly separate them from residuals.
    """

    formulas: tuple[str, ...]
    family: Family
    link: str
    design: "Design" = field(repr=False)
    priors: PriorTable = field(repr=False)
    layout: Layout = field(repr=False)
    notes: tuple[str, ...] = ()
    saturated: Saturated | None = None

    @property
    def response(self) -> "Response":
        """The response; a specification always has one."""
        return _response(self.design)

    @property
    def transformed(self) -> bool:
        """Whether a response is computed from columns, so that means are on a scale of its own."""
        return any(scale.transformed for scale in self.modeled_responses)

    @cached_property
    def modeled_responses(self) -> tuple[ModeledResponse, ...]:
        """The response as it is modeled, or each of several.

        Outcomes and successes out of trials are what they are, however they are written.
        """
        design, families = self.design, self.family.parts or (self.family,)
        found = []
        for place, (expr, family) in enumerate(zip(design.responses, families, strict=True)):
            name = self.response.part(place).name if self.family.parts else design.response_name
            transformed = family.support.kind == "number" and not _as_it_is(expr)
            called = transformed and isinstance(expr, Call) and expr.function != "I"
            back = transformation_in(design.seen.examples, expr) if transformed else None
            found.append(ModeledResponse(name, transformed, called, back))
        return tuple(found)

    @property
    def transformation(self) -> "Transformation | None":
        """How the one response is computed from what was measured, where that can be undone."""
        return None if self.family.parts else self.modeled_responses[0].back

    @property
    def shared_bounds(self) -> "Response | None":
        """One row with the truncation bounds, where all rows have the same distribution at a mean.

        None where bounds, known errors or further parameters differ from row to row.
        """
        response = self.response
        own = response.se is not None or (response.weights is not None and self.family.scale)
        if not response.truncated or own or self.design.parameters:
            return None
        bounds = (response.lower, response.upper)
        same = all(bound is None or (bound == bound[0]).all() for bound in bounds)
        return response.rows(slice(1)) if same else None

    @property
    def mean_is_linear(self) -> bool:
        """Whether what is expected of a response is the linear predictor, on a grid."""
        plain = self.family.mean_is_linear and self.shared_bounds is None
        return plain and all(scale.back is None for scale in self.modeled_responses)

    @property
    def auxiliary(self) -> tuple[str, ...]:
        """The family's parameters beyond the mean that this model has."""
        return auxiliary_parameters(self.family, self.design)

    @property
    def mean_parameters(self) -> tuple[str, ...]:
        """The further parameters of this model that the expected response depends on."""
        return tuple(name for name in self.family.mean_parameters if name in self.auxiliary)

    @property
    def locations(self) -> tuple[str, ...]:
        """The linear predictors that the main formula is for, the mean's first."""
        return self.family.predicted

    @property
    def in_predictors(self) -> tuple[str, ...]:
        """The further parameters that are part of a linear predictor of the response."""
        return (*self.locations[1:], *(p.name for p in self.family.specific))

    @property
    def vectors(self) -> "dict[str, Elements]":
        """The family's parameters that are vectors, by name: along the levels of the response."""
        return {p.name: p.vector for p in self.family.further if p.vector is not None}

    @property
    def linked(self) -> tuple[str, ...]:
        """The further parameters with a formula that has a link of its own, not of a threshold."""
        taken_off = [p.name for p in self.family.specific]
        return tuple(name for name in self.design.parameters if name not in taken_off)

    @property
    def held(self) -> dict[str, int | None]:
        """The predictors whose intercepts a vector holds, with the element, None for all of it."""
        if self.family.holds_intercept is None:
            return {}
        found = {"mean": None} | {p.name: p.part for p in self.family.specific}
        return {name: place for name, place in found.items() if self.predictors[name].fixed.names}

    @property
    def residual(self) -> str | None:
        """The residual standard deviation's name, None where it is not one number for all rows."""
        scale = self.family.scale
        alone = scale is not None and scale.name in self.auxiliary
        return scale.name if scale and alone and scale.name not in self.design.parameters else None

    @property
    def predictors(self) -> dict[str, "Predictor"]:
        """Every linear predictor by the parameter that it is for, `mean` first."""
        return {"mean": self.design.mean, **self.design.parameters}

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the posterior's variables (DESIGN.md), in order."""
        naming = self.layout.naming
        names = [
            naming.variable(parameter)
            for parameter, predictor in self.predictors.items()
            if predictor.fixed.names
        ]
        names = list(dict.fromkeys(names))
        names += [found.sd_name for found in self.layout.factors]
        names += [matrix.name for matrix in self.layout.correlations]
        names += [name for name in self.auxiliary if name not in self.design.parameters]
        return (*names, *(found.r_name for found in self.layout.factors))

    def names(self, parameter: str) -> PredictorNames:
        """Return what the linear predictor of a parameter is called."""
        return self.layout.naming.of(parameter)

    def with_notes(self, notes: tuple[str, ...]) -> "Spec":
        """Return the same specification with more notes, each of them once."""
        more = tuple(note for note in notes if note not in self.notes)
        return replace(self, notes=(*self.notes, *more)) if more else self

    def __str__(self) -> str:
        """Write the whole model in text."""
        return "\n".join(_lines(self))

    __repr__ = __str__


def _as_it_is(response: Expr) -> bool:
    """Return whether a response is a column itself, or times until an event."""
    if isinstance(response, Call) and response.function == "I" and len(response.args) == 1:
        response = response.args[0].value
    times = isinstance(response, Call) and response.function == SURV
    return times or isinstance(response, Name)


def build_spec(
    design: "Design",
    family: str | Family = "gaussian",
    link: str | None = None,
    priors: Mapping[str, object] | None = None,
    saturated: str = "refuse",
) -> Spec:
    """Choose likelihood, link and priors for a design.

    Raises `DataError` for an unknown family or link, a response that the family cannot have, a
    formula for a parameter that it has not; `PriorError` for a prior that cannot be used.
    """
    chosen = resolve_family(family, link, _response(design))
    require_parameters(chosen, design.parameters)
    _require_estimated(chosen, design)
    allowed = check_identified(design, chosen, saturated)
    own = auxiliary_parameters(chosen, design)
    vectors = [p for p in chosen.further if p.vector is not None]
    further = [name for p in vectors for name in (vector_dim(p.name), centered_name(p.name))]
    layout = build_layout(design, (*own, *further), _naming(chosen, design))
    table = apply_priors(default_priors(design, _response(design), chosen, layout), priors)
    notes = tuple(design.notes)
    if chosen.name != get_family(family).name and not chosen.parts:
        notes += (f"The response has two outcomes and no trials: the family is {chosen.name}.",)
    if allowed is not None:
        notes += (allowed.warning,)
    elif (few := few_spare(design, chosen)) is not None and few.spread in own:
        notes += (few.said,)
    return Spec(design.formulas, chosen, chosen.link_name, design, table, layout, notes, allowed)


def _response(design: "Design") -> "Response":
    if design.response is None:
        raise DataError(
            "The formula has no response, so there is nothing to model.",
            where=design.mean.formula.text,
            hint="Write the response on the left of ~, as in y ~ x.",
        )
    return design.response


def _naming(family: Family, design: "Design") -> Naming:
    """Return what the predictors of a family's locations and thresholds are called.

    The coefficients of those that share a formula are the rows of one variable.
    """
    own = {p.name: p.label for p in family.specific}
    if own:
        rows = (threshold_rows(family.specific[0].within, own),)
        return Naming(rows=rows, together=tuple(own), specific=own)
    if len(family.locations) == 1 and not family.location.location:
        return Naming()
    shared = {
        key: p.label
        for key, p in zip(family.predicted, family.locations, strict=True)
        if design.predictors[key] is design.mean and not family.parts
    }
    return Naming(
        family.location.name, (category_rows(shared),) if shared else (), family.predicted
    )


def require_parameters(family: Family, names: Iterable[str]) -> None:
    """Refuse formulas for what a family has no parameter of, or one that rows do not differ in.

    Raises `DataError` with the family's parameters, or the families that have one of that name.
    """
    numbers = [p.name for p in family.further if p.vector is None]
    if family.location.location:
        numbers.insert(0, family.location.name)
    for name in names:
        if name in numbers:
            continue
        message = f'The family "{family.name}" has no parameter "{name}" to model.'
        able = [f.name for f in FAMILIES.values() if name in (p.name for p in f.further)]
        hint = f"Families with {name}: {', '.join(able)}." if able else None
        if any(p.name == name for p in family.further):
            message = f"The {name}s are the same for all rows; they have no formula."
            hint = "Write the predictors into the formula of the response."
        elif numbers:
            hint = f"Its parameters: {', '.join(numbers)}."
        raise DataError(message, where=f"formula for {name}", hint=hint)


def _require_estimated(family: Family, design: "Design") -> None:
    """Refuse a formula for a residual sd that is known."""
    for name in design.parameters:
        if family.parameter(name).is_scale and name not in auxiliary_parameters(family, design):
            raise DataError(
                f'With se() the residual sd is known; there is no "{name}" to model.',
                where=f"formula for {name}",
                hint="Write se(s, sigma = TRUE) to also estimate a residual sd.",
            )


def _lines(spec: Spec) -> list[str]:
    response = spec.response
    lines = [f"Formula: {spec.formulas[0]}"]
    lines += [f"         {text}" for text in spec.formulas[1:]]
    location = spec.family.location.name
    links = f"{location} {spec.link}" + "".join(
        f"; {name} {spec.family.shown_link(name).name}" for name in spec.linked
    )
    lines += [
        f"Family:  {spec.family.name} (links: {links})",
        f"Rows:    {spec.design.observations}",
        "",
    ]
    text = spec.family.text if spec.family.parts else f"{response.name} ~ {_likelihood(spec)}"
    lines += ["Model", *(f"  {line}" for line in text.splitlines())]
    first = [p.name for p in spec.family.specific[:1]]
    for name in ("mean", *first, *spec.linked):
        predictor = spec.predictors[name]
        if name in first:
            at = ", ".join(p.label for p in spec.family.specific)
            lines += wrapped(f"{_linear(predictor)}, with other coefficients at {at}", "  cs = ")
            continue
        left = spec.family.link_of(name).formula.format("mu" if name == "mean" else name)
        if spec.family.parameter(name).location:
            own = spec.family.parameter(name).name
            left = spec.family.shown_link(name).formula.format(own) if spec.family.parts else own
        elif name == "mean" and spec.family.categories:
            left = "eta"
        lines += wrapped(_linear(predictor), f"  {left} = ")
    if spec.layout.factors:
        lines += ["", "Random effects"]
        lines += [line for found in spec.layout.factors for line in _factor_lines(found)]
    lines += ["", "Priors", *_prior_lines(spec.priors)]
    if spec.notes:
        lines += ["", "Notes"]
        lines += [line for note in spec.notes for line in wrapped(note, "  ")]
    return lines


def _likelihood(spec: Spec) -> str:
    response, text, scale = spec.response, spec.family.text, spec.family.scale
    if scale is not None and response.se is not None:
        sd = f"sqrt(se^2 + {scale.name}^2)" if response.se_sigma else "se"
        text = text.replace(scale.name, sd)
    elif scale is not None and response.weights is not None and not response.survey:
        text = text.replace(scale.name, f"{scale.name} / sqrt(weight)")
    elif response.weights is not None:
        text += " ^ weight"
    if response.censoring is not None:
        text += ", censored"
    if response.truncated:
        text += ", truncated"
    return text


def _linear(predictor: "Predictor") -> str:
    terms = list(predictor.fixed.names)
    terms += [block.text for block in predictor.blocks]
    if predictor.offset is not None:
        terms.append("offset")
    return " + ".join(terms) if terms else "0"


def _factor_lines(found: FactorEffects) -> list[str]:
    lines = []
    for block in found.blocks:
        effects = ", ".join(block.effects)
        kind = ""
        if len(block.effects) > 1:
            kind = ", correlated" if block.covariance == "full" else ", uncorrelated"
        which = f" of {found.names.prefix[:-1]}" if found.names.prefix else ""
        lines.append(
            f"  {block.text}{which}: {len(block.levels)} levels of {found.factor}; "
            f"effects {effects}{kind}"
        )
    return lines


def _prior_lines(table: PriorTable) -> list[str]:
    if not len(table):
        return ["  (no parameters)"]
    return aligned([("", entry.key, str(entry.prior), entry.prior.reason) for entry in table])
