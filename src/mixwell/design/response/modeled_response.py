"""The scale that a response is modeled on: that of the formula's left side, and the way back."""

from dataclasses import dataclass

from mixwell.design.response.transformation import Transformation

__all__ = ["ModeledResponse"]


@dataclass(frozen=True, eq=False)
class ModeledResponse:
    """What a response is called in the formula, and how it is taken back to what was measured.

    It is `transformed` where it is computed from columns, `called` where a function does so, and
    cannot be undone without a way `back`.

    >>> ModeledResponse("abs(y)", transformed=True, called=True)
    ModeledResponse(name='abs(y)', transformed=True, called=True, back=None)
    """

    name: str
    transformed: bool = False
    called: bool = False
    back: Transformation | None = None
