"""Treatments of grouping factors: what their levels add to linear predictors, factor by factor."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mixwell.errors import DataError, require_choice
from mixwell.text.names import require_name

__all__ = ["Groups", "Treatments", "read_treatments", "require_groups"]

#: One treatment for all grouping factors, or one a factor by its name.
type Groups = str | Mapping[str, str]

#: What is said of one factor where others are treated otherwise.
_OF_ONE = {
    "population": "deviations are 0",
    "existing": "each level's own deviations",
    "new": "new levels, drawn from the fitted covariance",
    "mixed": "known levels' own deviations, those of others drawn from the fitted covariance",
    "completed": "known levels' own deviations, others averaged over the population of levels",
    "integrated": "averaged over the population of levels",
}
#: Treatments in which levels that the data have keep their deviations.
_KNOWN = ("existing", "mixed", "completed")


@dataclass(frozen=True)
class Treatments:
    """The treatment of every grouping factor, by its name."""

    by_factor: Mapping[str, str]

    def of(self, factors: Collection[str]) -> "Treatments":
        """Return the treatments of some factors."""
        return Treatments({name: own for name, own in self.by_factor.items() if name in factors})

    def having(self, *treatments: str) -> tuple[str, ...]:
        """Return the factors that have one of some treatments."""
        return tuple(factor for factor, own in self.by_factor.items() if own in treatments)

    @property
    def treated(self) -> tuple[str, ...]:
        """The factors whose deviations take part by draws."""
        return self.having(*_KNOWN, "new")

    @property
    def integrated(self) -> tuple[str, ...]:
        """The factors over whose deviations means are averaged."""
        return self.having("integrated")

    @property
    def scattered(self) -> tuple[str, ...]:
        """The factors over whose deviations the means of some rows are averaged."""
        return (*self.integrated, *self.having("completed"))

    @property
    def open(self) -> tuple[str, ...]:
        """The factors that may be at levels that the data do not have, next to known ones."""
        return self.having("mixed", "completed")

    @property
    def read(self) -> tuple[str, ...]:
        """The factors whose effects' columns are read."""
        return (*self.treated, *self.integrated)

    @property
    def known(self) -> tuple[str, ...]:
        """The factors whose levels in the data keep their own deviations."""
        return self.having(*_KNOWN)

    def said(self, words: Mapping[str, str]) -> tuple[str, ...]:
        """Say the treatments in a line: in `words`, or factor by factor where they differ."""
        distinct = dict.fromkeys(self.by_factor.values())
        if len(distinct) <= 1:
            return tuple(words[own] for own in distinct)
        parts = [f"{', '.join(self.having(own))}: {_OF_ONE[own]}" for own in distinct]
        return (f"Of {'; of '.join(parts)}.",)


def require_groups(groups: object) -> None:
    """Refuse what is no treatment, and no treatments by factor, with the nearest ones."""
    if not isinstance(groups, Mapping):
        require_choice("groups", groups, _OF_ONE)
        return
    for factor, treatment in groups.items():
        require_choice(f"groups[{factor!r}]", treatment, _OF_ONE)


def read_treatments(groups: Groups, factors: Collection[str]) -> Treatments:
    """Return the treatment of every factor of a model; one that is not named is left out.

    Raises `DataError` for treatments and factors that there are not.
    """
    require_groups(groups)
    if groups == "integrated" and not factors:
        raise DataError(
            "The model has no groups whose deviations could be integrated over.",
            where='groups="integrated"',
            hint="Leave groups= out.",
        )
    if isinstance(groups, str):
        return Treatments(dict.fromkeys(factors, groups))
    named: dict[str, str] = {}
    for name, treatment in groups.items():
        said = f"groups= names {name!r}, which is no grouping factor of the model."
        if not factors:
            raise DataError(said, hint="The model has no grouping factor: leave groups= out.")
        named[require_name(name, factors, said)] = treatment
    return Treatments({factor: named.get(factor, "population") for factor in factors})
