"""How draws are asked for: one value, written down so that a fit can be made again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from mixwell.errors import DataError, shown

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """The arguments of `Model.fit`; `sampler` holds those for the sampler itself.

    `checkpoint`, a folder, is not among what is written down: a fit is made again elsewhere.
    """

    engine: str = "auto"
    parameterization: Any = "auto"
    draws: int = 1000
    tune: int = 1000
    chains: int = 4
    seed: int | None = None
    progressbar: bool | None = None
    target_accept: float | None = None
    sampler: Mapping[str, Any] = field(default_factory=dict)
    checkpoint: Any = None
    min_ess: float | None = None
    max_time: float | None = None

    @classmethod
    def read(cls, text: str) -> "Settings":
        """Return the settings that `text` stands for; the defaults for an empty text.

        Raises `DataError` for a text that no version wrote; whether the values can be is asked when
        an engine is chosen.
        """
        try:
            read = cls(**json.loads(text)) if text else cls()
        except (TypeError, ValueError, RecursionError) as error:
            raise _unreadable(text) from error
        if not isinstance(read.sampler, Mapping):
            raise _unreadable(text)
        return read

    @property
    def text(self) -> str:
        """The settings as JSON; what cannot be written (Python objects) is left out."""
        own = {name: getattr(self, name) for name in self.names() if name != "checkpoint"}
        own["sampler"] = {k: v for k, v in self.sampler.items() if _is_plain(v)}
        return json.dumps({k: v for k, v in own.items() if _is_plain(v)}, default=_number)

    @classmethod
    def names(cls) -> list[str]:
        """Return the names of the arguments of `Model.fit`, without the sampler's own."""
        return [f.name for f in fields(cls) if f.name != "sampler"]

    @property
    def options(self) -> tuple[str, ...]:
        """The names of the sampler's options that were given."""
        own = () if self.target_accept is None else ("target_accept",)
        return (*own, *self.sampler)

    def after(self, seconds: float) -> "Settings":
        """Return the settings for what is left of `max_time` after so many seconds."""
        if self.max_time is None:
            return self
        return replace(self, max_time=max(self.max_time - seconds, 0.0))

    def changed(self, changes: Mapping[str, Any]) -> "Settings":
        """Return the settings with some exchanged; unknown names are options of the sampler."""
        own = self.names()
        kept = {k: v for k, v in changes.items() if k in own}
        further = {k: v for k, v in changes.items() if k not in own}
        return replace(self, **kept, sampler={**self.sampler, **further})


def _unreadable(text: object) -> DataError:
    return DataError(
        "The arguments of `fit` that were noted with the draws cannot be read.",
        where=shown(text),
        hint="Fit the model again.",
    )


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
