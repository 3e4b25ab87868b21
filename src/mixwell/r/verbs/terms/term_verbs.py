"""R's tests of terms: lmerTest's anova, car's Anova, emmeans's joint_tests."""

from collections.abc import Sequence

import pandas as pd

from mixwell.design.whole_terms.hypotheses import (
    TermHypothesis,
    lost_notes,
    read_type,
    term_hypotheses,
)
from mixwell.errors import DataError, require_choice
from mixwell.infer.modes.degrees_of_freedom import METHODS, read_method, usual_method
from mixwell.infer.modes.point_estimate import PointEstimate, wald_tests
from mixwell.numeric.small_samples.f_tests import FTest
from mixwell.public_calls import public
from mixwell.r.printed.layout_tests import anova_text, joint_tests_text
from mixwell.r.verbs.fits import Fitted, fitted_of
from mixwell.r.verbs.likelihood_verbs import flat_estimate
from mixwell.r.verbs.returned_values import PrintedFrame
from mixwell.r.verbs.terms.lmertest_contrasts import lmertest_hypotheses

_SATTERTHWAITE, _KENWARD_ROGER, _ASYMPTOTIC = METHODS


@public
def anova(
    object: Fitted, *others: object, type: int | str = 3, ddf: str = "Satterthwaite"
) -> PrintedFrame:
    """Return lmerTest's tests of terms, of lmer's own estimate: `ddf` or "Kenward-Roger".

    Covariates stand at 0, as there. Where cells have no data, differences are tested as far as the
    data determine them, of nested factors as emmeans has them; lmerTest tests other combinations
    there. A term of which nothing is determined has a row without numbers and a line below.
    `.frame` has the numbers. Raises `DataError` for a second model and for one without groups,
    `SamplingError` for one that is not gaussian.

    >>> anova(m).frame["DenDF"].round().tolist()
    [252.0, 252.0]
    """
    own = fitted_of(object)
    if others:
        raise DataError(
            "anova() of several models has no counterpart for posteriors.",
            where="anova()",
            hint="mixwell.compare({...}) compares their predictive densities.",
        )
    if not own.fit.spec.layout.factors:
        raise DataError(
            "R's anova() of a model without groups is sequential, type I, which is not here.",
            where="anova()",
            hint="Anova(m) has tests of types II and III.",
        )
    kind, method = read_type(type), read_method(ddf)
    point = _point(own)
    tests = wald_tests(point, method)
    contrasts = lmertest_hypotheses(own.fit.spec.design, kind)
    found = [tests.test(rows) for _, rows in contrasts]
    by = "Satterthwaite's" if method == _SATTERTHWAITE else "Kenward-Roger's"
    heading = f"Type {'I' * kind} Analysis of Variance Table with {by} method"
    squares = _squares(point, found)
    frame = pd.DataFrame(
        {
            "Sum Sq": squares,
            "Mean Sq": [s / t.df if t.df else s for s, t in zip(squares, found, strict=True)],
            "NumDF": [test.df for test in found],
            "DenDF": [test.ddf for test in found],
            "F value": [test.f for test in found],
            "Pr(>F)": [test.p for test in found],
        },
        index=[each.name for each, _ in contrasts],
    )
    return PrintedFrame(frame, anova_text([heading], frame, _unsaid([own for own, _ in contrasts])))


@public
def Anova(mod: Fitted, type: int | str = 2, test_statistic: str = "Chisq") -> PrintedFrame:
    """Return car's tests of terms, of lme4's own estimate: Wald's chi-square, or "F".

    Type III is that of sum coding, whatever the coding is, with covariates at 0; car's own depends
    on the coding, and tests the intercept, too. F has Kenward and Roger's degrees of freedom, of
    models without groups those of the residuals. Raises as `anova`.

    >>> Anova(m).frame["Df"].tolist()
    [2, 1]
    """
    require_choice("test_statistic", test_statistic, ("Chisq", "F"))
    own, kind = fitted_of(mod), read_type(type)
    spec, point = own.fit.spec, _point(own)
    plain = not spec.layout.factors and spec.family.closed_form
    small = _SATTERTHWAITE if plain else _KENWARD_ROGER
    method = small if plain or test_statistic == "F" else _ASYMPTOTIC
    tests = wald_tests(point, method)
    hypotheses = term_hypotheses(spec.design, kind, 0, tests.covariance)
    found = [tests.test(each.weights) for each in hypotheses]
    p, df = [test.p for test in found], [test.df for test in found]
    said = f"Type {'I' * kind}"
    columns: dict[str, Sequence[float]]
    if method == _ASYMPTOTIC:
        columns = {"Chisq": [test.f * test.df for test in found], "Df": df, "Pr(>Chisq)": p}
        heading = f"Analysis of Deviance Table ({said} Wald chisquare tests)"
    elif plain:
        squares = _squares(point, found)
        columns = {"Sum Sq": squares, "Df": df, "F value": [t.f for t in found], "Pr(>F)": p}
        heading = f"Anova Table ({said} tests)"
    else:
        ddf = [test.ddf for test in found]
        columns = {"F": [test.f for test in found], "Df": df, "Df.res": ddf, "Pr(>F)": p}
        heading = f"Analysis of Deviance Table ({said} Wald F tests with Kenward-Roger df)"
    frame = pd.DataFrame(columns, index=[each.name for each in hypotheses])
    lines = [heading, "", f"Response: {spec.design.response_name}"]
    return PrintedFrame(frame, anova_text(lines, frame, _unsaid(hypotheses)))


@public
def joint_tests(object: Fitted, lmer_df: str | None = None) -> PrintedFrame:
    """Return emmeans's joint tests of terms, of lme4's own estimate, covariates at their means.

    `lmer_df` is "kenward-roger", emmeans's default for lmer's REML fits, "satterthwaite" or
    "asymptotic". Of several contrasts emmeans takes the least degrees of freedom of any; these are
    those of the test. Raises `DataError`, and `SamplingError` for degrees of freedom that a model
    has not.

    >>> joint_tests(m).frame["df1"].tolist()
    [2, 1]
    """
    own = fitted_of(object)
    point, spec = _point(own), own.fit.spec
    usual = usual_method(spec, flat=True)
    if usual == _SATTERTHWAITE and spec.layout.factors and point.reml:
        usual = _KENWARD_ROGER
    tests = wald_tests(point, usual if lmer_df is None else read_method(lmer_df))
    hypotheses = term_hypotheses(spec.design, 3, None)
    found = [tests.test(each.weights) for each in hypotheses]
    frame = pd.DataFrame(
        {
            "model term": [each.name for each in hypotheses],
            "df1": [test.df for test in found],
            "df2": [test.ddf for test in found],
            "F.ratio": [test.f for test in found],
            "p.value": [test.p for test in found],
        }
    )
    return PrintedFrame(frame, joint_tests_text(frame, _unsaid(hypotheses)))


def _point(own: Fitted) -> PointEstimate:
    """Return R's estimate; of a model without groups with the residual variance of `lm`."""
    return flat_estimate(own, own.reml or not own.fit.spec.layout.factors)


def _unsaid(hypotheses: Sequence[TermHypothesis]) -> tuple[str, ...]:
    """Say which terms have no test, and what has one."""
    return lost_notes([each for each in hypotheses if not len(each.weights)], "Anova(m, type=2)")


def _squares(point: PointEstimate, found: list[FTest]) -> list[float]:
    """Return the sums of squares that F values stand for, before any scaling."""
    variance = point.parameters.get("sigma", 1.0) ** 2
    return [variance * test.df * test.f / test.scaling for test in found]
