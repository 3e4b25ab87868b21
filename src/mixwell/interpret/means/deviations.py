"""What grouping factors add to a linear predictor: nothing, known or new levels' deviations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mixwell.errors import DataError
from mixwell.interpret.means.predictor_draws import Rows, Source
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.draws import coordinate, draws_of
from mixwell.specify.layout import FactorEffects

Groups = Literal["population", "existing", "new"]
CHOICES = ("population", "existing", "new")

SENTENCES = {
    "population": "For the population: deviations of groups are 0.",
    "existing": "For the groups in the data, with their own deviations.",
    "new": "For new groups: one level of each grouping factor, drawn from its fitted covariance.",
}


def check_groups(groups: str) -> None:
    """Refuse a group treatment that does not exist."""
    if groups not in CHOICES:
        raise DataError(f"groups={groups!r} is unknown.", hint=f"Choices: {', '.join(CHOICES)}.")


@dataclass(frozen=True, eq=False)
class Deviations:
    """Deviations by factor, `(effect, level, sample)`; no factor at all for the population."""

    values: Mapping[str, FloatArray]

    def add_to(self, eta: FloatArray, rows: Rows) -> None:
        """Add each row's deviations to `(row, sample)`, in place."""
        for factor, values in self.values.items():
            z, index = rows.effects[factor], rows.index[factor]
            for k in range(z.shape[1]):
                if z[:, k].any():
                    eta += z[:, k, None] * values[k][index]


def mean_factors(source: Source) -> list[FactorEffects]:
    """Return the random effects of the mean, factor by factor."""
    return source.spec.layout.of("mean")


def existing_levels(source: Source, parameter: str = "mean") -> Deviations:
    """Return the deviations of the levels that the data have."""
    factors = source.spec.layout.of(parameter)
    return Deviations({found.factor: source.deviations(found) for found in factors})


def one_new_level(source: Source, rng: np.random.Generator) -> Deviations:
    """Return one new level of every factor of the mean, drawn anew in each draw."""
    made = {}
    for found in mean_factors(source):
        drawn = draw_new_levels(source, found.factor, 1, rng)
        made[found.factor] = drawn[found.label]
    return Deviations(made)


def draw_new_levels(
    source: Source, factor: str, count: int, rng: np.random.Generator
) -> dict[str, FloatArray]:
    """Draw deviations of new levels of a factor in every draw of its covariance.

    Returns `(effect, level, sample)` by label (`user`, `sigma_user`): effects that correlate across
    linear predictors are drawn together.
    """
    members = [found for found in source.spec.layout.factors if found.factor == factor]
    sizes = [len(found.effects) for found in members]
    sd = np.concatenate([_standard_deviations(source, found) for found in members])
    starts = dict(zip([f.label for f in members], np.cumsum([0, *sizes[:-1]]), strict=True))
    root = _correlation_root(source, members, starts, sum(sizes))
    z = rng.standard_normal((source.samples, sum(sizes), count))
    if root is not None:
        z = root @ z
    values = z.transpose(1, 2, 0) * sd[:, None, :]
    return {
        found.label: np.ascontiguousarray(values[starts[found.label] :][: len(found.effects)])
        for found in members
    }


def _standard_deviations(source: Source, found: FactorEffects) -> FloatArray:
    if found.sd_name not in source.posterior:
        raise DataError(
            f"The posterior has no {found.sd_name}, so that new levels cannot be drawn.",
            hint='Ask with groups="population".',
        )
    variable = source.posterior[found.sd_name].transpose("chain", "draw", ...)
    labels = coordinate(variable, str(variable.dims[2]))
    order = [labels.index(effect) for effect in found.effects]
    return draws_of(variable).reshape(source.samples, -1).T[order]


def _correlation_root(
    source: Source, members: list[FactorEffects], starts: Mapping[str, int], size: int
) -> FloatArray | None:
    """Return a root of the correlation matrix in every draw, None where effects are independent."""
    whole: FloatArray | None = None
    for matrix in source.spec.layout.correlations:
        for unit, where in matrix.units:
            if unit.parts[0][0] not in members:
                continue
            order = [starts[found.label] + c for found, columns in unit.parts for c in columns]
            variable = source.posterior[matrix.name].transpose("chain", "draw", ...)
            values = draws_of(variable).reshape(source.samples, *variable.shape[2:])
            if whole is None:
                whole = np.broadcast_to(np.eye(size), (source.samples, size, size)).copy()
            whole[:, np.array(order)[:, None], order] = values[:, np.array(where)[:, None], where]
    if whole is None:
        return None
    # an eigenvalue root exists where rounding has made a correlation of 1 and Cholesky fails
    roots, vectors = np.linalg.eigh(whole)
    return np.asarray(vectors * np.sqrt(np.maximum(roots, 0.0))[:, None, :])
