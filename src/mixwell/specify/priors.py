"""Priors as values: a distribution, its arguments, where it came from and why."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mixwell.errors import PriorError, did_you_mean
from mixwell.specify.distributions import DISTRIBUTIONS, Distribution
from mixwell.specify.naming import CENTERED, GroupNames
from mixwell.text.names import known_name, outside_quotes, split_at

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Prior", "PriorEntry", "PriorTable"]


@dataclass(frozen=True)
class Prior:
    """A prior distribution under its PyMC name.

    `args` are PyMC's argument names and their values. `native` is a PyMC variable given by the
    user that stands for the whole distribution; `distribution` then only describes it.

    >>> str(Prior("Normal", {"mu": 0.0, "sigma": 2.5}))
    'Normal(0, 2.5)'
    """

    distribution: str
    args: Mapping[str, float] = field(default_factory=dict)
    origin: str = "default"
    reason: str = ""
    native: Any = field(default=None, repr=False, compare=False)

    @property
    def known(self) -> Distribution | None:
        """What is known of the distribution, None for one that only PyMC knows."""
        return None if self.native is not None else DISTRIBUTIONS[self.distribution]

    @property
    def location(self) -> float | None:
        """Where the distribution is centered, None when it has no argument that shifts it."""
        known = self.known
        return None if known is None or known.location is None else self.args[known.location]

    def shifted(self, by: float) -> "Prior":
        """Return the same distribution moved by a constant."""
        known = self.known
        if known is None or known.location is None:
            return self
        return replace(self, args={**self.args, known.location: self.args[known.location] + by})

    def __str__(self) -> str:
        """Write the prior as a user would."""
        if self.native is not None:
            return self.distribution
        if self.distribution in ("Flat", "HalfFlat"):
            return "flat"
        order = DISTRIBUTIONS[self.distribution].arguments
        if tuple(self.args) == order[: len(self.args)]:
            values = ", ".join(f"{value:.4g}" for value in self.args.values())
        else:
            values = ", ".join(f"{name}={value:.4g}" for name, value in self.args.items())
        return f"{self.distribution}({values})"


@dataclass(frozen=True)
class PriorEntry:
    """One parameter of the model and its prior.

    `role` is `intercept`, `slope`, `sd`, `corr`, `auxiliary` or `vector`; `groups` are the wider
    keys that also address it, the nearest first: its term (`f`, `x:f`) or factor (`sd_user`), then
    its class (`b`, `sd`, `corr`); `parameter` is `mean` or the
    distributional parameter that it belongs to; `element` the effect that it is about; `domain`
    where the parameter can lie. A wide key addresses the entries of one `scope`: of a linear
    predictor, or of all that share the formula.
    """

    key: str
    role: str
    prior: Prior
    parameter: str = "mean"
    element: str = ""
    groups: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    domain: tuple[float, float] = (-math.inf, math.inf)
    scope: str = "mean"

    def reach(self, key: str) -> int:
        """Return 0 for the parameter's own key or another name of it, else how wide the key is."""
        wide = [plain(group) for group in self.groups]
        own = plain(key) in map(plain, (self.key, *self.aliases))
        return 0 if own else 1 + wide.index(plain(key))

    @property
    def positive(self) -> bool:
        """Whether the parameter is any number above 0."""
        return self.domain == (0.0, math.inf)

    @property
    def flat(self) -> Prior:
        """The prior that has the same density everywhere."""
        lower, upper = self.domain
        if math.isfinite(upper):
            return Prior("Uniform", {"lower": lower, "upper": upper})
        return Prior("HalfFlat" if self.positive else "Flat")

    @property
    def centered(self) -> bool:
        """Whether an intercept is meant at the predictors' means, not at their own zero."""
        return self.key.endswith(CENTERED)


@dataclass(frozen=True)
class PriorTable:
    """All priors of a model in the order of its parameters.

    Looked up by key: `table["sigma"]` is a `Prior`. `called` are words for distributional
    parameters, with the names here, by which keys may be written, too: `phi_x` is `kappa_x`.
    """

    entries: tuple[PriorEntry, ...]
    called: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __iter__(self) -> Iterator[PriorEntry]:
        """Go through the entries in order."""
        return iter(self.entries)

    def __len__(self) -> int:
        """Count the entries."""
        return len(self.entries)

    def __contains__(self, key: object) -> bool:
        """Whether a parameter has this key as its own."""
        return any(entry.key == key for entry in self.entries)

    def __getitem__(self, key: str) -> Prior:
        """Return the prior of one parameter; raises `PriorError` for an unknown key."""
        return self.entry(key).prior

    def entry(self, key: str) -> PriorEntry:
        """Return all that is known of one parameter; raises `PriorError` for an unknown key."""
        return self.entries[self.find(key)[0]]

    def keys(self) -> tuple[str, ...]:
        """Return every parameter's own key."""
        return tuple(entry.key for entry in self.entries)

    def addresses(self) -> tuple[str, ...]:
        """Return everything that a prior can be given for, wider keys included."""
        wide = dict.fromkeys(group for entry in self.entries for group in entry.groups)
        aliases = dict.fromkeys(alias for entry in self.entries for alias in entry.aliases)
        return tuple(dict.fromkeys((*self.keys(), *wide, *aliases)))

    def find(self, key: str) -> list[int]:
        """Return the positions of the entries that a key addresses.

        Blanks and the order in an interaction do not count, `**` is `^`, and names of columns may
        stand without their backticks. Raises `PriorError` with the nearest names.
        """
        key = self.address(key)
        found: list[int] = []
        for form in (str, plain):
            wanted = form(key)
            own = [
                i
                for i, entry in enumerate(self.entries)
                if wanted in (form(entry.key), *map(form, entry.aliases))
            ]
            if own:
                return own[:1]
            found = [i for i, entry in enumerate(self.entries) if wanted in map(form, entry.groups)]
            if found:
                break
        first = self.entries[found[0]].scope  # the mean's
        return [i for i in found if self.entries[i].scope == first]

    def address(self, key: str) -> str:
        """Return a key as the table has it, where it is written with other backticks or blanks.

        Raises `PriorError` with the nearest names.
        """
        known = self.addresses()
        for form in (key, *self._called_here(key)):
            found = form if plain(form) in map(plain, known) else known_name(form, known)
            if found is not None:
                return found
        said = f'There is no parameter "{key}" to give a prior to.'
        raise PriorError(said, where="priors", hint=self._hint(key))

    def _called_here(self, key: str) -> Iterator[str]:
        """Yield a key with each word for a parameter in it as the parameter's name here."""
        for word, own in self.called.items():
            here = re.sub(rf"(?:(?<=_)|^){re.escape(word)}(?=$|[_\[])", own, key, count=1)
            if here != key:
                yield here

    def _hint(self, key: str) -> str | None:
        factor = key.rpartition("|")[2].strip().removesuffix("_sigma")  # bambi's 1|g_sigma
        sds = [group for entry in self.select("sd") for group in entry.groups[:1]]
        if "|" in key and sds:
            near = did_you_mean(GroupNames(factor).sd_name, dict.fromkeys(sds))
            return f"Random effects have a prior on their standard deviation. {near}"
        return did_you_mean(key, self.addresses())

    def select(self, role: str, parameter: str = "mean") -> list[PriorEntry]:
        """Return the entries of one role of one linear predictor."""
        return [e for e in self.entries if e.role == role and e.parameter == parameter]

    def coefficients(self, parameter: str = "mean") -> list[PriorEntry]:
        """Return the entries of a linear predictor's coefficients in the order of its columns."""
        return [*self.select("intercept", parameter), *self.select("slope", parameter)]

    def replaced(self, position: int, entry: PriorEntry) -> "PriorTable":
        """Return the table with one entry exchanged."""
        entries = list(self.entries)
        entries[position] = entry
        return replace(self, entries=tuple(entries))

    @property
    def frame(self) -> "pd.DataFrame":
        """The table as a DataFrame: parameter, prior, class, origin, reason."""
        import pandas as pd

        columns = ["parameter", "prior", "class", "origin", "reason"]
        rows = [(e.key, str(e.prior), e.role, e.prior.origin, e.prior.reason) for e in self]
        return pd.DataFrame(rows, columns=columns)

    def __repr__(self) -> str:
        """Show one line a parameter."""
        width = max((len(entry.key) for entry in self.entries), default=0)
        return "\n".join(f"{entry.key:<{width}}  {entry.prior}" for entry in self.entries)


def plain(key: str) -> str:
    """Write a key without blanks, with `^` for powers, and an interaction's variables in order.

    >>> plain("x : f[b]"), plain("f[b]:x")
    ('f[b]:x', 'f[b]:x')
    """
    spelled = outside_quotes(key, lambda part: "".join(part.split()).replace("**", "^"))
    return ":".join(sorted(split_at(spelled, ":")))


def grouped(priors: list[Prior]) -> list[tuple[list[int], Prior, dict[str, NDArray[np.float64]]]]:
    """Put priors of one distribution together: positions, an example, arguments as vectors.

    Priors that are PyMC variables stand alone.
    """
    groups: dict[tuple[object, ...], list[int]] = {}
    for i, prior in enumerate(priors):
        own = (i,) if prior.native is not None else (prior.distribution, *sorted(prior.args))
        groups.setdefault(own, []).append(i)
    return [
        (
            positions,
            priors[positions[0]],
            {
                name: np.array([priors[i].args[name] for i in positions], dtype=float)
                for name in priors[positions[0]].args
            },
        )
        for positions in groups.values()
    ]
