"""What a family's functions ask for by name: the response, parameters, forms of the mean."""

from collections.abc import Callable, Mapping
from typing import Any

from mixwell.errors import DataError
from mixwell.families.elementwise import Elementwise, arguments_of, bind, log, log1p
from mixwell.families.link import BoundLink, Link

__all__ = ["FORMS", "Arguments"]


def _log_mu(mu: Any) -> Any:
    return log(mu)


def _complement(mu: Any) -> Any:
    return 1.0 - mu


def _log_complement(mu: Any) -> Any:
    return log1p(-mu)


def _log_odds(log_mu: Any, log_complement: Any) -> Any:
    return log_mu - log_complement


#: Forms of the mean where a link has none of its own.
FORMS: dict[str, Elementwise] = {
    "complement": _complement,
    "log_complement": _log_complement,
    "log_mu": _log_mu,
    "log_odds": _log_odds,
}


class Arguments:
    """Values by name, computed once where they are asked for.

    `meanings` say what the elementwise names mean (arrays, tensors ...); `given` holds the
    response, trials and parameters. With the linear predictor `eta` (in `given` too) forms of the
    mean are those of the link, which keep digits where the mean has none left. `link` is the link
    itself, whose functions may be asked for at other numbers (see `BoundLink`).

    >>> from mixwell.families import get_family
    >>> family = get_family("binomial")
    >>> found = family.arguments(eta=-800.0, y=0.0, trials=3.0)
    >>> float(found.call(family.density.log))
    0.0
    """

    def __init__(
        self, link: Link, meanings: Mapping[str, Callable[..., Any]], given: Mapping[str, Any]
    ) -> None:
        self._link, self._meanings, self._known = link, meanings, dict(given)

    def __getitem__(self, name: str) -> Any:
        """Return a value by name; raises `KeyError` for one that is neither given nor computed."""
        if name not in self._known:
            self._known[name] = self._computed(name)
        return self._known[name]

    def _computed(self, name: str) -> Any:
        if name == "trials":
            return 1.0
        if name == "link":
            return BoundLink(self._link, self._meanings)
        own = {"mu": self._link.backward, **dict(self._link.forms)}
        if "eta" in self._known and name in own:
            return bind(own[name], self._meanings)(self._known["eta"])
        return self.call(FORMS[name])

    def has(self, name: str) -> bool:
        """Return whether a value was given, or computed before."""
        return name in self._known

    def given(self, **others: Any) -> "Arguments":
        """Return the same with other values of some names; forms of the mean stay as they are."""
        return Arguments(self._link, self._meanings, {**self._known, **others})

    def value(self, what: str | Elementwise | None) -> Any:
        """Return an argument by its name, or a function's value.

        Raises `DataError` where there is none: categories have neither a mean nor a variance.
        """
        if what is None:
            raise DataError("Responses are categories, which have neither a mean nor a variance.")
        return self[what] if isinstance(what, str) else self.call(what)

    def call(self, function: Elementwise) -> Any:
        """Return a function's value at these arguments, handed over by their names."""
        return bind(function, self._meanings)(*(self[name] for name in arguments_of(function)))
