"""Several responses as one family: each with its own density, and their parameters side by side.

Every response has a linear predictor, called by its name, and further parameters with its name
behind them (`sigma_y1`). The log density of a row is the sum of theirs.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from mixwell.errors import DataError
from mixwell.families.arguments import FORMS
from mixwell.families.elementwise import Elementwise, arguments_of, takes
from mixwell.families.family import Density, Family, Parameter, Support, column_name

__all__ = ["response_parameter", "several"]

#: Second derivatives grow with the square of the responses.
_MOST_RESPONSES = 50
#: What arguments of densities and predictors are called.
_TAKEN = ("mean", "eta", "link", "meanings", "self")


def several(responses: Sequence[str], families: Sequence[Family]) -> Family:
    """Return the family of several responses, by their names.

    Raises `DataError` for too many of them, for families that have no mean, and for names that are
    the same or mean something else.
    """
    if len(responses) > _MOST_RESPONSES:
        raise DataError(
            f"{len(responses):,} responses are more than a model has: at most {_MOST_RESPONSES}.",
            where="response",
            hint="Put their values into one column, and which response a value is into another: "
            '"value ~ 0 + which + (0 + which | id)".',
        )
    names = list(map(response_parameter, responses))
    for family in families:
        if family.mean is None or any(p.vector is not None for p in family.further):
            raise DataError(
                f'The family "{family.name}" is for one response alone: it has a probability for '
                "each category, and no mean.",
                where="family",
                hint="Fit a model of it by itself, with the other response among its predictors.",
            )
    if len({*names}) < len(names):
        raise DataError(
            f"Two responses have the same name: {', '.join(responses)}.", where="response"
        )
    parts = [_Part(k, name, f) for k, (name, f) in enumerate(zip(names, families, strict=True))]
    parameters = [p.location for p in parts] + [q for p in parts for q in p.further]
    _refuse_names(responses, names, [q.name for p in parts for q in p.further])
    named_families = dict.fromkeys(family.name for family in families)
    return Family(
        name=", ".join(named_families),
        text="\n".join(
            f"{name} ~ {part.text}" for name, part in zip(responses, parts, strict=True)
        ),
        parameters=tuple(parameters),
        support=Support(kind="several"),
        density=_density(parts, parameters),
        sampler=None,
        pymc=None,
        mean=None,
        additions=("weights",),  # of rows that were counted: users give none
        mean_words="response scale",
        parts=tuple(families),
        levels=tuple(responses),
    )


def _refuse_names(
    responses: Sequence[str], names: Sequence[str], parameters: Sequence[str]
) -> None:
    """Refuse responses called as a parameter is, or as what the density reads of a row."""
    columns = map(column_name, range(len(names)))
    taken = {*_TAKEN, *parameters, *columns}
    for response, name in zip(responses, names, strict=True):
        if name in taken:
            raise DataError(
                f'One of several responses cannot be called "{name}", which means something else.',
                where=f"response {response}",
                hint="Give the column another name.",
            )


def response_parameter(response: str) -> str:
    """Return the name of a response's linear predictor: that of the response, letters alone.

    >>> response_parameter("log(y)")
    'logy'
    """
    return re.sub(r"\W", "", response)


@dataclass(frozen=True)
class _Part:
    """One of the responses: its number, its name and its family."""

    number: int
    name: str
    family: Family

    @property
    def location(self) -> Parameter:
        """The parameter of its mean, whose linear predictor the density is written in."""
        first = self.family.location
        links = (self.family.link_name,) if self.number == 0 else ("identity",)
        return replace(
            first, name=self.name, links=links, location=True, label=self.name, part=self.number
        )

    @property
    def text(self) -> str:
        """Its distribution with the names that its parameters have here."""
        names = {"mu": self.name} | {p.name: f"{p.name}_{self.name}" for p in self.family.further}
        return re.sub(r"\b[a-z]+\b", lambda word: names.get(word[0], word[0]), self.family.text)

    @property
    def further(self) -> tuple[Parameter, ...]:
        """Its other parameters."""
        return tuple(
            replace(
                p,
                name=f"{p.name}_{self.name}",
                words=f"{p.words or p.name}, of {self.name}",
                is_scale=False,
                is_spread=False,
                part=self.number,
            )
            for p in self.family.further
        )

    @property
    def arguments(self) -> tuple[str, ...]:
        """What its functions read, by name: the response, the linear predictor, parameters."""
        eta = "eta" if self.number == 0 else self.name
        return (column_name(self.number), eta, *(p.name for p in self.further))

    def of(self, function: Elementwise) -> Elementwise:
        """Return a function of the family as one of these arguments."""
        readers = tuple(self._reader(name) for name in arguments_of(function))

        def call(*values: Any) -> Any:
            return function(*[read(*values) for read in readers])

        return call

    def _reader(self, name: str) -> Elementwise:
        """Return what one of the family's arguments is, given those here."""
        link = self.family.link
        known = {"y": 0, "eta": 1}
        known |= {p.name: k for k, p in enumerate(self.family.further, 2)}
        if name in known:
            place = known[name]
            return lambda *values: values[place]
        forms = {"mu": link.backward, **dict(link.forms)}
        if name in forms:
            form = forms[name]
            return lambda *values: form(values[1])
        return self.of(FORMS[name])

    def along(self, function: Elementwise) -> Elementwise:
        """Return a function of the linear predictor."""
        return lambda *values: function(values[1])


def _density(parts: Sequence[_Part], parameters: Sequence[Parameter]) -> Density:
    """Put the densities together; derivatives are in the linear predictors and the parameters."""
    named = takes(*dict.fromkeys(name for part in parts for name in part.arguments))
    spans = _spans(parts)
    each = tuple(zip(parts, spans, strict=True))
    logs = tuple(_read(part.of(part.family.density.log), span) for part, span in each)
    gradients = tuple(_gradient(part, span) for part, span in each)
    hessians = tuple(_hessian(part, span) for part, span in each)
    curvatures = tuple(_curvature(part, span) for part, span in each)
    own = [[part.location.name, *(p.name for p in part.further)] for part in parts]
    place = {name: (k, i) for k, mine in enumerate(own) for i, name in enumerate(mine)}
    asked = tuple(place[p.name] for p in parameters)
    pairs = tuple((one, other) for i, one in enumerate(asked) for other in asked[: i + 1])

    @named
    def log_density(*values: Any) -> Any:
        return sum(log(*values) for log in logs)

    @named
    def gradient(*values: Any) -> Any:
        found = [of_part(*values) for of_part in gradients]
        return tuple(found[k][i] for k, i in asked)

    @named
    def hessian(*values: Any) -> Any:
        found = [of_part(*values) for of_part in hessians]
        return tuple(_entry(found, one, other) for one, other in pairs)

    @named
    def curvature(*values: Any) -> Any:
        found = [of_part(*values) for of_part in curvatures]
        return tuple(found[k][i] for k, i in asked)

    mixed = (_mixed(parts, one, other, spans, named) for one, other in pairs if one != other)
    return Density(log_density, gradient, hessian, curvature, tuple(mixed))


def _spans(parts: Sequence[_Part]) -> tuple[slice, ...]:
    """Return where the arguments of each part stand among those of all."""
    ends = list(accumulate(len(part.arguments) for part in parts))
    return tuple(map(slice, [0, *ends], ends))


def _read(function: Elementwise, span: slice) -> Elementwise:
    """Return a function of one part's arguments as one of all."""
    return lambda *values: function(*values[span])


def _gradient(part: _Part, span: slice) -> Elementwise:
    """Return the slopes of one part's log density, the first in its linear predictor."""
    gradient, rise = part.of(part.family.density.gradient), part.along(part.family.link.rise)

    def of_part(*values: Any) -> Any:
        first, *others = gradient(*values[span])
        return (first * rise(*values[span]), *others)

    return of_part


def _hessian(part: _Part, span: slice) -> Elementwise:
    """Return the second derivatives of one part's log density, the lower triangle row by row."""
    density, link, size = part.family.density, part.family.link, 1 + len(part.further)
    hessian, gradient = part.of(density.hessian), part.of(density.gradient)
    rise, bend = part.along(link.rise), part.along(link.bend)

    def of_part(*values: Any) -> Any:
        own = values[span]
        found, slope = list(hessian(*own)), gradient(*own)[0]
        up, turn = rise(*own), bend(*own)
        found[0] = found[0] * up**2 + slope * turn
        for row in range(1, size):
            first = _at(row, 0)
            found[first] = found[first] * up
        return tuple(found)

    return of_part


def _curvature(part: _Part, span: slice) -> Elementwise:
    """Return one part's curvature, the first entry in its linear predictor."""
    curvature, rise = part.of(part.family.density.curvature), part.along(part.family.link.rise)

    def of_part(*values: Any) -> Any:
        first, *others = curvature(*values[span])
        return (first * rise(*values[span]) ** 2, *others)

    return of_part


def _at(row: int, column: int) -> int:
    """Return the place of an entry in a lower triangle that is written row by row."""
    return row * (row + 1) // 2 + column


def _entry(found: Sequence[Any], one: tuple[int, int], other: tuple[int, int]) -> Any:
    """Return a second derivative: 0 for parameters of two responses."""
    if one[0] != other[0]:
        return 0.0
    return found[one[0]][_at(max(one[1], other[1]), min(one[1], other[1]))]


def _mixed(
    parts: Sequence[_Part],
    one: tuple[int, int],
    other: tuple[int, int],
    spans: Sequence[slice],
    named: Callable[[Elementwise], Elementwise],
) -> Elementwise | None:
    """Return the entry of the curvature for two parameters, None where they are orthogonal."""
    k, high, low = one[0], max(one[1], other[1]), min(one[1], other[1])
    known = parts[k].family.density.mixed
    function = known[high * (high - 1) // 2 + low] if known and one[0] == other[0] else None
    if function is None:
        return None
    term, rise, span = parts[k].of(function), parts[k].along(parts[k].family.link.rise), spans[k]

    def entry(*values: Any) -> Any:
        found = term(*values[span])
        return found * rise(*values[span]) if low == 0 else found

    return named(entry)
