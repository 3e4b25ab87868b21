"""Point estimates: the mode of the marginal posterior; with flat priors lmer's REML or ML fit."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from mixwell.errors import require_truth, require_whole
from mixwell.infer.exact.applicable import require_integrable
from mixwell.infer.exact.climb import climb
from mixwell.infer.exact.exact_draws import Target, build_target
from mixwell.infer.exact.gaussian.conditional_draws import conditional_draws, conditional_means
from mixwell.infer.exact.gaussian.gaussian_target import GaussianTarget
from mixwell.infer.exact.quadrature.quadrature_target import QuadratureTarget, quadrature_target
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.mode import find_mode
from mixwell.public_calls import public_methods
from mixwell.show import lme4
from mixwell.show.text_table import TextColumn, TextTable
from mixwell.specify.exact_fit import refuse_exact_fit
from mixwell.specify.naming import GroupNames
from mixwell.specify.priors import Prior, PriorTable
from mixwell.specify.spec import Spec
from mixwell.text.numbers import decimals_for, points_in_line
from mixwell.text.wrapping import wrapped

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PointEstimate", "point_estimate"]

#: Where an element of the diagonal of a covariance's Cholesky factor is this small against the
#: residuals, a standard deviation is 0 or a covariance has not full rank: a singular fit of lme4's.
_ZERO = 1e-3
_SINGULAR = (
    "Singular: a standard deviation is estimated as 0, or a covariance has not full rank, as "
    "with a correlation of 1."
)


@public_methods
@dataclass(frozen=True, eq=False)
class PointEstimate:
    """The mode of a model's marginal posterior, with standard errors of the fixed effects.

    `b` and `se` are (n_effects,), `covariance` (n_effects, n_effects); `sd` and `corr` hold each
    factor's standard deviations and correlation matrix, `r` its conditional means (n_levels,
    n_effects); `parameters` the family's own. `log_likelihood` is REML's (the fixed effects
    integrated out) or, with `reml` false and in generalized models, the maximum's. `shortfall` is
    how far below the lowest other top lies that a search from another start ended at, in log
    density; None where all starts agree.
    """

    spec: Spec = field(repr=False)
    reml: bool
    b: FloatArray
    se: FloatArray
    covariance: FloatArray = field(repr=False)
    sd: dict[str, FloatArray]
    corr: dict[str, FloatArray]
    r: dict[str, FloatArray] = field(repr=False)
    parameters: dict[str, float]
    log_likelihood: float
    singular: bool
    shortfall: float | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of how the mode was found; nothing where all starts agree."""
        if self.shortfall is None:
            return ()
        return (
            "Note: the likelihood has more than one top. Searches from several starts ended at "
            f"different ones; this is the highest, and the lowest lies {self.shortfall:.3g} below.",
        )

    def fixef(self) -> "pd.DataFrame":
        """Return estimate, standard error and their ratio of each fixed effect."""
        import pandas as pd

        columns = {"estimate": self.b, "se": self.se, "ratio": self.b / self.se}
        return pd.DataFrame(columns, index=list(self.spec.design.mean.fixed.names))

    def lmer(self) -> str:
        """Return the estimate as text in the layout of lme4's summary."""
        spec, names = self.spec, self.spec.design.mean.fixed.r_names
        n, linear = spec.design.n, spec.family.closed_form
        by = " fit by REML" if self.reml else " fit by maximum likelihood"
        shown = None if linear else (spec.family.name, spec.link)
        lines = lme4.title_lines(by, spec.formulas, linear=linear, family=shown)
        if self.reml:
            lines += ["", f"REML criterion at convergence: {-2 * self.log_likelihood:.1f}"]
        else:
            lines += ["", *lme4.criterion_lines(self.log_likelihood, self._parameters, n)]
        levels = {found.factor: len(found.levels) for found in spec.layout.of("mean")}
        lines += ["", "Random effects:", *lme4.variance_lines(self._variances())]
        lines += [lme4.counts_line(n, levels), "", "Fixed effects:"]
        headings = ("Estimate", "Std. Error", "t value" if linear else "z value")
        numbers = np.stack([self.b, self.se], axis=1)
        lines += lme4.coefficient_lines(names, numbers, headings, self.b / self.se)
        lines += lme4.correlation_lines(names, self.covariance / np.outer(self.se, self.se))
        lines += ["boundary (singular) fit"] if self.singular else []
        return "\n".join([*lines, *self._wrapped_notes])

    @property
    def _parameters(self) -> int:
        """The number of parameters that the likelihood was maximized over."""
        units = (unit for unit in self.spec.layout.units if unit.correlated)
        pairs = sum(unit.size * (unit.size - 1) // 2 for unit in units)
        sds = sum(len(values) for values in self.sd.values())
        return len(self.b) + sds + pairs + len(self.spec.auxiliary)

    def _variances(self) -> list[lme4.VarianceRows]:
        rows = []
        residual = self.spec.residual
        smallest = _ZERO * self.parameters.get(residual or "", 1.0)
        for found in self.spec.layout.of("mean"):
            names = tuple(name for block in found.blocks for name in block.r_effects)
            sizes = [len(block.effects) for block in found.blocks]
            full = [block.covariance == "full" for block in found.blocks]
            block_of = np.repeat(np.arange(len(sizes)), sizes)
            same = (block_of[:, None] == block_of) & np.repeat(full, sizes)
            # lme4's optimum is 0 where ours comes ever nearer to it
            sd = np.where(self.sd[found.factor] < smallest, 0.0, self.sd[found.factor])
            corr = self.corr[found.factor]
            rows.append(lme4.VarianceRows(found.factor, names, np.square(sd), sd, corr, same))
        if residual is not None:
            sigma = self.parameters[residual]
            rows.append(lme4.residual_rows(sigma**2, sigma))
        return rows

    def __str__(self) -> str:
        """Show fixed effects, standard deviations and parameters."""
        lines = [f"Mode of {self.spec.formulas[0]}", "", *self._fixed_lines(), ""]
        for factor, sds in self.sd.items():
            shown = ", ".join(f"{value:.4g}" for value in sds)
            lines.append(f"{GroupNames(factor).sd_name}: {shown}")
        lines += [f"{name}: {value:.4g}" for name, value in self.parameters.items()]
        kind = "REML log-likelihood" if self.reml else "Log-likelihood"
        lines.append(f"{kind}: {self.log_likelihood:.3f}")
        if self.singular:
            lines += wrapped(_SINGULAR, "")
        return "\n".join([*lines, *self._wrapped_notes])

    def _fixed_lines(self) -> list[str]:
        """Return the fixed effects as lines, with three digits of each standard error."""
        found = self.fixef()
        places = [decimals_for(se, 3) for se in self.se]
        columns = [TextColumn("", tuple(found.index), right=False)]
        for name in ("estimate", "se"):
            columns.append(TextColumn(name, tuple(points_in_line(found[name].tolist(), places))))
        columns.append(TextColumn("ratio", tuple(f"{ratio:.2f}" for ratio in found["ratio"])))
        return TextTable(tuple(columns)).lines()

    @property
    def _wrapped_notes(self) -> list[str]:
        return [line for note in self.notes for line in wrapped(note, "")]


def point_estimate(
    spec: Spec, *, reml: bool = True, flat: bool = False, nodes: int | None = None
) -> PointEstimate:
    """Find the mode of the marginal posterior, random effects integrated out.

    Standard deviations and correlations are at the mode of their density on their own scale, not on
    the log scale, so that flat priors give maximum likelihood. In gaussian models the fixed effects
    are integrated out too (`reml`), or at their best values. `flat` puts flat priors in the place
    of the model's: lmer's estimates, and glmer's for families without a dispersion (lme4 maximizes
    something else where there is one). `nodes` are those of the quadrature in generalized models,
    lme4's `nAGQ`. The search begins at several points; where they end at different tops, the
    estimate says so.

    Raises `DataError` for arguments of the wrong kind, `SamplingError` for a model whose random
    effects cannot be integrated out.

    >>> import mixwell as mw
    >>> model = mw.Model("Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"))
    >>> estimate = point_estimate(model.spec, flat=True)
    >>> estimate.b.round(3), estimate.se.round(3), round(estimate.log_likelihood, 4)
    (array([251.405,  10.467]), array([6.825, 1.546]), -871.8141)
    """
    require_truth("reml", reml)
    require_truth("flat", flat)
    if nodes is not None:
        require_whole("nodes", nodes, 1)
    require_integrable(spec)
    refuse_exact_fit(spec)
    chosen = replace(spec, priors=_flat(spec.priors)) if flat else spec
    target = build_target(chosen)
    if isinstance(target, GaussianTarget):
        return _gaussian(target, spec, reml)
    return _quadrature(quadrature_target(chosen, nodes) if nodes is not None else target, spec)


def _flat(table: PriorTable) -> PriorTable:
    entries = []
    for entry in table:
        prior = Prior("HalfFlat" if entry.positive else "Flat")
        if entry.role == "corr":
            prior = Prior("LKJ", {"eta": 1.0})
        entries.append(replace(entry, prior=prior))
    return PriorTable(tuple(entries))


def _gaussian(target: GaussianTarget, spec: Spec, reml: bool) -> PointEstimate:
    def likelihood(t: FloatArray) -> FloatArray:
        return target.log_likelihood(t, profile=not reml)

    summit = climb(target, likelihood)
    target.refuse_lost(summit.t)
    t = summit.t[None]
    batch = target.batch(t)
    means, covariances = conditional_means(target.data, target.prior, batch)
    _, blocks = conditional_draws(target.data, target.prior, batch, None)
    change = np.eye(target.data.fixed)
    if target.centered:
        change[0, 1:] = -target.data.x_means[1:]
    change = spec.design.mean.fixed.of_near(change.T * target.units.coefficients).T
    deviations = target.deviations(blocks)
    r = {found.factor: deviations[found.r_name][0] for found in target.parameters.factors}
    covariance = change @ covariances[0] @ change.T
    value = float(likelihood(t)[0])
    found = _estimate(target, spec, reml, t, change @ means[0], covariance, r, value)
    return replace(found, shortfall=summit.shortfall)


def _quadrature(target: QuadratureTarget, spec: Spec) -> PointEstimate:
    summit = climb(target, target.log_likelihood)
    t = summit.t
    rough = find_mode(target.log_likelihood, t, step=1e-2)
    scalars = target.parameters.scalars
    place = [target.parameters.place(key) for key in target.keys]
    b = np.array([float(scalars[i].value(t[i])) for i in place])
    slopes = np.array([scalars[i].slope(float(t[i])) for i in place])
    covariance = rough.covariance[np.ix_(place, place)] * np.outer(slopes, slopes)
    change = np.eye(len(place))
    if target.x_means.size:
        change[0, 1:] = -target.x_means[1:]
    change = spec.design.mean.fixed.of_near(change.T).T
    covariance = change @ covariance @ change.T
    r = {found.factor: target.modes(t) for found in target.parameters.factors}
    value = float(target.log_likelihood(t[None])[0])
    found = _estimate(target, spec, False, t[None], change @ b, covariance, r, value)
    return replace(found, shortfall=summit.shortfall)


def _estimate(
    target: Target,
    spec: Spec,
    reml: bool,
    t: FloatArray,
    b: FloatArray,
    covariance: FloatArray,
    r: dict[str, FloatArray],
    log_likelihood: float,
) -> PointEstimate:
    values = target.parameters.values(t)
    sd: dict[str, FloatArray] = {}
    corr: dict[str, FloatArray] = {}
    singular = False
    scale = float(values.scalars["sigma"][0]) if "sigma" in values.scalars else 1.0
    for found, root in zip(target.parameters.factors, values.roots, strict=True):
        whole = root[0] @ root[0].T
        sd[found.factor] = np.sqrt(np.diag(whole))
        sizes = np.diag(root[0]) * np.sqrt(np.mean(found.values**2, axis=0))
        safe = np.maximum(sd[found.factor], 1e-300)
        corr[found.factor] = whole / np.outer(safe, safe)
        singular |= bool((sizes < _ZERO * scale).any())
    parameters = {name: float(values.scalars[name][0]) for name in spec.auxiliary}
    se = np.sqrt(np.diag(covariance))
    return PointEstimate(
        spec, reml, b, se, covariance, sd, corr, r, parameters, log_likelihood, singular
    )
