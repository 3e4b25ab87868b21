"""What is said of averages: the title, the scale, and what was held and averaged over."""

from collections.abc import Sequence

from mixwell.interpret.contrasts.comparison_scales import Basis
from mixwell.interpret.grids.averaging_weights import WEIGHTS
from mixwell.interpret.grids.axes import Axis, offset_columns
from mixwell.interpret.grids.reference_grid import Grid
from mixwell.interpret.means.averaging_task import GROUPS, Options, Task
from mixwell.numeric.arrays import FloatArray
from mixwell.specify.spec import Spec
from mixwell.text.numbers import show_value, show_values


def basis_of(
    spec: Spec, scale: str, linear: FloatArray | None, residue: FloatArray | None
) -> Basis:
    """Return what contrasts of means on a scale are taken of.

    Where the mean is more than the link's inverse, they are taken of the means themselves.
    """
    if scale == "response" and spec.family.mean != "mu":
        return Basis("identity", None, residue)
    return Basis(spec.link if scale == "response" else "identity", linear, residue)


def null_of(spec: Spec, scale: str) -> float:
    """The value at a linear predictor of 0, from which directions are counted."""
    return 0.0 if scale == "link" else spec.family.link.null


def scale_name(spec: Spec, scale: str) -> str:
    """Say a scale in words: "log scale", "probabilities", "scale of log(y)"."""
    if scale == "link" and spec.family.linear_scale:
        return f"{spec.family.linear_scale} scale"
    if spec.transformed:
        return f"scale of {spec.design.response_name}"
    return spec.family.mean_words


def title_of(what: str, task: Task, within: str, detail: str = "") -> str:
    """Say in one line what is estimated, by and `within` what, on which scale."""
    request, spec = task.request, task.spec
    by = f" by {', '.join(request.of)}" if request.of else ""
    inside = f"{within}{', '.join(request.by)}" if request.by else ""
    scale = scale_name(spec, task.options.scale)
    return f"{what} of {spec.design.response_name}{by}{detail}{inside} ({scale})"


def average_notes(task: Task, *, on_response: bool, but: str = "") -> tuple[str, ...]:
    """Say what was held, averaged over, and how; of the variable `but` nothing is said."""
    source, grid, options = task.source, task.grid, task.options
    notes = list(grid.notes)
    if options.over == "data":
        notes.append(f"Averaged over the {source.design.n} rows of the data.")
    else:
        # with the offset at its mean, columns that it alone reads have no part in the answer
        unsaid = () if grid.offset is None else offset_columns(source.design.mean)
        notes += _grid_sentences(grid, options, (*unsaid, but))
    family = task.spec.family
    if task.several and options.scale == "response" and not family.mean_is_linear:
        notes.append(
            "In every draw the responses are averaged."
            if on_response
            else f"In every draw linear predictors are averaged on the {family.linear_scale} scale "
            'and then taken to the response scale; average="response" averages the responses.'
        )
    if source.design.mean.blocks:
        notes += task.groups.treatments.said(GROUPS)
    return tuple(notes)


def _grid_sentences(grid: Grid, options: Options, unsaid: Sequence[str]) -> list[str]:
    notes = []
    known = [axis for axis in grid.fixed if axis.name not in unsaid]
    if known:
        shown = [f"{axis.name} = {show_value(axis.shown[0])}" for axis in known]
        notes.append(f"Held at {', '.join(shown)}.")
    if grid.offset is not None:
        notes.append(f"The offset is held at its mean, {grid.offset:.6g}.")
    averaged = [axis for axis in grid.averaged if axis.name not in unsaid]
    if averaged:
        names = ", ".join(map(_averaged_name, averaged))
        notes.append(f"Averaged over {names} with {WEIGHTS[options.weights]}.")
    return notes


def _averaged_name(axis: Axis) -> str:
    if axis.levels:
        return axis.name
    return f"{axis.name} ({', '.join(show_values(axis.values))})"
