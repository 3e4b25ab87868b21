"""Which engine draws from the posterior, and running it. PyMC is imported only when one runs."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mixwell.errors import DataError, SamplingError
from mixwell.infer.coordinates.choice import resolve_geometry
from mixwell.infer.exact.applicable import why_not_exact
from mixwell.specify.spec import Spec

if TYPE_CHECKING:
    import pymc as pm
    import xarray as xr

__all__ = ["ENGINES", "EngineChoice", "choose_engine", "pymc_model", "run"]

ENGINES = ("auto", "exact", "nuts")


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """The engine that draws, `"exact"` or `"nuts"`, and the reason for it in words."""

    name: str
    reason: str


def choose_engine(
    spec: Spec,
    engine: str = "auto",
    *,
    parameterization: object = "auto",
    options: Collection[str] = (),
    edited: bool = False,
) -> EngineChoice:
    """Choose the engine for a specification and say why it is that one.

    `"auto"` is the exact engine wherever it applies. NUTS is kept where the user asked for what
    only NUTS has: a `parameterization`, `options` of the sampler, a PyMC model `edited` by hand.

    Raises `DataError` for an unknown name, `SamplingError` where the exact engine does not apply.
    """
    if engine not in ENGINES:
        raise DataError(
            f"There is no engine {engine!r}.",
            where="engine",
            hint=f"Choices: {', '.join(ENGINES)}.",
        )
    if engine == "nuts":
        return EngineChoice("nuts", "asked for")
    reason = why_not_exact(spec)
    if engine == "exact":
        if reason is not None:
            raise _cannot(reason)
        return EngineChoice("exact", "asked for")
    if edited:
        return EngineChoice("nuts", "model.pymc was edited, and that model is sampled")
    if parameterization != "auto":
        return EngineChoice("nuts", "a parameterization was asked for")
    if options:
        given = ", ".join(options)
        verb = "is an option" if len(options) == 1 else "are options"
        return EngineChoice("nuts", f"{given} {verb} of NUTS")
    if reason is not None:
        return EngineChoice("nuts", f"not the exact engine, because {reason}")
    return EngineChoice("exact", "the random effects can be integrated out")


def _cannot(reason: str) -> SamplingError:
    return SamplingError(
        f"The exact engine cannot take this model: {reason}.",
        where="engine",
        hint='Use engine="nuts".',
    )


def pymc_model(spec: Spec, parameterization: object = "auto") -> "pm.Model":
    """Build the PyMC model of a specification (see `mixwell.infer.pymc.build.build_model`)."""
    from mixwell.infer.pymc.build import (
        build_model,  # PyMC costs seconds: only when a model is built
    )

    return build_model(spec, resolve_geometry(parameterization, spec))


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
    choice: EngineChoice | None = None,
    **sampler: Any,
) -> "xr.DataTree":
    """Draw from the posterior of a specification; `model` is its PyMC model when already built.

    The exact engine knows no tuning, coordinates or sampler options and passes them over. Where
    `choice` is automatic and the exact engine finds its weights unreliable, NUTS takes over.

    Raises `DataError` for unknown choices and `SamplingError` for what cannot be run.
    """
    choice = choice or choose_engine(spec, engine, parameterization=parameterization)
    if choice.name == "exact":
        from mixwell.infer.exact.exact_draws import (
            sample_exactly,  # scipy.sparse: only where it runs
        )

        found = sample_exactly(spec, draws=draws, chains=chains, seed=seed)
        if not isinstance(found, str):
            return _with_reason(found, choice)
        if engine == "exact":
            raise _cannot(found)
        choice = EngineChoice("nuts", f"the exact engine was tried first, but {found}")
    geometry = resolve_geometry(parameterization, spec)
    built = pymc_model(spec, geometry) if model is None else model
    from mixwell.infer.pymc.nuts import sample

    drawn = sample(
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
    return _with_reason(drawn, choice)


def _with_reason(drawn: "xr.DataTree", choice: EngineChoice) -> "xr.DataTree":
    for group in ("posterior", "sample_stats"):
        drawn[group].attrs["engine_reason"] = choice.reason
    return drawn
