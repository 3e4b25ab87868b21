"""The expected response at a linear predictor: the family's mean, in every draw."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from mixwell.design import Predictor
from mixwell.design.response.response import Response
from mixwell.families import Family
from mixwell.families.arguments import Arguments
from mixwell.families.elementwise import arguments_of
from mixwell.families.link import Link
from mixwell.interpret.estimates.summaries import elementwise
from mixwell.interpret.expected.predictor_draws import MeanPredictor
from mixwell.interpret.expected.quantities import Quantity
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.likelihood import mean_given_bounds

#: Far draws have means beyond the largest number: tables say so, row by row.
_FAR = np.errstate(over="ignore", invalid="ignore")
# The step of differences, in the response's scatter, and what counts as no size of a parameter.
_STEP, _LEAST = 1e-3, 1e-8

__all__ = [
    "ExpectedResponse",
    "OwnScale",
    "expected_response",
    "from_origin",
    "in_any_draw",
    "own_parameters",
    "predictors_read",
]


@dataclass(frozen=True, eq=False)
class ExpectedResponse:
    """From linear predictors `(row, sample)` to expected responses.

    `parameters` are the further parameters that the family's mean depends on, each broadcast with
    the linear predictors. Where responses are categories, what is expected is the probability of
    the `category`, or the mean of `scores`, a number for each category; of truncated responses the
    mean given the `bounds`, of each row or of one. A `quantity` of the distribution before
    truncation may stand in the mean's place.
    """

    family: Family
    parameters: Mapping[str, FloatArray]
    category: int | None = None
    bounds: Response | None = None
    scores: tuple[float, ...] | None = None
    quantity: Quantity | None = None

    @_FAR
    def of(self, eta: FloatArray) -> FloatArray:
        """Return the expected responses, a probability for binomial; `(row, sample)`.

        A quantity has the columns of all its points.
        """
        if self.quantity is not None:
            return self.quantity.values(self.family, eta, self.parameters)
        if self.scores is not None:
            return self._scored(lambda one: one.of(eta))
        if self.bounds is not None:
            further = {name: np.atleast_2d(values).T for name, values in self.parameters.items()}
            return mean_given_bounds(self.family, self.bounds, eta.T, further).T
        if self.family.mean is None:
            return np.exp(self._value(eta, self.family.density.log))
        if self.parameters or not isinstance(self.family.mean, str):
            return self._value(eta, self.family.mean)
        return elementwise(self.family.inverse_link, eta)

    @_FAR
    def slope(
        self,
        eta: FloatArray,
        change: FloatArray | float = 1.0,
        moves: Mapping[str, FloatArray] = MappingProxyType({}),
    ) -> FloatArray:
        """Return the derivative of the expected response.

        That is along the linear predictor, where it and parameters go on by `change` and `moves`.
        Of means given bounds and where parameters move it is a five-point central difference.
        """
        if self.scores is not None:
            return self._scored(lambda one: one.slope(eta, change, moves))
        if self.family.mean is None and self.bounds is None:
            gradient = self.arguments(eta).call(self.family.density.gradient)
            changes = {"mean": change, **moves}
            parts = zip(self._entries(len(gradient)), gradient, strict=True)
            total = sum(own * changes[name] for name, own in parts if name in changes)
            return np.asarray(self.of(eta) * total)
        if self.bounds is not None or moves:
            return self.difference(eta, change, moves)
        rise = change * self.family.link.slope(eta)
        if self.family.mean_slope is None:
            return rise
        return np.asarray(rise * self._value(eta, self.family.mean_slope))

    def _scored(self, what: "Callable[[ExpectedResponse], FloatArray]") -> FloatArray:
        """Return what each category has of something, times its score, in one sum."""
        own = enumerate(self.scores or ())
        each = ((score, replace(self, category=k, scores=None)) for k, score in own)
        return np.asarray(sum(score * what(one) for score, one in each if score))

    def _entries(self, count: int) -> list[str]:
        """Return the parameter of each entry of a gradient: those beyond numbers are a vector's."""
        further = self.family.further
        elements = count - 1 - sum(p.vector is None for p in further)
        sizes = (1 if p.vector is None else elements for p in further)
        names = (p.name for p, size in zip(further, sizes, strict=True) for _ in range(size))
        return ["mean", *names]

    def difference(
        self,
        eta: FloatArray,
        change: FloatArray | float,
        moves: Mapping[str, FloatArray],
        through: "Callable[[ExpectedResponse, FloatArray], FloatArray] | None" = None,
    ) -> FloatArray:
        """Return the derivative along a change of the linear predictor and of parameters.

        It is a five-point central difference, of the expected response or of what is made of it
        `through` a function.
        """
        pace = np.abs(change) / self._spread(eta)
        for name, move in moves.items():
            pace = pace + np.abs(move) / np.maximum(np.abs(self.parameters[name]), _LEAST)
        step = _STEP / np.where(pace > 0, pace, 1.0)

        def at(k: int) -> FloatArray:
            moved = {n: self.parameters[n] + k * step * move for n, move in moves.items()}
            there = replace(self, parameters={**self.parameters, **moved})
            return (through or ExpectedResponse.of)(there, eta + k * step * change)

        near, far = at(1) - at(-1), at(2) - at(-2)
        return np.asarray((8 * near - far) / (12 * step))

    def _spread(self, eta: FloatArray) -> FloatArray:
        """Return about how far a linear predictor has to go for the response's own scatter."""
        family, scale = self.family, self.family.scale
        known = None if scale is None else self.parameters.get(scale.name)
        sd = (
            np.sqrt(self.arguments(eta).value(family.variance_function)) if known is None else known
        )
        slope = np.abs(family.link.slope(eta))
        return np.asarray(sd if family.link.linear else np.minimum(1.0, sd / slope))

    def _value(self, eta: FloatArray, what: str | Callable[..., FloatArray]) -> FloatArray:
        return np.asarray(self.arguments(eta).value(what) + np.zeros(eta.shape))

    def arguments(self, eta: FloatArray) -> Arguments:
        """Return what the family's functions read at linear predictors."""
        return self.family.arguments(eta=eta, y=self.category, **self.parameters)


@dataclass(frozen=True, eq=False)
class OwnScale:
    """From linear predictors of a parameter to the parameter itself."""

    link: Link

    @_FAR
    def of(self, eta: FloatArray) -> FloatArray:
        """Return the parameter, `(row, sample)`."""
        return elementwise(self.link.inverse, eta)

    @_FAR
    def slope(
        self,
        eta: FloatArray,
        change: FloatArray | float = 1.0,
        moves: Mapping[str, FloatArray] = MappingProxyType({}),
    ) -> FloatArray:
        """Return the derivative of the parameter where its linear predictor goes on by `change`.

        No other parameter `moves` it.
        """
        return np.asarray(change * self.link.slope(eta))


def from_origin(source: MeanPredictor, eta: FloatArray) -> FloatArray:
    """Return linear predictors `(row, sample)` counted from where their scale has its zero.

    Of ratings that is the mean of their thresholds, as in emmeans' latent means, or the one at
    which the linear predictor is asked for.
    """
    family = source.spec.family
    if source.itself:
        return eta
    if source.shift:
        at = family.parameter(source.shift)
        return np.asarray(eta - source.posterior.flat(at.within)[:, at.part])
    if family.origin is None:
        return eta
    known = {name: source.posterior.flat(name) for name in arguments_of(family.origin)}
    return np.asarray(eta - family.arguments(**known).call(family.origin))


def own_parameters(source: MeanPredictor) -> tuple[str, ...]:
    """Return the further parameters with a formula that what is expected depends on."""
    spec = source.spec
    if source.itself:
        return ()
    return tuple(name for name in _parameters(source).values() if name in spec.predictors)


def in_any_draw(source: MeanPredictor) -> bool:
    """Return whether a draw's linear predictor is all that says what is expected there."""
    if source.itself:
        return True
    bounds = source.spec.shared_bounds
    truncated = bounds is not None and bounds.truncated
    return not (_parameters(source) or truncated or source.quantity is not None)


def predictors_read(source: MeanPredictor) -> tuple[Predictor, ...]:
    """Return the linear predictors that what is expected depends on, that of the answer first.

    Without a name these are those of every category or response.
    """
    spec = source.spec
    names = (name for one in source.each for name in (one.parameter, *own_parameters(one)))
    return tuple(spec.predictors[n] for n in dict.fromkeys(names) if n in spec.predictors)


def _family(source: MeanPredictor) -> Family:
    """Return the family that says what is expected: that of a unit, or of one of the responses."""
    return source.family if source.spec.family.parts else source.family.unit or source.family


def _parameters(source: MeanPredictor) -> dict[str, str]:
    """Return the parameters that what is expected depends on, with their names in the model."""
    spec, family = source.spec, _family(source)
    whole = source.quantity is not None or source.integrated
    read = [p.name for p in family.further] if whole else family.mean_parameters
    if not spec.family.parts:
        return {name: name for name in read if name in spec.auxiliary}
    own = spec.family.parameter(source.parameter).name
    return {name: f"{name}_{own}" for name in read}


def expected_response(
    source: MeanPredictor, of_rows: Callable[[str], FloatArray], bounds: Response | None = None
) -> ExpectedResponse:
    """Return the way from linear predictors to responses.

    `of_rows` gives the rows' own values of a parameter that has a formula, `(row, sample)`;
    `bounds` what stands with the response in rows that have their own.
    """
    spec, flat = source.spec, source.posterior.flat
    bounds = spec.shared_bounds if bounds is None else bounds
    if bounds is not None and (not bounds.truncated or source.quantity is not None):
        bounds = None
    names = _parameters(source)
    if bounds:
        names = {n: n for n in spec.auxiliary}
    parameters = {n: of_rows(m) if m in spec.predictors else flat(m) for n, m in names.items()}
    made = ExpectedResponse(_family(source), parameters, source.category, bounds)
    return replace(made, scores=source.scores, quantity=source.quantity)
