"""What figures are drawn from: a fit's draws and specification, and parts of them by name."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mixwell.errors import DataError, did_you_mean
from mixwell.posterior.draws import coordinate, draws_of, stack_variable, stack_variables
from mixwell.posterior.parameter_tables import Group, groups, parameter_stack
from mixwell.show.posterior_shapes import Named
from mixwell.specify.spec import Spec


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
    def response(self) -> str:
        """The response's name."""
        response = self.spec.design.response
        return response.name if response else "the response"

    @property
    def scale(self) -> str:
        """The scale of the linear predictor, in the data's words."""
        link = self.spec.link
        return self.response if link == "identity" else f"{link} of {self.response}"

    @property
    def exact(self) -> bool:
        """Whether the draws are those of the exact engine."""
        return self.posterior.attrs.get("engine") == "exact"

    @property
    def diverging(self) -> NDArray[np.bool_]:
        """Which transitions diverged, (chain, draw)."""
        if "sample_stats" in self.idata and "diverging" in self.idata["sample_stats"]:
            return np.asarray(self.idata["sample_stats"]["diverging"].values, dtype=bool)
        sizes = self.posterior.sizes
        return np.zeros((sizes["chain"], sizes["draw"]), dtype=bool)

    def group(self, factor: str | None) -> Group:
        """Return the random effects of a factor; without a name those of the only one."""
        found = {group.label: group for group in groups(self.posterior)}
        if not found:
            raise DataError("The model has no random effects.", hint="fit.plot.coefficients()")
        if factor is None and len(found) > 1:
            choices = f"Choices: {', '.join(found)}."
            raise DataError("The model has several grouping factors.", hint=choices)
        wanted = next(iter(found)) if factor is None else factor
        return found[chosen(wanted, list(found), "grouping factor")]

    def named_draws(self, parameters: Sequence[str] | None) -> xr.Dataset:
        """Return one variable a parameter, under the names of the summary."""
        posterior = self.posterior
        if parameters is None:
            stack = parameter_stack(posterior)
            wanted = stack.labels
        else:
            stack = stack_variables(posterior, [str(name) for name in posterior.data_vars])
            wanted = self._expanded(parameters)
        place = {label: k for k, label in enumerate(stack.labels)}
        dims = ("chain", "draw")
        return xr.Dataset(
            {
                name: (dims, stack.values[:, :, place[chosen(name, stack.labels, "parameter")]])
                for name in wanted
            },
            coords={dim: posterior[dim] for dim in dims},
        )

    def spreads(self, parameters: str | Sequence[str] | None) -> list[Named]:
        """Return the draws of standard deviations by name, all of them without `parameters`."""
        found = []
        for name, variable in self.posterior.data_vars.items():
            if str(name).startswith("sd_"):
                values = draws_of(variable)
                dim = next(str(d) for d in variable.dims if d not in ("chain", "draw"))
                for k, effect in enumerate(coordinate(variable, dim)):
                    found.append((f"{name}[{effect}]", values[..., k]))
            elif str(name) == "sigma" and variable.ndim == 2:
                found.append(("sigma", draws_of(variable)))
        if parameters is None:
            return found
        names = [name for name, _ in found]
        wanted = [chosen(n, names, "standard deviation") for n in self._expanded(parameters)]
        return [(name, values) for name, values in found if name in wanted]

    def _expanded(self, parameters: str | Sequence[str]) -> tuple[str, ...]:
        """Return the names of parameters, those of a whole variable in its place."""
        names = [parameters] if isinstance(parameters, str) else parameters
        parts = [
            stack_variable(self.posterior[name]).labels if name in self.posterior else (name,)
            for name in names
        ]
        return tuple(label for part in parts for label in part)


def chosen(name: str, choices: Sequence[str], what: str) -> str:
    """Return a name that is among the choices; raises `DataError` with the nearest for another."""
    if name not in choices:
        raise DataError(f'There is no {what} "{name}".', hint=did_you_mean(name, choices))
    return name
