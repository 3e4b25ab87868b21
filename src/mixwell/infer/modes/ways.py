"""Which way random effects are integrated out: exactly where that serves, else by Laplace."""

from mixwell.errors import SamplingError
from mixwell.infer.exact.applicable import is_gaussian, why_not_exact
from mixwell.specify.spec import Spec

__all__ = ["by_laplace"]


def by_laplace(spec: Spec, nodes: int | None) -> bool:
    """Return whether Laplace's approximation is taken; `nodes` are those that were asked for.

    Raises `SamplingError` for more than one node where there is no quadrature, and for densities
    with a corner, which the approximation takes for smooth.
    """
    declined = why_not_exact(spec)
    if declined is None:
        return nodes == 1 and not is_gaussian(spec)
    if spec.family.density.corner and spec.layout.factors:
        raise SamplingError(
            f"The random effects cannot be integrated out: the density of the family "
            f'"{spec.family.name}" has a corner, where Laplace\'s approximation does not serve.',
            where="family",
            hint="fit() draws from the posterior.",
        )
    if nodes is not None and nodes > 1:
        raise SamplingError(
            f"There is no quadrature of {nodes} nodes for this model: {declined}.",
            where="nodes",
            hint="Leave nodes out, or give nodes=1, which is Laplace's approximation.",
        )
    return True
