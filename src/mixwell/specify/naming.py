"""The name of the observed variable, the same for every engine; light to import."""

from mixwell.specify.spec import Spec

__all__ = ["response_name"]


def response_name(spec: Spec) -> str:
    """Return the observed variable's name: the response's, unless the posterior has it.

    A slash separates groups in an xarray tree and cannot stand in a variable's name.
    """
    name = spec.response.name.replace("/", " over ")
    taken = {
        "b",
        *spec.auxiliary,
        *spec.layout.factor_levels,
        spec.layout.row_dim,
        "effect",
        "weights",
    }
    return f"{name}_observed" if name in taken else name
