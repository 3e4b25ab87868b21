"""One of the categories or responses that a mean is about, by its own name."""

from dataclasses import dataclass

from mixwell.interpret.means.predicted_rows import PredictionKind
from mixwell.specify.spec import Spec

__all__ = ["NamedPart", "categories_of", "named_part", "names_of_mean"]


def names_of_mean(spec: Spec) -> list[str]:
    """Return the names of the mean: also its own where there are several linear predictors."""
    several = len(spec.locations) > 1
    return ["mean", *([spec.family.location.name] if several else [])]


def categories_of(spec: Spec) -> tuple[str, ...]:
    """Return the categories of a response, each of which has a probability."""
    return (spec.response.levels or ()) if spec.family.categories else ()


@dataclass(frozen=True)
class NamedPart:
    """One of the categories or responses that the mean is about, by its own name and number.

    Its `linear` predictor is a category's parameter itself.
    """

    spec: Spec
    name: str
    number: int
    linear: bool = False

    def kind(self, asked: PredictionKind) -> PredictionKind:
        """Return what is predicted where a kind is asked for."""
        return "linear" if self.linear else asked

    def title(self, kind: PredictionKind) -> str:
        """Say what is predicted."""
        family, name = self.spec.family, self.spec.design.response_name
        if self.linear:
            return f"Predicted {self.name} of {name}"
        if not family.parts:
            return f"Predicted probability of {self.name} of {name}"
        link = family.shown_link(self.name)
        return f"Predicted {link.formula.format(self.name) if kind == 'linear' else self.name}"


def named_part(spec: Spec, parameter: str) -> NamedPart | None:
    """Return the category or response that a name stands for, None for other parameters."""
    first, levels = names_of_mean(spec)[1:], categories_of(spec)
    if parameter in first:
        return NamedPart(spec, parameter, 0, linear=bool(levels))
    if parameter in levels and parameter not in ("mean", *spec.auxiliary):
        return NamedPart(spec, parameter, levels.index(parameter))
    return None
