"""What a user changed in the PyMC model by hand, and what no longer follows from the formula."""

from dataclasses import dataclass

from mixwell.errors import SamplingError
from mixwell.posterior.made import edited_note, require_unedited

__all__ = ["Edits"]


@dataclass(frozen=True, slots=True)
class Edits:
    """Changes of `model.pymc` since it was built, as phrases.

    `density` are those of priors, with potentials and variables that were added: draws then follow
    the edited model, and what is known of the response given the parameters still holds. `response`
    are those of the data or of what the response depends on: a specification says nothing about
    such a model. `computed` are additions that no density depends on.

    >>> Edits(density=('potential "p" added',)).text
    'potential "p" added'
    """

    density: tuple[str, ...] = ()
    response: tuple[str, ...] = ()
    computed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.density or self.response or self.computed)

    @property
    def changes(self) -> tuple[str, ...]:
        """Those that change the posterior."""
        return (*self.density, *self.response)

    @property
    def text(self) -> str:
        """Those that change the posterior, in words; nothing where none does."""
        return "; ".join(self.changes)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the specification must know."""
        return (edited_note(self.text),) if self.changes else ()

    def refuse(self, what: str) -> None:
        """Raise `SamplingError` where `what` is computed from a specification that lacks them."""
        require_unedited(what, self.text)

    def refuse_response(self, what: str) -> None:
        """Raise `SamplingError` where the response is another than the specification's."""
        if self.response:
            raise SamplingError(
                "model.pymc was edited in what its response depends on "
                f"({'; '.join(self.response)}). {what} would describe another model.",
                where="model.pymc",
                hint="Sample it with pm.sample() inside it, or make a Model of other data.",
            )
