"""What figures are drawn from: a fit's draws and specification, and parts of them by name."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mixwell.errors import DataError, require_texts
from mixwell.posterior.draws import most_panels, stack_labels
from mixwell.posterior.made import Made
from mixwell.posterior.parameter_tables import parameter_stack
from mixwell.posterior.posterior import Posterior
from mixwell.public_calls import public_methods
from mixwell.show.posterior_shapes import Named
from mixwell.specify.layout import FactorEffects
from mixwell.specify.naming import distinct_label, predictor_names
from mixwell.specify.spec import Spec
from mixwell.text.names import require_name

#: Dims of draws, and what ArviZ calls the columns of a figure: no variable may have these names.
FIGURE_NAMES = ("chain", "draw", "column")


@public_methods
@dataclass(frozen=True, slots=True, repr=False)
class DrawnFit:
    """The draws of one fit, and its specification."""

    idata: xr.DataTree
    spec: Spec

    @property
    def posterior(self) -> xr.Dataset:
        """The draws of all parameters."""
        return self.idata["posterior"].to_dataset()

    @property
    def drawn(self) -> Posterior:
        """The draws with the specification."""
        return Posterior(self.posterior, self.spec)

    @property
    def response(self) -> str:
        """The response's name."""
        return self.spec.design.response_name

    @property
    def scale(self) -> str:
        """The scale of the linear predictor, in the data's words."""
        return scale_of(self, "mean")

    @property
    def independent(self) -> bool:
        """Whether the draws are independent ones, made without chains."""
        return Made.read(self.posterior.attrs).independent

    @property
    def diverging(self) -> NDArray[np.bool_]:
        """Which transitions diverged, (chain, draw)."""
        if "sample_stats" in self.idata and "diverging" in self.idata["sample_stats"]:
            return np.asarray(self.idata["sample_stats"]["diverging"].values, dtype=bool)
        sizes = self.posterior.sizes
        return np.zeros((sizes["chain"], sizes["draw"]), dtype=bool)

    def group(self, factor: str | None) -> FactorEffects:
        """Return the random effects of a factor; without a name those of the only one."""
        found = self.groups(factor)
        if len(found) > 1:
            said = f"{found[0].factor} has deviations in several linear predictors."
            choices = f"Choices: {', '.join(group.label for group in found)}."
            raise DataError(said, where="factor", hint=choices)
        return found[0]

    def groups(self, factor: str | None) -> list[FactorEffects]:
        """Return the random effects of a factor, one for each linear predictor that has some.

        Without a name those of the only factor.
        """
        found = self.drawn.groups
        if not found:
            raise DataError("The model has no random effects.", hint="fit.plot.coefficients()")
        factors, labels = (
            list(dict.fromkeys(own))
            for own in zip(*((group.factor, group.label) for group in found), strict=True)
        )
        if factor is None and len(factors) > 1:
            choices = f"Choices: {', '.join(factors)}."
            raise DataError("The model has several grouping factors.", hint=choices)
        given = factors[0] if factor is None else factor
        wanted = chosen(given, list(dict.fromkeys([*factors, *labels])), "grouping factor")
        if wanted in factors:
            return [group for group in found if group.factor == wanted]
        return [group for group in found if group.label == wanted]

    def named_draws(self, parameters: Sequence[str] | None) -> list[Named]:
        """Return the draws of parameters under the names of the summary, all without names."""
        if parameters is None:
            stack = parameter_stack(self.drawn)
            return [(label, stack.values[..., k]) for k, label in enumerate(stack.labels)]
        drawn, places = self.drawn, self.drawn.scalar_places()
        wanted = [chosen(name, list(places), "parameter") for name in self._expanded(parameters)]
        return [(name, drawn.scalar(*places[name])) for name in wanted]

    def named_dataset(self, parameters: Sequence[str] | None) -> xr.Dataset:
        """Return the same as one variable a parameter: `b[chain]` for a coefficient `chain`.

        A slash in a name would separate groups in a tree of draws: one that looks alike is there.
        """
        dims = ("chain", "draw")
        own = predictor_names("mean")
        variables = {
            distinct_label(own, name, FIGURE_NAMES).replace("/", "\u2215"): (dims, values)
            for name, values in self.named_draws(parameters)
        }
        return xr.Dataset(variables, coords={dim: self.posterior[dim] for dim in dims})

    def spreads(self, parameters: str | Sequence[str] | None) -> list[Named]:
        """Return the draws of standard deviations by name, all of them without `parameters`."""
        plain = [] if self.spec.residual is None else [self.spec.residual]
        if not (plain or self.drawn.groups):
            hint = "fit.plot.coefficients() draws effects."
            raise DataError("The model has no standard deviations to draw.", hint=hint)
        stack = self.drawn.stack([*(group.sd_name for group in self.drawn.groups), *plain])
        wanted = stack.labels if parameters is None else self._expanded(parameters)
        wanted = tuple(chosen(name, stack.labels, "standard deviation") for name in wanted)
        return [(n, stack.values[..., k]) for k, n in enumerate(stack.labels) if n in wanted]

    def _expanded(self, parameters: str | Sequence[str]) -> tuple[str, ...]:
        """Return the names of parameters, those of a whole variable in its place."""
        names = require_texts("parameters", parameters, "Names are those of fit.summary().")
        whole = self.posterior.data_vars
        parts = [stack_labels(whole[n]) if n in whole else (n,) for n in names]
        return tuple(label for part in parts for label in part)


def scale_of(fit: DrawnFit, parameter: str) -> str:
    """Return the scale of a parameter's linear predictor, in the data's words."""
    family, locations = fit.spec.family, fit.spec.locations
    if parameter not in locations:
        link = family.link_of(parameter)
        return parameter if link.linear else f"{link.name} of {parameter}"
    if family.categories or family.parts:
        return family.words_of(parameter).linear_level
    scale = family.linear_scale
    return f"{scale} of {fit.response}" if scale else fit.response


def chosen(name: str, choices: Sequence[str], what: str) -> str:
    """Return a name that is among the choices; raises `DataError` with the nearest for another."""
    return require_name(name, choices, f'There is no {what} "{name}".')


def fitting_dataset(
    fit: DrawnFit, parameters: Sequence[str] | None, each: int = 1
) -> tuple[xr.Dataset, str]:
    """Return draws by name, of what a figure has room for: `each` panels a parameter; and a note.

    Raises `DataError` where parameters were named that are too many for it.
    """
    draws, most = fit.named_dataset(parameters), most_panels()
    count = len(draws.data_vars)
    if most is None or each * count <= most:
        return draws, ""
    if parameters is not None:
        raise DataError(
            f"{count} parameters take {each * count} panels, and a figure has at most {most}.",
            where="parameters",
            hint='Name fewer, or raise ArviZ\'s setting "plot.max_subplots".',
        )
    kept = list(draws.data_vars)[: max(1, most // each)]
    return draws[kept], f"the first {len(kept)} of {count} parameters; parameters= names others"
