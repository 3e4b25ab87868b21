"""The one form of a reason that stands where a value was asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Declined"]


@dataclass(frozen=True, slots=True)
class Declined:
    """Why there is no value: the reason in words, and the measures that it rests on.

    `by_choice` says that the user's own choices speak against an engine, not the model: asked for
    by name, the engine draws all the same. `remedy` is what a user can do where nothing else draws.

    >>> f"Not whitened, because {Declined('it has no coefficients')}."
    'Not whitened, because it has no coefficients.'
    """

    reason: str
    measures: Mapping[str, float] = field(default_factory=dict)
    by_choice: bool = False
    remedy: str = ""

    def __str__(self) -> str:
        """Give the reason."""
        return self.reason
