"""Which responses a family takes."""

from dataclasses import dataclass

from mixwell.families.elementwise import Elementwise

__all__ = [
    "Refusal",
    "Requirement",
    "Support",
]


#: Kinds of responses that are whole numbers without a word of the family's.
_DISCRETE = frozenset({"outcomes", "trials", "ordered", "categories", "counts"})


@dataclass(frozen=True)
class Refusal:
    """Responses that a family cannot have: an elementwise test, and what is wrong with them."""

    where: Elementwise
    complaint: str


@dataclass(frozen=True)
class Requirement:
    """Responses of which a family needs one at least, what is wrong without, and what to do."""

    where: Elementwise
    complaint: str
    advice: str


@dataclass(frozen=True)
class Support:
    """Which responses a family takes.

    `kind` is what a response has to be ("number", "outcomes", "trials", "ordered",
    "categories", "counts", "shares"); `refusals` the values that it cannot have, with advice;
    `needs` what has to be among all; `atoms` the values of a continuous response that have a
    probability; `lowest` and `highest` mark the outcomes at an end of the support, whose
    probability tends to 1 as the linear predictor goes on (separation).
    """

    kind: str = "number"
    whole: bool = False
    refusals: tuple[Refusal, ...] = ()
    advice: str = ""
    needs: tuple[Requirement, ...] = ()
    atoms: Elementwise | None = None
    lowest: Elementwise | None = None
    highest: Elementwise | None = None

    @property
    def discrete(self) -> bool:
        """Whether responses are counts, outcomes or numbers of categories."""
        return self.whole or self.kind in _DISCRETE
