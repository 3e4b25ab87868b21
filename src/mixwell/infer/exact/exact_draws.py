"""The exact engine: independent draws of everything, weighted from a proposal and resampled.

What can be integrated out in closed form or by quadrature is; the few parameters left are drawn by
importance sampling, then everything else from its exact conditional distribution.
"""

import time
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from mixwell.errors import warn
from mixwell.infer.declined import Declined
from mixwell.infer.exact.applicable import is_gaussian, too_many, why_not_exact
from mixwell.infer.exact.gaussian.gaussian_model import gaussian_target
from mixwell.infer.exact.gaussian.gaussian_target import (
    Drawn,
    GaussianTarget,
    Keeper,
)
from mixwell.infer.exact.improper import improper_parameter, refuse_improper
from mixwell.infer.exact.later import Later
from mixwell.infer.exact.quadrature.quadrature_target import QuadratureTarget, quadrature_target
from mixwell.infer.exact.weighing.importance import (
    Weighted,
    importance_sample,
    pareto_smooth,
    resample,
)
from mixwell.infer.exact.weighing.surrogate import sparing_sample
from mixwell.infer.prior_density import normal_prior
from mixwell.infer.settings import Settings
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.search.mode import NotFiniteError
from mixwell.package_options import require_memory
from mixwell.posterior.labels import coordinates, observed_data, posterior_labels
from mixwell.posterior.level_deviations import MEAN, lazy_variable
from mixwell.posterior.made import Made
from mixwell.specify.layout import FactorEffects
from mixwell.specify.naming import vector_dim
from mixwell.specify.spec import Spec

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "KHAT_MAXIMUM",
    "ExactDraws",
    "Target",
    "build_target",
    "exact_draws",
    "exact_tree",
    "sample_exactly",
]

KHAT_MAXIMUM = 0.7
#: Draws of fewer vectors are not declined by their k-hat, whose error is a tenth and more then: so
#: many are weighted first.
_JUDGED = 4_000
#: How often draws are made for an effective number that was asked for.
_ATTEMPTS = 3

#: What is drawn from: a log density of t, and conditional draws of everything else given t.
type Target = GaussianTarget | QuadratureTarget


@dataclass(frozen=True, eq=False)
class ExactDraws:
    """Equally weighted independent draws: `t` (n, size), `drawn` coefficients and deviations.

    `log_density` and `log_weights` (n,) are those of the vectors that they were taken from; `k_hat`
    says whether the weights can be relied on, `effective` how many independent draws these are
    worth, `log_evidence` the log marginal likelihood of the data with its standard error. `entropy`
    is for deviations that are drawn later.
    """

    target: Target
    t: FloatArray
    drawn: Drawn
    log_density: FloatArray
    log_weights: FloatArray
    k_hat: float
    effective: float
    log_evidence: float
    evidence_error: float
    entropy: int
    seconds: float

    @property
    def reliable(self) -> bool:
        """Whether k-hat is at most 0.7."""
        return self.k_hat <= KHAT_MAXIMUM


def build_target(spec: Spec) -> Target:
    """Integrate a specification's random effects out; the specification must be one that can be."""
    if not is_gaussian(spec):
        return quadrature_target(spec)
    target = gaussian_target(spec)
    if all(normal_prior(entry.prior) is not None for entry in target.entries):
        return target
    # what a wide prior closes may have no end next to a flat one in its place
    return target if improper_parameter(target) is None else gaussian_target(spec, wide=False)


def sample_exactly(spec: Spec, settings: Settings) -> "tuple[xr.DataTree, Made] | Declined":
    """Draw from a posterior exactly: independent draws in the tree that NUTS gives, with a record.

    The record holds k-hat, the effective number, and the log marginal likelihood with its standard
    error. The same seed gives the same draws. Tuning and sampler options are passed over. A model
    that cannot be taken, or whose draws cannot be relied on, is declined.

    Raises `SamplingError` for a posterior that is no distribution.
    """
    declined = why_not_exact(spec)
    if declined is not None:
        return declined
    started, target = time.monotonic(), build_target(spec)
    declined = too_many(target.parameters.size)
    if declined is not None:
        return declined
    refuse_improper(target)
    try:
        found, draws = _enough(target, settings, started)
    except NotFiniteError:
        return Declined("its density is not finite near where its mode is looked for")
    if not found.reliable:
        reason = f"its importance weights cannot be relied on (k-hat {found.k_hat:.2f} > 0.7)"
        remedy = "Ask for more draws, or give narrower priors to what the data leave open."
        return Declined(reason, {"k_hat": found.k_hat}, remedy=remedy)
    if isinstance(target, GaussianTarget):
        target.refuse_lost(np.median(found.t, axis=0))
    return exact_tree(found, (int(settings.chains), draws)), _made(found, settings)


def _enough(target: Target, settings: Settings, started: float) -> tuple[ExactDraws, int]:
    """Draw as often as was asked for, and more where that is not worth `min_ess`; within time.

    Draws are made all at once, so that time is looked at between attempts only.
    """
    draws, asked = int(settings.draws), settings.min_ess
    for left in reversed(range(_ATTEMPTS)):
        asked_for = settings.chains * draws
        found = exact_draws(target, asked_for, settings.seed)
        if not found.reliable and asked_for < _JUDGED:
            found = exact_draws(target, asked_for, settings.seed, pool=_JUDGED)
        late = settings.max_time is not None and time.monotonic() - started > settings.max_time
        if late:
            warn("max_time was over when the exact engine had its draws: it makes all at once.")
        if asked is None or found.effective >= asked or not found.reliable:
            break
        if late or not left:
            warn(f"min_ess={asked:g} was not reached: the draws are worth {found.effective:,.0f}.")
            break
        draws = ceil(draws * 1.2 * asked / found.effective)
        require_memory(
            float(draws) * settings.chains * max(len(target.spec.priors), 1),
            f"{draws * settings.chains:,} draws, worth {asked:,.0f},",
            where="min_ess",
            hint="Ask for less.",
        )
    return found, draws


def _made(found: ExactDraws, settings: Settings) -> Made:
    return Made(
        seed=settings.seed,
        sampling_time=found.seconds,
        k_hat=found.k_hat,
        effective_number=found.effective,
        log_marginal_likelihood=found.log_evidence,
        log_marginal_likelihood_error=found.evidence_error,
        label=f"exact, {found.effective:,.0f} effective draws, k-hat {found.k_hat:.2f}",
    )


def exact_draws(target: Target, n: int, seed: int | None = None, *, pool: int = 0) -> ExactDraws:
    """Draw `n` times from the posterior of a target; the same seed gives the same draws.

    They come from as many weighted vectors as `pool` draws would, if that is more.

    Raises `SamplingError` when the posterior density is not finite at the start.
    """
    started = time.perf_counter()
    rng = np.random.default_rng(seed)
    target = target.refined()
    weighted, kept = _weighted(target, n, max(n, pool), rng)
    counts = resample(weighted.log_weights, n, rng)
    drawn = target.draw(weighted.t, counts, rng, kept)
    rows = np.repeat(np.arange(len(counts)), counts)
    return _corrected(target, weighted, rows, drawn, rng, started)


def _weighted(
    target: Target, n: int, pool: int, rng: np.random.Generator
) -> tuple[Weighted, Keeper | None]:
    """Draw weighted vectors, through a surrogate where they are costly and it serves."""
    vectors, rough, pilot = target.vectors(pool), target.rough, target.pilot
    asked = (target.log_density, target.start, rng, vectors)
    if not target.sparing or not len(target.start):
        return importance_sample(*asked, rough=rough), None
    kept = target.keeper(n, vectors, rng)
    found = sparing_sample(
        *asked, rough=rough, final=kept, pilot=pilot, checks=target.checks, trusted=n
    )
    if found.k_hat <= KHAT_MAXIMUM:
        return found, kept
    return importance_sample(*asked, rough=rough, pilot=2 * pilot), None


def _corrected(
    target: Target,
    weighted: Weighted,
    rows: IntArray,
    drawn: Drawn,
    rng: np.random.Generator,
    started: float,
) -> ExactDraws:
    """Weight draws by what their conditional distribution left out; put them in random order."""
    n, k_hat, evidence = len(rows), weighted.k_hat, weighted.log_evidence
    error = weighted.evidence_error**2
    taken = np.arange(n)
    if np.ptp(drawn.log_ratio) > 0:
        weights, second = pareto_smooth(drawn.log_ratio)
        top = drawn.log_ratio.max()
        evidence += float(top + np.log(np.mean(np.exp(drawn.log_ratio - top))))
        error += float((np.exp(2 * weights)).sum() - 1 / n)
        k_hat = max(k_hat, second)
        taken = np.repeat(taken, resample(weights, n, rng))
    elif drawn.log_ratio.size:
        evidence += float(drawn.log_ratio[0])
    # Copies of a parameter vector stay neighbors: effective sample sizes look at neighbors, so
    # that ArviZ's count the copies rightly, parameter by parameter.
    order = rng.permutation(len(weighted.t))[rows[taken]]
    taken = taken[np.argsort(order, kind="stable")]
    rows = rows[taken]
    # From a larger pool n different vectors are as good as n independent draws (systematic
    # resampling); copies are worth less, and no number exceeds what the weights allow.
    copies = np.bincount(rows).astype(np.float64)
    deviations = {
        name: r[taken] if isinstance(r, np.ndarray) else r.taken(taken)
        for name, r in drawn.r.items()
    }
    effective = min(n**2 / (copies**2).sum(), weighted.effective)
    return ExactDraws(
        target=target,
        t=weighted.t[rows],
        drawn=Drawn(drawn.b[taken], deviations, drawn.log_ratio[taken]),
        log_density=weighted.log_density[rows] + drawn.log_ratio[taken],
        log_weights=weighted.log_weights[rows],
        k_hat=k_hat,
        effective=effective,
        log_evidence=evidence,
        evidence_error=float(np.sqrt(max(error, 0.0))),  # rounding may leave less than nothing
        entropy=int(rng.integers(2**62)),
        seconds=time.perf_counter() - started,
    )


def exact_tree(found: ExactDraws, shape: tuple[int, int]) -> "xr.DataTree":
    """Label draws under the names and coords of the posterior; `shape` is (chains, draws)."""
    import xarray as xr

    spec = found.target.spec
    own = {"chain": np.arange(shape[0]), "draw": np.arange(shape[1])}
    coords = coordinates({**posterior_labels(spec), **own})
    named = ("chain", "draw")
    statistics = {
        "lp": (named, found.log_density.reshape(shape)),
        "log_weight": (named, found.log_weights.reshape(shape)),
    }
    observed, row_dim = observed_data(spec), spec.layout.row_dim
    factors = spec.layout.of("mean") if spec.design.elsewhere is None else []
    index = {f.index_name: (row_dim, np.array(f.index)) for f in factors}
    constant = xr.Dataset(index, coords=observed.coords)
    return xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset(_variables(found, shape), coords=coords),
            "sample_stats": xr.Dataset(statistics, coords=coordinates(own)),
            "observed_data": observed,
            "constant_data": constant,
        }
    )


def _variables(found: ExactDraws, shape: tuple[int, int]) -> dict[str, Any]:
    """Return every variable of the posterior with its dims, by name."""
    spec, parameters = found.target.spec, found.target.parameters
    values = parameters.values(found.t)
    variables: dict[str, Any] = {}

    def add(name: str, dims: tuple[str, ...], draws: FloatArray) -> None:
        variables[name] = (("chain", "draw", *dims), draws.reshape(*shape, *draws.shape[1:]))

    if spec.design.mean.fixed.names:
        naming, b = spec.layout.naming, found.drawn.b
        own = b if naming.row("mean") is None else b[:, None]
        add(naming.variable("mean"), naming.dims("mean"), own)
    for effects in parameters.factors:
        sds = [values.scalars[key] for key in effects.sd_keys]
        add(effects.sd_name, (effects.effect_dim,), np.stack(sds, axis=1))
    for matrix in spec.layout.correlations:
        whole = np.tile(np.eye(len(matrix.labels)), (len(found.t), 1, 1))
        for unit, where in matrix.units:
            factor = values.correlations[unit.name]
            block = factor @ factor.swapaxes(1, 2)
            whole[np.ix_(range(len(whole)), where, where)] = block
        add(matrix.name, matrix.dims, whole)
    target = found.target
    vectors = {} if isinstance(target, GaussianTarget) else target.vectors_at_zero(found.t)
    for name in spec.auxiliary:
        if name in vectors:
            add(name, (vector_dim(name),), vectors[name])
        else:
            add(name, (), values.scalars[name])
    for effects in parameters.factors:
        dims = (effects.level_dim, effects.effect_dim)
        r = found.drawn.r[effects.r_name]
        if isinstance(r, np.ndarray):
            add(effects.r_name, dims, r)
        else:
            variables[effects.r_name] = _read_later(effects, r, shape, found.entropy)
    return variables


def _read_later(
    effects: FactorEffects, later: Later, shape: tuple[int, int], entropy: int
) -> "xr.Variable":
    """Return the variable of deviations that are drawn where they are read."""
    sizes = (*shape, len(effects.levels), len(effects.effects))
    dims = ("chain", "draw", effects.level_dim, effects.effect_dim)
    seeded = later.seeded(entropy)
    variable = lazy_variable(dims, sizes, seeded)
    variable.attrs[MEAN] = seeded.mean_of_levels()
    return variable
