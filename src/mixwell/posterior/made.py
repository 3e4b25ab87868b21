"""What an engine did: one record, kept in the attributes of the draws."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from mixwell._version import __version__
from mixwell.errors import SamplingError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Made", "edited_note", "require_unedited"]

type Chooser = Literal["rule", "user"]
_NO_SEED = -1


@dataclass(frozen=True, slots=True)
class Made:
    """How draws were made and why so; what does not apply to an engine is None.

    `engines_declined` are those that drew first and were not satisfied. Chains have coordinates
    (`parameterization`, `geometry`), a mass matrix (`adaptation`) and `tuning_steps`; independent
    draws have weights, judged by `k_hat`, that leave so many draws' worth as `effective_number`.
    `edited` says what was changed by hand in the PyMC model that was sampled, `resumed` after how
    many draws chains that were broken off went on, and how.
    All fields are attributes of the draws (see `write`) but the last two: `label` describes the run
    on one line, `settings` are the arguments of `Model.fit` as JSON.

    >>> Made.read({"engine": "exact", "k_hat": 0.1, "seed": -1}).independent
    True
    """

    engine: str = ""
    parameterization: str | None = None
    geometry: str | None = None
    geometry_by: Chooser | None = None
    adaptation: str | None = None
    adaptation_by: Chooser | None = None
    target_accept: float | None = None
    seed: int | None = None
    sampling_time: float | None = None
    tuning_steps: int | None = None
    k_hat: float | None = None
    effective_number: float | None = None
    log_marginal_likelihood: float | None = None
    log_marginal_likelihood_error: float | None = None
    inference_library: str = "mixwell"
    mixwell_version: str = __version__
    engine_reason: str = "asked for"
    engines_declined: tuple[str, ...] = ()
    edited: str | None = None
    resumed: str | None = None
    label: str = ""
    settings: str = ""

    @classmethod
    def read(cls, attributes: Mapping[str, Any], *, label: str = "", settings: str = "") -> "Made":
        """Read the attributes of draws, of files from earlier versions too.

        Raises `ValueError` or `TypeError` for those that no version wrote.
        """
        known: dict[str, Any] = {
            name: _NUMBERS.get(name, str)(attributes[name])
            for name in _ATTRIBUTES
            if name in attributes
        }
        if known.get("seed") == _NO_SEED:
            del known["seed"]
        if "engines_declined" in known:
            known["engines_declined"] = tuple(known["engines_declined"].split(", "))
        return cls(**known, label=label, settings=settings)

    def write(self, idata: "xr.DataTree") -> None:
        """Write the record into the attributes of `posterior` and `sample_stats`."""
        values = {name: getattr(self, name) for name in _ATTRIBUTES}
        values["seed"] = _NO_SEED if self.seed is None else self.seed
        values["engines_declined"] = ", ".join(self.engines_declined) or None
        for group in ("posterior", "sample_stats"):
            idata[group].attrs = {k: v for k, v in values.items() if v is not None}

    @property
    def independent(self) -> bool:
        """Whether the draws are independent ones, made without a Markov chain."""
        return self.k_hat is not None

    @property
    def has_trees(self) -> bool:
        """Whether the draws are chains that went along trees of steps, or nobody knows."""
        return not self.engine or self.parameterization is not None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the specification must know of the draws."""
        return (edited_note(self.edited),) if self.edited else ()

    @property
    def summary(self) -> dict[str, str]:
        """What `fit.engine` shows: engine, reason, coordinates, label, settings."""
        return {
            "name": self.engine,
            "reason": self.engine_reason,
            "parameterization": self.parameterization or "",
            "geometry": self.geometry or "",
            "label": self.label,
            "settings": self.settings,
        }


def edited_note(text: str) -> str:
    """Return the note of a specification whose PyMC model was edited by hand."""
    return f"model.pymc was edited by hand ({text}), which formula and priors do not show."


def require_unedited(what: str, edited: str | None) -> None:
    """Raise `SamplingError` where `what` is computed from a specification without the edits."""
    if edited:
        raise SamplingError(
            f"model.pymc was edited by hand ({edited}), which {what} would leave out.",
            where="model.pymc",
            hint="Change the model by priors= or its formula, or go on in PyMC.",
        )


#: What is not text among the attributes. A seed that is too long for files is text in them.
_NUMBERS: dict[str, type[float]] = {
    "target_accept": float,
    "seed": int,
    "sampling_time": float,
    "tuning_steps": int,
    "k_hat": float,
    "effective_number": float,
    "log_marginal_likelihood": float,
    "log_marginal_likelihood_error": float,
}
_ATTRIBUTES = tuple(f.name for f in fields(Made) if f.name not in ("label", "settings"))
