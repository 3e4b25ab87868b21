"""Point estimates as a record: the mode of the marginal posterior, and what is printed of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mixwell.design.whole_terms.hypotheses import read_type, said_of_terms, term_hypotheses
from mixwell.design.whole_terms.references import At
from mixwell.infer.modes.degrees_of_freedom import (
    read_method,
    small_sample_tests,
    usual_method,
)
from mixwell.infer.modes.term_tests import TermTests, of_terms, title_of
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.small_samples.f_tests import WaldTests, two_sided
from mixwell.public_calls import public_methods
from mixwell.show import lme4
from mixwell.show.text_table import TextColumn, TextTable
from mixwell.specify.naming import GroupNames
from mixwell.specify.spec import Spec
from mixwell.text.numbers import decimals_for, points_in_line
from mixwell.text.wrapping import wrapped

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ZERO", "FurtherCoefficients", "PointEstimate", "wald_tests"]

#: Where an element of the diagonal of a covariance's Cholesky factor is this small against the
#: residuals, a standard deviation is 0 or a covariance has not full rank: a singular fit of lme4's.
ZERO = 1e-3
_SINGULAR = (
    "Singular: a standard deviation is estimated as 0, or a covariance has not full rank, as "
    "with a correlation of 1."
)


@dataclass(frozen=True, eq=False)
class FurtherCoefficients:
    """The coefficients of a further parameter's formula, or a vector's elements, on its link scale.

    `names` are those of the posterior; `b` is (n_effects,), `covariance` (n_effects, n_effects).
    """

    names: tuple[str, ...]
    b: FloatArray
    covariance: FloatArray = field(repr=False)

    @property
    def se(self) -> FloatArray:
        """The standard errors, (n_effects,)."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))


@public_methods
@dataclass(frozen=True, eq=False)
class PointEstimate:
    """The mode of a model's marginal posterior, with standard errors of the fixed effects.

    `b` and `se` are (n_effects,), `covariance` (n_effects, n_effects); `sd` and `corr` hold each
    factor's standard deviations and correlation matrix, `r` its conditional means or modes
    (n_levels, n_effects); those of effects on a further parameter stand under names such as
    `sigma_g`. `parameters` are the family's own, `further` the coefficients of those with a formula
    and vectors. `log_likelihood` is REML's (the fixed effects integrated out) or, with `reml` false
    and in generalized models, the maximum's. `shortfall` is how far below the lowest other top lies
    that a search from another start ended at, in log density; None where all starts agree.
    `laplace` says that the likelihood is Laplace's approximation; after a search by that, `r_sd`
    holds the standard deviations of `r`, all parameters estimated, as glmmTMB has them. Standard
    deviations are small or not against `scale`, the residuals' on the linear predictor's scale.
    `flat` estimates are those without priors.
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
    further: dict[str, FurtherCoefficients] = field(default_factory=dict, repr=False)
    r_sd: dict[str, FloatArray] = field(default_factory=dict, repr=False)
    laplace: bool = False
    scale: float = field(default=1.0, repr=False)
    flat: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of the mode; nothing of a smooth one where all starts agree."""
        said = []
        if self.spec.family.density.corner:
            said.append(
                "Note: the density has a corner, where its bend says nothing of standard errors. "
                "fit() has those of the posterior."
            )
        if self.shortfall is not None:
            said.append(
                "Note: the likelihood has more than one top. Searches from several starts ended at "
                "different ones; this is the highest, and the lowest lies "
                f"{self.shortfall:.3g} below."
            )
        return tuple(said)

    def fixef(self) -> "pd.DataFrame":
        """Return estimate, standard error and their ratio of each fixed effect.

        Those of further parameters come last, on their link's scale, as `sigma_x`.
        """
        import pandas as pd

        more = self.further.values()
        b = np.concatenate([self.b, *(found.b for found in more)])
        se = np.concatenate([self.se, *(found.se for found in more)])
        own = map(self.spec.names("mean").label, self.spec.design.mean.fixed.names)
        names = [*own, *(n for found in more for n in found.names)]
        return pd.DataFrame({"estimate": b, "se": se, "ratio": b / se}, index=names)

    def coefficients(self, ddf: str | None = None) -> "pd.DataFrame":
        """Return the fixed effects of the mean with t tests: lmerTest's table of coefficients.

        Columns `estimate`, `se`, `df`, `ratio`, `p`. `ddf` is "satterthwaite" (of gaussian models
        with flat priors, where it is the default), "kenward-roger", whose standard errors are
        larger, or "asymptotic": z tests, with infinite degrees of freedom. Raises `DataError`,
        and `SamplingError` for degrees of freedom that a model has not.

        >>> import mixwell as mw
        >>> model = mw.Model("Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"))
        >>> model.mode(flat=True).coefficients()["df"].round(6).tolist()
        [17.0, 17.0]
        """
        import pandas as pd

        fixed = self.spec.design.mean.fixed
        near = wald_tests(self, self._method(ddf))
        tests = near.of(fixed.of_near(np.eye(len(near.b))).T)
        se = np.sqrt(np.diag(tests.covariance))
        df = np.array([tests.df(row) for row in np.eye(len(tests.b))])
        ratio = tests.b / se
        p = two_sided(ratio, df)
        names = [*map(self.spec.names("mean").label, fixed.names)]
        columns = {"estimate": tests.b, "se": se, "df": df, "ratio": ratio, "p": p}
        return pd.DataFrame(columns, index=names)

    def joint_tests(
        self, type: int | str = 3, ddf: str | None = None, *, at: At = None
    ) -> TermTests:
        """Test every term as a whole: lmerTest's `anova(m)`, exact whatever the columns' coding.

        `type` 3 compares levels, those of other factors counting the same; 2 has each term after
        those that do not contain it (car's `Anova`). `ddf` is as for `coefficients`. Covariates
        stand at their means, or where `at` has them: {"x": 10}, or 0 for all columns, as lmerTest
        has them. Raises `DataError`, and `SamplingError` for degrees of freedom that a model has
        not.

        >>> import mixwell as mw
        >>> cake = mw.load_data("cake")
        >>> model = mw.Model("angle ~ recipe * temperature + (1 | recipe:replicate)", cake)
        >>> model.mode(flat=True).joint_tests(ddf="kenward-roger")["ddf"].round(6).tolist()
        [42.0, 210.0, 210.0]
        """
        kind, method = read_type(type), self._method(ddf)
        tests = wald_tests(self, method)
        hypotheses = term_hypotheses(self.spec.design, kind, at, tests.covariance)
        notes = said_of_terms(self.spec.design, "mean", kind, at)
        return of_terms(hypotheses, tests, title_of(kind, method), notes)

    def _method(self, ddf: str | None) -> str:
        return usual_method(self.spec, flat=self.flat) if ddf is None else read_method(ddf)

    def lmer(self, ddf: str | None = None) -> str:
        """Return the estimate as text in the layout of lme4's summary.

        With `ddf`, that of lmerTest: t tests with the degrees of freedom of `coefficients`. Raises
        as that.
        """
        spec, names = self.spec, self.spec.design.mean.fixed.r_names
        n, linear = spec.design.n, spec.family.closed_form
        by = " fit by REML" if self.reml else " fit by maximum likelihood"
        method = None if ddf is None else read_method(ddf)
        by += "" if method is None else f". t-tests use {method.title()} degrees of freedom"
        shown = None if linear else (spec.family.name, spec.link)
        mixed = bool(spec.layout.factors)
        lines = lme4.title_lines(by, spec.formulas, linear=linear, mixed=mixed, family=shown)
        if self.reml:
            lines += ["", f"REML criterion at convergence: {-2 * self.log_likelihood:.1f}"]
        else:
            lines += ["", *lme4.criterion_lines(self.log_likelihood, self.n_parameters, n)]
        levels = {found.factor: len(found.levels) for found in spec.layout.factors}
        if levels:
            lines += ["", "Random effects:", *lme4.variance_lines(self._variances())]
            lines += [lme4.counts_line(n, levels)]
        ratio = "t value" if linear and not self.further else "z value"
        headings = ("Estimate", "Std. Error", ratio)
        lines += ["", "Fixed effects:"] if len(names) else []
        labels = tuple(map(spec.names("mean").label, names))
        if method is None:
            lines += _coefficient_lines(labels, self.b, self.se, headings)
        else:
            lines += lme4.tested_lines(labels, self.coefficients(method).to_numpy())
        if len(names):
            lines += lme4.correlation_lines(names, self.covariance / np.outer(self.se, self.se))
        for parameter, found in self.further.items():
            lines += ["", f"{self._heading(parameter)}:"]
            lines += _coefficient_lines(found.names, found.b, found.se, headings)
        lines += ["boundary (singular) fit"] if self.singular else []
        return "\n".join([*lines, *self._wrapped_notes])

    def _heading(self, parameter: str) -> str:
        """Return what the coefficients of a further parameter stand under, with their scale."""
        spec = self.spec
        if parameter in spec.vectors:
            return parameter
        if at := spec.layout.naming.specific.get(parameter):
            return f"At {at}"
        return f"{parameter} ({spec.family.shown_link(parameter).name})"

    @property
    def n_parameters(self) -> int:
        """The number of parameters: coefficients, standard deviations, correlations, others."""
        units = (unit for unit in self.spec.layout.units if unit.correlated)
        pairs = sum(unit.size * (unit.size - 1) // 2 for unit in units)
        sds = sum(len(values) for values in self.sd.values())
        further = sum(len(found.b) for found in self.further.values())
        return len(self.b) + further + sds + pairs + len(self.parameters)

    def _variances(self) -> list[lme4.VarianceRows]:
        rows = []
        residual = self.spec.residual
        smallest = ZERO * self.scale
        for found in self.spec.layout.factors:
            key = found.key
            names = tuple(name for block in found.blocks for name in block.r_effects)
            sizes = [len(block.effects) for block in found.blocks]
            full = [block.covariance == "full" for block in found.blocks]
            block_of = np.repeat(np.arange(len(sizes)), sizes)
            same = (block_of[:, None] == block_of) & np.repeat(full, sizes)
            # lme4's optimum is 0 where ours comes ever nearer to it
            sd = np.where(self.sd[key] < smallest, 0.0, self.sd[key])
            corr = self.corr[key][: len(sd), : len(sd)]
            rows.append(lme4.VarianceRows(key, names, np.square(sd), sd, corr, same))
        if residual is not None:
            sigma = self.parameters[residual]
            rows.append(lme4.residual_rows(sigma**2, sigma))
        return rows

    def __str__(self) -> str:
        """Show fixed effects, standard deviations and parameters."""
        lines = [f"Mode of {self.spec.formulas[0]}", "", *self._fixed_lines(), ""]
        if self.further:
            lines[0] += "".join(f"\n        {formula}" for formula in self.spec.formulas[1:])
        for factor, sds in self.sd.items():
            shown = ", ".join(f"{value:.4g}" for value in sds)
            lines.append(f"{GroupNames(factor).sd_name}: {shown}")
        lines += [f"{name}: {value:.4g}" for name, value in self.parameters.items()]
        kind = "REML log-likelihood" if self.reml else "Log-likelihood"
        kind += " (Laplace's approximation)" if self.laplace else ""
        lines.append(f"{kind}: {self.log_likelihood:.3f}")
        if self.singular:
            lines += wrapped(_SINGULAR, "")
        return "\n".join([*lines, *self._wrapped_notes])

    def _fixed_lines(self) -> list[str]:
        """Return the fixed effects as lines, with three digits of each standard error."""
        found = self.fixef()
        places = [decimals_for(se, 3) for se in found["se"].tolist()]
        columns = [TextColumn("", tuple(found.index), right=False)]
        for name in ("estimate", "se"):
            columns.append(TextColumn(name, tuple(points_in_line(found[name].tolist(), places))))
        columns.append(TextColumn("ratio", tuple(f"{ratio:.2f}" for ratio in found["ratio"])))
        return TextTable(tuple(columns)).lines()

    @property
    def _wrapped_notes(self) -> list[str]:
        return [line for note in self.notes for line in wrapped(note, "")]


def wald_tests(point: PointEstimate, method: str) -> WaldTests:
    """Return the tests of the coefficients of the mean's near columns by a method.

    Raises as `small_sample_tests`.
    """
    fixed = point.spec.design.mean.fixed
    alone = fixed.shift is None or usual_method(point.spec, flat=point.flat) == method
    if method == "asymptotic" and alone:
        change = fixed.to_near(np.eye(len(point.b))).T
        return WaldTests(point.b, point.covariance).of(change)
    sigma, own = point.parameters.get("sigma", 1.0), {"reml": point.reml, "flat": point.flat}
    return small_sample_tests(point.spec, method, point.sd, point.corr, sigma, **own, zero=ZERO)


def _coefficient_lines(
    names: Sequence[str], b: FloatArray, se: FloatArray, headings: tuple[str, str, str]
) -> list[str]:
    if not len(b):
        return []
    return lme4.coefficient_lines(names, np.stack([b, se], axis=1), headings, b / se)
