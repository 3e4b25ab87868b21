"""Which engine draws from the posterior, and running it. PyMC is imported only when one runs."""

from typing import TYPE_CHECKING, Any

from mixwell.errors import DataError, SamplingError
from mixwell.infer.applicable import why_not_exact
from mixwell.infer.geometry import resolve_geometry
from mixwell.specify.spec import Spec

if TYPE_CHECKING:
    import pymc as pm
    import xarray as xr

__all__ = ["ENGINES", "choose_engine", "pymc_model", "run"]

ENGINES = ("auto", "exact", "nuts")


def choose_engine(spec: Spec, engine: str = "auto") -> str:
    """Choose the engine for a specification; `"auto"` is NUTS.

    Raises `DataError` for an unknown name, `SamplingError` where the exact engine cannot be had.
    """
    if engine not in ENGINES:
        raise DataError(
            f"There is no engine {engine!r}.",
            where="engine",
            hint=f"Choices: {', '.join(ENGINES)}.",
        )
    if engine != "exact":
        return "nuts"
    reason = why_not_exact(spec)
    if reason is not None:
        raise _cannot(reason)
    return "exact"


def _cannot(reason: str) -> SamplingError:
    return SamplingError(
        f"The exact engine cannot take this model: {reason}.",
        where="engine",
        hint='Use engine="nuts".',
    )


def pymc_model(spec: Spec, parameterization: object = "auto") -> "pm.Model":
    """Build the PyMC model of a specification (see `mixwell.infer.build.build_model`)."""
    from mixwell.infer.build import build_model  # PyMC costs seconds: only when a model is built

    return build_model(spec, parameterization)


def run(
    spec: Spec,
    *,
    engine: str = "auto",
    parameterization: object = "auto",
    draws: int = 1000,
    tune: int = 1000,
    chains: int = 4,
    seed: int | None = None,
    progressbar: bool | None = None,
    target_accept: float | None = None,
    model: "pm.Model | None" = None,
    **sampler: Any,
) -> "xr.DataTree":
    """Draw from the posterior of a specification; `model` is its PyMC model when already built.

    The exact engine knows no tuning, coordinates or sampler options and passes them over.

    Raises `DataError` for unknown choices and `SamplingError` for what cannot be run.
    """
    if choose_engine(spec, engine) == "exact":
        from mixwell.infer.exact import sample_exactly  # scipy.sparse: only where it runs

        found = sample_exactly(spec, draws=draws, chains=chains, seed=seed)
        if isinstance(found, str):
            raise _cannot(found)
        return found
    geometry = resolve_geometry(parameterization, spec)
    built = pymc_model(spec, geometry) if model is None else model
    from mixwell.infer.nuts import sample

    return sample(
        built,
        spec,
        draws=draws,
        tune=tune,
        chains=chains,
        seed=seed,
        progressbar=progressbar,
        target_accept=target_accept,
        parameterization=geometry.name,
        geometry=geometry.text,
        by_rule=geometry.by_rule,
        **sampler,
    )
