"""emmeans's functions as calls of `Fit.means`, `Fit.slopes` and `Estimates.contrasts`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from mixwell.errors import (
    DataError,
    is_finite,
    is_number,
    require_choice,
    require_text,
    require_truth,
)
from mixwell.families.link import Link
from mixwell.fit import Fit
from mixwell.formula import parse_formula
from mixwell.interpret.contrasts.comparison_scales import Basis
from mixwell.interpret.estimates.estimates import Estimates
from mixwell.interpret.estimates.joined_estimates import chosen_rows
from mixwell.interpret.means.averaging_task import as_names
from mixwell.package_options import require_probability
from mixwell.public_calls import public
from mixwell.r.dialect.answers import asked_parameter, taken_back
from mixwell.r.dialect.transformations import emmeans_reading
from mixwell.r.printed.layout_emmeans import blocks_of, column_of
from mixwell.r.printed.letter_groups import SYMBOLS, letter_groups
from mixwell.r.verbs.fits import Fitted, fitted_of
from mixwell.r.verbs.model_arguments import without_effect
from mixwell.r.verbs.rating_modes import latent, means_in_mode
from mixwell.r.verbs.returned_values import EmmGrid, EmmList
from mixwell.r.verbs.widths import at_once, width_of
from mixwell.text.names import known_column, split_at, split_names
from mixwell.text.numbers import show_values

Names = str | Sequence[str] | None
Respond = Callable[[], EmmGrid] | None

#: Options of `Fit`'s methods that emmeans has under other names.
_SETTLED = {"scale": "type", "of": "specs", "variable": "var"}


@public
def emmeans(
    object: Fitted,
    specs: str | Sequence[str],
    by: Names = None,
    at: Mapping[str, Any] | None = None,
    type: str = "link",
    weights: str = "equal",
    level: float | None = None,
    bias_adjust: bool = False,
    sigma: float | None = None,
    mode: str | None = None,
    component: str | None = None,
    dpar: str | None = None,
    epred: bool = False,
    **options: Any,
) -> EmmGrid | EmmList:
    """Return estimated marginal means: `Fit.means` with emmeans's arguments and layout.

    `specs` is a name, several, or a formula as text: "~ a | b", "pairwise ~ a | b", whose left
    side asks for contrasts of the means, too. `type` is "link" (emmeans's default) or "response";
    `bias_adjust=True` corrects responses for the link's curvature with the standard deviation
    `sigma`, without it with that of the groups' deviations in each draw. Of ratings `mode` is
    "latent", "prob" (with the response among the factors, "~ rating | a"), "cum.prob" and
    "exc.prob" (with `cut` among them), or "mean.class". Another parameter than the mean is
    glmmTMB's `component` "zi" or "disp", brms's `dpar` ("sigma", "shape", ...), or `parameter` by
    its name here; with brms's `epred=True` expected responses are averaged. Further options are
    those of `Fit.means`. `SE` is the posterior's standard deviation, and the interval is credible,
    of the probability `level`: `mixwell.options.ci_prob` without it. Transformed responses are
    taken back with "response" where emmeans does so. Raises `DataError`, and `FormulaError` with a
    caret.
    """
    options |= _width(options, level)
    fit = fitted_of(object).fit
    method, of, within = read_specs(specs, by, list(fit.spec.design.data.columns))
    adjusted = _bias(bias_adjust, sigma)
    options |= asked_parameter(fit.spec.family, component, dpar)
    if mode is not None and not latent(fit, mode):
        if "parameter" in options:
            raise DataError("mode= is of the mean, and another parameter is named.", where="mode")
        own = {"at": at, "weights": weights, **options}
        made = EmmGrid(*means_in_mode(fit, mode, of, within, own))
        return _with_contrasts(made, method, "emmeans")

    scale = scale_of(type)
    own = {"by": within, "at": at, "weights": weights, **options}
    require_truth("epred", epred)
    if epred:
        expected = _means(fit, of, average="response", center="transformed", **own)
        expected = replace(expected, basis=Basis(residue=expected.basis.residue))
        grid = EmmGrid(expected, "emmean")
        return _with_contrasts(grid, method, "emmeans")
    scale = scale if _link(fit, own) is not None else "link"
    return _with_contrasts(_on_scale(fit, of, scale, adjusted, **own), method, "emmeans")


def _on_scale(
    fit: Fit, of: Sequence[str], scale: Any, adjusted: float | bool, **options: Any
) -> EmmGrid:
    """Return means on a scale, with the way to the other one where there is one."""
    spec, link = fit.spec, _link(fit, options)
    other: Respond = None
    if link is not None:
        there = "response" if scale == "link" else "link"
        other = partial(_on_scale, fit, of, there, adjusted, **options)
    if "parameter" in options:
        return _of_parameter(fit, of, scale, adjusted, other, **options)
    reading = emmeans_reading(spec.design.mean.formula.response if spec.transformed else None)
    if scale == "link":
        made = _means(fit, of, scale=scale, **options)
        if spec.transformed:
            said = f"Results are given on the {spec.design.response_name} (not the response) scale."
            made = replace(made, notes=(said, *made.notes))
        return EmmGrid(made, column_of(made, spec.family), respond=other)
    part, said = taken_back(spec.family, "")
    if part:
        grid = _of_parameter(fit, of, scale, adjusted, other, **options, parameter=part)
        made = replace(
            grid.estimates, notes=(f"{said[0].upper()}{said[1:]}", *grid.estimates.notes)
        )
        return replace(grid, estimates=made)
    center = "median" if reading.takes_back else "transformed"
    made = _means(fit, of, scale=scale, bias_adjust=adjusted, center=center, **options)
    if spec.transformed and not reading.takes_back:
        made = replace(made, notes=(_not_taken_back(fit), *made.notes))
    if reading.takes_back and not reading.ratios:
        made = replace(made, basis=Basis(residue=made.basis.residue))
    curved = reading.takes_back or not spec.family.link.linear
    still = other if curved and made.basis.comparison is None else None
    column = "response" if reading.takes_back else column_of(made, spec.family)
    scale_name = reading.transformation if reading.takes_back else spec.family.linear_scale
    return EmmGrid(made, column, linear=still, scale=scale_name)


def _means(fit: Fit, of: Sequence[str], **options: Any) -> Estimates:
    """Return means that stay within what stands behind `|`, also where nothing stands before it."""
    made = fit.means(of, **options)
    return made if of else replace(made, by=made.factors)


def _not_taken_back(fit: Fit) -> str:
    """Say that emmeans leaves a transformed response as it is, and what takes it back."""
    name, back = fit.spec.design.response_name, fit.spec.transformation
    said = f"emmeans does not take {name} back: results are given on its scale."
    return said if back is None else f"{said} fit.means() has those of {back.source}."


def _link(fit: Fit, options: Mapping[str, Any]) -> Link | None:
    """Return the link by which emmeans takes means to another scale, None where it does not."""
    spec, family = fit.spec, fit.spec.family
    if "parameter" in options:
        parameter = options["parameter"]
        known = isinstance(parameter, str) and parameter in [p.name for p in family.parameters]
        return family.link_of(parameter) if known else None
    own = family.mean_is_linear or not (family.link.linear or family.categories)
    return family.link if own or spec.transformation is not None else None


def _of_parameter(
    fit: Fit,
    of: Sequence[str],
    scale: Any,
    adjusted: float | bool,
    other: Respond,
    **options: Any,
) -> EmmGrid:
    """Return means of a parameter, on its own scale or on that of its link."""
    if scale == "link":
        made = _means(fit, of, scale=scale, **options)
        return EmmGrid(made, "emmean", respond=other)
    made = _means(fit, of, scale=scale, bias_adjust=adjusted, **options)
    link = _link(fit, options)
    still = link is not None and not link.linear and link.comparison is None
    name = "" if link is None else link.name
    return EmmGrid(made, "response", linear=other if still else None, scale=name)


def _bias(adjust: bool, sigma: float | None) -> float | bool:
    require_truth("bias_adjust", adjust)
    if sigma is not None and not is_finite(sigma):
        raise DataError(f"sigma={sigma!r} is no number.", where="sigma")
    if sigma is not None and not adjust:
        without_effect("emmeans", "it is used with bias_adjust=True.", sigma=sigma)
    return adjust if sigma is None or not adjust else sigma


@public
def emtrends(
    object: Fitted,
    specs: str | Sequence[str],
    var: str,
    by: Names = None,
    at: Mapping[str, Any] | None = None,
    level: float | None = None,
    component: str | None = None,
    dpar: str | None = None,
    **options: Any,
) -> EmmGrid | EmmList:
    """Return slopes of `var` on the link scale: `Fit.slopes` with emmeans's layout.

    `specs`, `by`, `level`, `component` and `dpar` as for `emmeans`. Raises `DataError`, and
    `FormulaError` with a caret.
    """
    options |= _width(options, level)
    fit = fitted_of(object).fit
    options |= asked_parameter(fit.spec.family, component, dpar)
    method, of, within = read_specs(specs, by, list(fit.spec.design.data.columns))
    made = fit.slopes(var, by=[*of, *within], at=at, **options)
    grid = EmmGrid(replace(made, by=tuple(within)), f"{var}.trend")
    return _with_contrasts(grid, method, "emtrends")


@public
def contrast(
    object: EmmGrid | EmmList,
    method: Any = "eff",
    interaction: Any = None,
    by: Names = None,
    simple: Names = None,
    reverse: bool = False,
    type: str = "link",
    ref: str | int | None = None,
    adjust: str | None = None,
    level: float | None = None,
) -> EmmGrid | EmmList:
    """Compare the rows of means or trends: `Estimates.contrasts` with emmeans's arguments.

    `method` is a family ("eff" by default as in emmeans, "pairwise", "consec", "trt.vs.ctrl" with
    its level `ref`, a name or a position from 1, "poly", ...) or weights; `by` are factors to stay
    within, `simple` those to compare within all others, "each" one after the other.
    `type="response"` compares means of the link scale as ratios or odds ratios. `adjust="mvt"` has
    intervals that hold at once, of all rows of the table; others are taken with a warning: there
    are no p values to adjust. Intervals are those of the means, or of the probability `level`.
    Raises `DataError`.
    """
    require_truth("reverse", reverse)
    grid = _grid(object).with_width(width_of(level=level), at_once("contrast", adjust))
    respond = grid.respond
    if respond is not None:
        respond = partial(
            _responding, grid, method, interaction, by, simple, reverse, "response", ref
        )
    if scale_of(type) == "response" and grid.respond is not None:
        grid, respond = grid.respond(), None
    if grid.linear is not None:
        grid = _still_linear(grid)
    made = grid.estimates
    if isinstance(simple, str) and simple == "each":
        names = list(made.factors)
        parts = {f"simple contrasts for {n}": contrast(grid, method, simple=n) for n in names}
        return EmmList({name: _grid(part) for name, part in parts.items()})
    if ref is not None:
        method = f"{method}({_level(made, ref)})"
    within = None if by is None else list(as_names(by))
    if simple is not None:
        named = [part for name in as_names(simple) for part in split_names(name, made.factors)]
        compared_ones = [known_column(name, made.factors) for name in named]
        within = [name for name in made.factors if name not in compared_ones]
    if reverse and isinstance(method, str) and method == "pairwise":
        method = "revpairwise"
    kinds = (method if interaction else None) if isinstance(interaction, bool) else interaction
    compared = made.contrasts(method, by=within, interaction=kinds)
    if kinds is None and isinstance(method, str) and method in ("eff", "del.eff"):
        compared = _as_effects(compared)
    return EmmGrid(compared, column_of(compared), respond)


def _still_linear(grid: EmmGrid) -> EmmGrid:
    """Return the means on the link scale, where R compares those that have no ratios."""
    assert grid.linear is not None
    linear, said = grid.linear(), f"Contrasts are still on the {grid.scale} scale."
    made = replace(linear.estimates, notes=(said, *linear.estimates.notes[1:]))
    return replace(linear, estimates=made, respond=None)


@public
def regrid(object: EmmGrid | EmmList) -> EmmGrid:
    """Return means on the response scale, whose contrasts are differences of responses.

    Raises `DataError` for what is no table of means.
    """
    grid = _grid(object)
    if grid.respond is not None:
        grid = grid.respond()
    basis = Basis(residue=grid.estimates.basis.residue)
    return replace(grid, estimates=replace(grid.estimates, basis=basis), linear=None)


def _responding(grid: EmmGrid, *arguments: Any) -> EmmGrid:
    """Return the contrasts of means on the response scale."""
    return _grid(contrast(grid, *arguments))


def _level(made: Estimates, ref: str | int) -> str:
    """Return the level that `ref` names, or its place from 1 among the levels compared."""
    inner = [name for name in made.factors if name not in made.by]
    values = made.frame[inner[0]].tolist() if len(inner) == 1 else []
    levels = list(dict.fromkeys(show_values(values)))
    if isinstance(ref, bool):
        raise DataError(f"ref={ref!r} is no level.", hint="A level, or its place from 1 on.")
    is_place = isinstance(ref, int) and 0 < ref <= len(levels)
    return levels[int(ref) - 1] if is_place else str(ref)


def _as_effects(made: Estimates) -> Estimates:
    """Name deviations from a mean as emmeans does: `A effect`."""
    names = [str(label) for label in made.frame["contrast"]]
    shown = [f"{name.partition(' - mean')[0].partition(' / mean')[0]} effect" for name in names]
    return replace(made, frame=made.frame.assign(contrast=shown))


@public
def pairs(
    x: EmmGrid | EmmList,
    reverse: bool = False,
    by: Names = None,
    simple: Names = None,
    type: str = "link",
    adjust: str | None = None,
    level: float | None = None,
) -> EmmGrid | EmmList:
    """Compare the rows two by two: `contrast(x, "pairwise")`; raises `DataError`."""
    grid = _grid(x).with_width(None, at_once("pairs", adjust))
    options: dict[str, Any] = {"by": by, "simple": simple, "type": type, "level": level}
    return contrast(grid, "pairwise", reverse=reverse, **options)


@public
def cld(
    object: EmmGrid | EmmList,
    sort: bool = True,
    by: Names = None,
    alpha: float | None = None,
    Letters: str | Sequence[str] = SYMBOLS,
    reversed: bool = False,
    adjust: str = "tukey",
) -> EmmGrid:
    """Return means with multcomp's groups: `Estimates.letters` with its arguments and layout.

    Means without a common symbol in `.group` differ: the interval of their contrast, of the
    probability 1 - `alpha`, leaves out no difference. Intervals hold at once for all pairs as with
    any `adjust` of R's, with "none" each by itself. `sort` puts rows in the order of the estimates,
    `reversed` the largest first. Raises `DataError`, also for more means than one can read.
    """
    require_truth("sort", sort)
    require_truth("reversed", reversed)
    require_text("adjust", adjust)
    grid = _grid(object)
    made = grid.estimates
    if by is not None:
        own = [known_column(name, made.factors) or name for name in as_names(by)]
        made = replace(made, by=tuple(own))
    prob = None if alpha is None else 1.0 - require_probability("alpha", alpha)
    made = made.letters(ci_prob=prob, simultaneous=adjust != "none")
    groups, order = made.frame["letters"].copy(), []
    for rows in blocks_of(made.frame, made.by).values():
        groups.iloc[rows] = letter_groups(groups.iloc[rows].tolist(), Letters, backward=reversed)
        ranked = made.frame["estimate"].iloc[rows].sort_values(ascending=not reversed)
        order += ranked.index.tolist()
    made = replace(made, frame=made.frame.assign(letters=groups))
    return EmmGrid(chosen_rows(made, order) if sort else made, grid.column)


@public
def eff_size(
    object: EmmGrid | EmmList,
    sigma: float | str | Mapping[str, Any] | None = None,
    edf: float | None = None,
    method: Any = "pairwise",
    level: float | None = None,
) -> EmmGrid:
    """Return differences of means in standard deviations: emmeans's `eff_size`.

    Without `sigma` they are divided by the residual standard deviation, draw by draw; a number is
    itself, and "total", "response" or a baseline are those of `Estimates.standardized`. Contrasts
    that are given are divided as they are, with any `method`. `edf` is accepted with a warning: the
    draws say how well the divisor is known. Raises `DataError`.
    """
    if edf is not None and not (is_number(edf) and edf > 0):
        raise DataError(f"edf={edf!r} is no number of degrees of freedom.", where="edf")
    without_effect("eff_size", "the draws say how well the divisor is known.", edf=edf)
    grid = _grid(object).with_width(width_of(level=level))
    if grid.estimates.estimand == "mean":
        grid = _grid(contrast(grid, method))
    made = grid.estimates.standardized("sigma" if sigma is None else sigma)
    return EmmGrid(made, "effect.size")


def _width(options: dict[str, Any], level: float | None) -> dict[str, Any]:
    """Return the width that `level`, R's `conf.level` or `ci_prob` gives, as an option."""
    for name, instead in _SETTLED.items():
        if name in options:
            said = f"{name}= is said by {instead}= here."
            raise DataError(said, where=name, hint=f"Give {instead}=.")
    given = {"conf_level": options.pop("conf_level", None), "ci_prob": options.pop("ci_prob", None)}
    return {"ci_prob": width_of(level=level, **given)}


def read_specs(
    specs: str | Sequence[str], by: Names = None, columns: Sequence[str] = ()
) -> tuple[str | None, list[str], list[str]]:
    """Return the contrasts' method, the factors, and those that they are within.

    A text that is the name of one of the `columns` is no formula.

    >>> read_specs("pairwise ~ block | direction")
    ('pairwise', ['block'], ['direction'])
    """
    method, within = None, list(as_names(by))
    sides = split_at(specs, "~") if isinstance(specs, str) else []
    if not isinstance(specs, str) or len(sides) < 2 or known_column(specs, columns) is not None:
        return method, list(as_names(specs)), within
    method = sides[0].strip() or None
    of, *conditions = split_at("~".join(sides[1:]), "|")
    if conditions and within:
        raise DataError("The factors to stay within are given twice: by | and by by=.", where=specs)
    if conditions:
        within = _columns("|".join(conditions))
    return method, _columns(of), within


def _columns(text: str) -> list[str]:
    return [str(name) for name in parse_formula(f"~{text}").columns]


def scale_of(kind: str) -> Any:
    """Return the scale that emmeans's `type` stands for, "link" or "response"; `DataError`."""
    linear = ("link", "linear.predictor", "lp", "linear")
    require_choice("type", kind, ("response", *linear))
    return "link" if kind in linear else kind


def _with_contrasts(grid: EmmGrid, method: str | None, name: str) -> EmmGrid | EmmList:
    if method is None:
        return grid
    return EmmList({name: grid, "contrasts": _grid(contrast(grid, method))})


def _grid(value: object) -> EmmGrid:
    if isinstance(value, EmmGrid):
        return value
    if isinstance(value, EmmList):
        return next(iter(value.values()))
    raise DataError(
        f"This is a {type(value).__name__}, not means or trends.",
        hint='Give what emmeans(m, "~ a") or emtrends(m, "~ a", "x") returned.',
    )
