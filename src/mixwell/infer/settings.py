"""How draws are asked for: checked, run, written down so that a fit can be made again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mixwell.errors import SamplingError
from mixwell.infer.coordinates.choice import check_parameterization
from mixwell.infer.engine import EngineChoice, choose_engine, run
from mixwell.infer.geometry import Geometry
from mixwell.specify.spec import Spec

if TYPE_CHECKING:
    import pymc as pm
    import xarray as xr

__all__ = ["Settings", "check_settings", "made_by"]


@dataclass(frozen=True, slots=True)
class Settings:
    """The arguments of `Model.fit`; `sampler` holds those for the sampler itself."""

    engine: str = "auto"
    parameterization: Any = "auto"
    draws: int = 1000
    tune: int = 1000
    chains: int = 4
    seed: int | None = None
    progressbar: bool | None = None
    target_accept: float | None = None
    sampler: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> "Settings":
        """Return the settings that `text` stands for; the defaults for an empty text."""
        return cls(**json.loads(text)) if text else cls()

    @property
    def text(self) -> str:
        """The settings as JSON; what cannot be written (Python objects) is left out."""
        own = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "sampler"}
        own["sampler"] = {k: v for k, v in self.sampler.items() if _is_plain(v)}
        return json.dumps({k: v for k, v in own.items() if _is_plain(v)}, default=_number)

    def changed(self, changes: Mapping[str, Any]) -> "Settings":
        """Return the settings with some exchanged; unknown names are options of the sampler."""
        own = {f.name for f in fields(self)} - {"sampler"}
        kept = {k: v for k, v in changes.items() if k in own}
        further = {k: v for k, v in changes.items() if k not in own}
        return replace(self, **kept, sampler={**self.sampler, **further})

    def check(self, spec: Spec) -> None:
        """Refuse settings that cannot be (see `check_settings`)."""
        check_settings(
            spec,
            self.engine,
            self.parameterization,
            self.draws,
            self.tune,
            self.chains,
            self.target_accept,
        )

    def choice(self, spec: Spec, *, edited: bool = False) -> EngineChoice:
        """Choose the engine, `edited` where the user changed the PyMC model (see `choose_engine`).

        Raises as `choose_engine`.
        """
        options = list(self.sampler)
        if self.target_accept is not None:
            options.insert(0, "target_accept")
        return choose_engine(
            spec,
            self.engine,
            parameterization=self.parameterization,
            options=options,
            edited=edited,
        )

    def run(
        self,
        spec: Spec,
        geometry: Geometry | None = None,
        model: "pm.Model | None" = None,
        choice: EngineChoice | None = None,
    ) -> "xr.DataTree":
        """Draw from the posterior; `geometry`, `model` and `choice` where they are there already.

        Raises `SamplingError` when no draw can be made.
        """
        try:
            return run(
                spec,
                engine=self.engine,
                parameterization=self.parameterization if geometry is None else geometry,
                draws=self.draws,
                tune=self.tune,
                chains=self.chains,
                seed=self.seed,
                progressbar=self.progressbar,
                target_accept=self.target_accept,
                model=model,
                choice=self.choice(spec) if choice is None else choice,
                **self.sampler,
            )
        except RuntimeError as error:  # what nutpie and PyMC raise when no draw can be made
            raise SamplingError(
                "The sampler failed.",
                where=str(error).strip().split("\n")[0],
                hint="Look at print(model.spec): priors or data may give no finite density.",
            ) from error


def _is_plain(value: object) -> bool:
    try:
        json.dumps(value, default=_number)
    except TypeError:
        return False
    return True


def _number(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} is not plain")


def check_settings(
    spec: Spec,
    engine: str,
    parameterization: object,
    draws: int,
    tune: int,
    chains: int,
    target_accept: float | None,
) -> None:
    """Refuse arguments of `Model.fit` that cannot be, before PyMC is even imported.

    Raises `DataError` for unknown names and `SamplingError` for numbers out of range and for what
    is not available.
    """
    choose_engine(spec, engine)
    check_parameterization(parameterization, spec.layout)
    if engine == "exact" and parameterization != "auto":
        raise SamplingError(
            "The exact engine has no parameterization: its draws are independent.",
            where="parameterization",
            hint='Leave it out, or use engine="nuts".',
        )
    numbers: dict[str, object] = {"draws": draws, "tune": tune, "chains": chains}
    for name, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
            raise SamplingError(
                f"{name} is {value!r}.", where=name, hint="Give a whole number from 1 on."
            )
    if target_accept is not None and not 0 < target_accept < 1:
        raise SamplingError(
            f"target_accept is {target_accept!r}.",
            where="target_accept",
            hint="Give a number between 0 and 1, such as 0.95.",
        )


def made_by(settings: Settings, idata: "xr.DataTree") -> dict[str, str]:
    """Say which engine made the draws, how, and why that one; and how to do it again."""
    notes = idata["posterior"].attrs
    name = str(notes.get("engine", "nuts"))
    coordinates = str(notes.get("parameterization", ""))
    label = f"{name.upper() if name == 'nuts' else name}, {coordinates}".removesuffix(", ")
    if notes.get("adaptation") == "low_rank":
        label += ", low-rank adaptation"
    if "effective_number" in notes:
        effective, k_hat = float(notes["effective_number"]), float(notes["k_hat"])
        label += f", {effective:,.0f} effective draws, k-hat {k_hat:.2f}"
    if "tuning_steps" in notes:
        label += f", after {notes['tuning_steps']} warmup draws a chain"
    reason = str(notes.get("engine_reason", "asked for"))
    return {
        "name": name,
        "reason": reason,
        "parameterization": coordinates,
        "geometry": str(notes.get("geometry", "")),
        "label": label,
        "settings": settings.text,
    }
