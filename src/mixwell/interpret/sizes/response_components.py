"""The variance of the responses themselves taken apart, groups integrated out in every draw.

At a row the mean response over groups is m, what it varies from group to group is between them, and
the mean of the response's own variance is within. The share of one of several factors is the
variance of the mean given its deviations alone (a first-order index of Sobol's): on a bent scale
factors interact, and their shares add up to less than what all groups have together.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mixwell.errors import DataError
from mixwell.families import Family
from mixwell.families.arguments import Arguments
from mixwell.interpret.expected.distinct_rows import distinct_rows
from mixwell.interpret.expected.over_groups import Etas, Scatter, over_groups, scatter_of
from mixwell.interpret.sizes.components import (
    Components,
    family_rows,
    groups_of,
    latent_components,
)
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.integrals.hermite_parts import TwoNormals
from mixwell.numeric.integrals.normal_rule import even_rule
from mixwell.posterior.linear_predictor import PredictorRows, linear_predictor
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.row_blocks import row_blocks
from mixwell.specify.scales import part_of
from mixwell.text.phrases import listed

__all__ = ["response_components"]

#: Terms of the series in which the variance of a mean is split among factors.
_TERMS = 30


def response_components(posterior: Posterior, parameter: str = "mean") -> Components:
    """Return the parts of the variance of the responses, of counts out of trials that of one trial.

    Source: Goldstein, Browne and Rasbash 2002; de Villemereuil, Schielzeth, Nakagawa and Morrissey
    2016. Raises `DataError` for responses without a variance, and for groups with deviations of
    more than two parameters.
    """
    spec = posterior.spec
    family, _ = part_of(spec.family, spec.response, parameter)
    if family.mean is None or family.variance_function is None:
        raise DataError(
            f'Responses of the family "{family.name}" have no variance that groups could share.',
            where='scale="response"',
            hint='scale="latent" is that of the linear predictor.',
        )
    work = _Work(posterior, parameter)
    if family.linear and family.mean_is_linear and work.only_mean:
        return latent_components(posterior, parameter)
    if len(work.scattered) > 2:
        names = [family.location.name if n == "mean" else n for n in work.scattered]
        raise DataError(
            f"Groups have deviations of {len(names)} parameters, {listed(names)}; the variance of "
            "responses is integrated over those of two.",
            where='scale="response"',
            hint='scale="latent" is that of the linear predictor.',
        )
    return work.components()


@dataclass(frozen=True, eq=False)
class _Work:
    """The rows of a response's model, integrated over all groups that its distribution has."""

    posterior: Posterior
    parameter: str

    @property
    def number(self) -> int:
        """Which of several responses it is."""
        family = self.posterior.spec.family
        return family.parameter(self.parameter).part if family.parts else 0

    @property
    def parameters(self) -> tuple[str, ...]:
        """The linear predictors of the response's distribution."""
        spec = self.posterior.spec
        if not spec.family.parts:
            return tuple(spec.predictors)
        own = set(spec.family.part_names(self.number).values())
        return tuple(n for n in spec.predictors if n == self.parameter or n in own)

    @property
    def of_mean(self) -> tuple[str, ...]:
        """The linear predictors that the mean of the response depends on."""
        family = self.posterior.spec.family
        own = family.parts[self.number] if family.parts else family
        names = family.part_names(self.number) if family.parts else {}
        read = {self.parameter, *(names.get(name, name) for name in own.mean_parameters)}
        return tuple(name for name in self.parameters if name in read)

    @property
    def scattered(self) -> tuple[str, ...]:
        """The linear predictors with groups."""
        spec = self.posterior.spec
        return tuple(name for name in self.parameters if groups_of(spec, name))

    @property
    def only_mean(self) -> bool:
        """Whether no other parameter has groups."""
        spec = self.posterior.spec
        return not any(groups_of(spec, n) for n in self.parameters if n != self.parameter)

    @property
    def factors(self) -> dict[str, str]:
        """The grouping factors, with what results call them."""
        spec, found = self.posterior.spec, dict[str, str]()
        for name in (self.parameter, *self.parameters):
            for each in groups_of(spec, name):
                found.setdefault(each.factor, each.key)
        return found

    def components(self) -> Components:
        """Return the parts of the variance, rows of the data counting alike."""
        posterior, response = self.posterior, self.posterior.spec.response
        read = [a for a in (response.weights, response.se) if a is not None]
        rows, weights, first = distinct_rows(posterior.spec, self.parameters, *read)
        n, samples = weights.sum(), posterior.samples
        shares = {factor: np.zeros(samples) for factor in self.factors}
        sums = {name: np.zeros(samples) for name in ("mean", "square", "between", "within")}
        middle: FloatArray | None = None
        for part in row_blocks(len(weights), _TERMS * samples):
            own = {name: columns[part] for name, columns in rows.items()}
            found = _RowParts(self, own, first[part]).split()
            middle = found["mean"][0] if middle is None else middle
            away = found["mean"] - middle
            sums["mean"] += weights[part] @ away
            sums["square"] += weights[part] @ away**2
            for name in ("between", "within"):
                sums[name] += weights[part] @ found[name]
            for factor in shares:
                shares[factor] += weights[part] @ found[factor]
        fixed = np.maximum(sums["square"] - sums["mean"] ** 2 / n, 0.0) / max(n - 1, 1)
        groups = {self.factors[factor]: share / n for factor, share in shares.items()}
        return Components(fixed, groups, sums["between"] / n, sums["within"] / n)


@dataclass(frozen=True, eq=False)
class _RowParts:
    """Some rows: `columns` of each linear predictor, and which rows of the data they are."""

    work: _Work
    columns: Mapping[str, PredictorRows]
    rows: IntArray

    def split(self) -> dict[str, FloatArray]:
        """Return each row's mean, variance between groups and within, and the factors' shares."""
        posterior = self.work.posterior
        factors = list(self.work.factors)
        effects = {name: own.effects for name, own in self.columns.items()}
        etas = {
            name: linear_predictor(posterior.coefficients(name), own, {})
            for name, own in self.columns.items()
        }
        scatter = scatter_of(posterior, factors, effects)
        typical = self._moments(etas)[0]

        def moments(at: Etas) -> FloatArray:
            mean, variance = self._moments(at)
            away = mean - typical  # small where it varies little: squares keep their digits
            return np.hstack([away, away**2, variance])

        away, square, within = np.split(over_groups(scatter, etas, moments), 3, axis=1)
        between = np.maximum(square - away**2, 0.0)
        found = {"mean": typical + away, "between": between, "within": within}
        if len(factors) == 1:
            return {**found, factors[0]: between}
        alone = {f: scatter_of(posterior, [f], effects) for f in factors}
        return {**found, **self._shares(scatter, alone, etas, typical)}

    def _moments(self, etas: Etas) -> tuple[FloatArray, FloatArray]:
        """Return mean and variance of one trial's response at linear predictors."""
        family, one, shape = self._trial(etas)
        mean, variance = one.value(family.mean), one.value(family.variance_function)
        return np.broadcast_to(mean, shape).T, np.broadcast_to(variance, shape).T

    def _trial(
        self, etas: Etas, row: int | None = None
    ) -> tuple[Family, Arguments, tuple[int, ...]]:
        """Return the family, what it reads at linear predictors of one trial, and their shape.

        They are those of all rows, or of the one of a number.
        """
        rows = self.rows if row is None else self.rows[row : row + 1]
        work, spec = self.work, self.work.posterior.spec
        values = {"eta": etas.get("mean", etas[work.parameter]).T}
        for name in spec.auxiliary:
            if name in etas:
                values[name] = spec.family.link_of(name).inverse(etas[name]).T
            elif name not in spec.predictors:  # others are those of other responses
                values[name] = work.posterior.flat(name)[:, None]
        family, read = family_rows(spec, values, work.number, spec.response.rows(rows))
        return family, read.given(trials=1.0), values["eta"].shape

    def _shares(
        self, scatter: Scatter, alone: Mapping[str, Scatter], etas: Etas, typical: FloatArray
    ) -> dict[str, FloatArray]:
        """Return the variance of the mean given one factor's deviations, for each factor.

        With the mean as a series of Hermite polynomials of the scatter, whose part in a factor is
        r of its variance, that is the sum over n of r^n c_n^2.
        """
        moving = [name for name in scatter.parameters if name in self.work.of_mean]
        if not moving:
            return {factor: np.zeros(typical.shape) for factor in alone}
        if len(moving) > 1:
            return self._shares_of_two(scatter, alone, etas, typical)
        (name,) = moving
        variance = scatter.covariance[name, name]
        series = self._series(name, np.sqrt(np.maximum(variance, 0.0)), etas, typical)
        shares = {}
        for factor, own in alone.items():
            part = own.covariance.get((name, name), np.zeros(variance.shape))
            ratio = np.divide(part, variance, out=np.zeros_like(variance), where=variance > 0)
            power, total = np.ones_like(ratio), np.zeros_like(ratio)
            for coefficient in series[1:]:
                power = power * ratio
                total += power * coefficient**2
            shares[factor] = total
        return shares

    def _shares_of_two(
        self, scatter: Scatter, alone: Mapping[str, Scatter], etas: Etas, typical: FloatArray
    ) -> dict[str, FloatArray]:
        """Return the same where the mean depends on two parameters with groups, row by row."""
        one, other = scatter.parameters
        shares = {factor: np.zeros(typical.shape) for factor in alone}
        for row in range(len(typical)):
            own, whole = (
                {n: eta[row] for n, eta in etas.items()},
                _normals(scatter, one, other, row),
            )

            def away(x: FloatArray, y: FloatArray, at: Etas = own, k: int = row) -> FloatArray:
                moved = {**at, one: at[one] + x, other: at[other] + y}
                family, trial, shape = self._trial({n: eta[None] for n, eta in moved.items()}, k)
                mean = np.broadcast_to(trial.value(family.mean), shape)
                return np.asarray(mean[:, 0] - typical[k])

            for factor, part in alone.items():
                shares[factor][row] = whole.part_of(away, _normals(part, one, other, row))
        return shares

    def _series(
        self, name: str, sd: FloatArray, etas: Etas, typical: FloatArray
    ) -> list[FloatArray]:
        """Return the coefficients of the mean in normalized Hermite polynomials of its scatter."""
        total = [np.zeros(sd.shape) for _ in range(_TERMS)]
        for z, weight in zip(*even_rule(float(sd.max(initial=0.0))), strict=True):
            mean, _ = self._moments({**etas, name: etas[name] + z * sd})
            away = mean - typical
            before, now = 0.0, 1.0
            for n in range(_TERMS):
                total[n] += (weight * now) * away
                before, now = now, (z * now - np.sqrt(n) * before) / np.sqrt(n + 1)
        return total


def _normals(scatter: Scatter, one: str, other: str, row: int) -> TwoNormals:
    """Return how deviations scatter two linear predictors of a row, each `(sample,)`."""
    known = scatter.covariance
    some = next(iter(known.values()))[row]
    pairs = ((one, one), (other, other), (one, other))
    return TwoNormals(*(known[p][row] if p in known else np.zeros(some.shape) for p in pairs))
