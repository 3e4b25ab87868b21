"""R's tests of terms against lmerTest's, car's and emmeans's own numbers and prints.

The reference is written by `tests/infer/reference/term_tests.R`.
"""

import numpy as np
import pytest
from tests.infer.modes.test_nested_terms import nested_data
from tests.infer.modes.test_term_tests import KENWARD_ROGER, REFERENCE, SATTERTHWAITE, TERMS, _mode

import mixwell as mw
from mixwell.infer.modes.point_estimate import wald_tests
from mixwell.r import Anova, anova, glmer, joint_tests, lm, lmer, summary
from mixwell.r.verbs.terms.lmertest_contrasts import lmertest_hypotheses

FEW = {"draws": 50, "seed": 1}


@pytest.fixture(scope="module")
def fits():
    """Return the fits that R printed, by name; R's factors had no order."""
    cake = mw.load_data("cake")
    cake["temperature"] = cake["temperature"].cat.as_unordered()
    return {
        "cake": lmer("angle ~ recipe * temperature + (1 | recipe:replicate)", cake, **FEW),
        "sleepstudy": lmer("Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"), **FEW),
    }


@pytest.mark.parametrize("name", [name for name in TERMS if name != "cake_empty"])
@pytest.mark.parametrize("kind", ["II", "III"])
def test_tests_are_lmertests_to_the_last_degree_of_freedom(name, kind):
    """Also of several contrasts, of which the degrees depend on how they are written."""
    mode, known = _mode(name), REFERENCE[name][SATTERTHWAITE][kind]
    tests = wald_tests(mode, SATTERTHWAITE)
    written = lmertest_hypotheses(mode.spec.design, len(kind))
    found = [tests.test(rows) for _, rows in written]
    np.testing.assert_allclose([t.ddf for t in found], np.atleast_1d(known["ddf"]), rtol=1e-4)
    np.testing.assert_allclose([t.f for t in found], np.atleast_1d(known["F"]), rtol=1e-4)


def _lines(text):
    return [
        line.strip().replace("\u2018", "'").replace("\u2019", "'")  # R's quotation marks
        for line in (text if isinstance(text, list) else text.splitlines())
        if line.strip()
    ]


def _same_print(found, known):
    """Compare words and numbers: the last digit of a number may be rounded otherwise."""
    for ours, theirs in zip(_lines(str(found)), _lines(known), strict=True):
        for a, b in zip(ours.split(), theirs.split(), strict=True):
            try:
                assert float(a) == pytest.approx(float(b), rel=2e-4)
                assert len(a.lstrip("-")) == len(b.lstrip("-"))
            except ValueError:
                assert a == b


@pytest.mark.parametrize("name", ["cake", "sleepstudy"])
def test_tables_print_as_in_R(fits, name):
    m, known = fits[name], REFERENCE[name]["printed"]
    _same_print(anova(m), known["anova"])
    _same_print(anova(m, type=2, ddf="Kenward-Roger"), known["kenward_roger"])
    _same_print(Anova(m), known["Anova"])
    _same_print(Anova(m, test_statistic="F"), known["Anova_F"])
    _same_print(joint_tests(m), known["joint_tests"])


def test_a_summary_with_degrees_of_freedom_has_lmertests_coefficients(fits):
    printed = str(summary(fits["sleepstudy"], ddf="Satterthwaite"))
    assert "t-tests use Satterthwaite degrees of freedom" in printed
    assert "Days          10.467      1.546 17.000   6.771 3.26e-06 ***" in printed
    whole = str(summary(fits["sleepstudy"], ddf="Kenward-Roger"))
    assert "t-tests use Kenward-Roger degrees of freedom" in whole


def test_a_linear_model_has_cars_table_of_least_squares():
    """Source: car 3.1-1, Anova(lm(len ~ supp * dose, ToothGrowth))."""
    data = mw.load_data("toothgrowth")
    table = Anova(lm("len ~ supp * dose", data, **FEW)).frame
    np.testing.assert_allclose(table["F value"], [12.31702, 133.41515, 5.33348], rtol=1e-5)
    np.testing.assert_allclose(table["Sum Sq"], [205.35, 2224.3043, 88.92011], rtol=1e-5)


def test_generalized_models_have_chi_squares_and_no_degrees_of_freedom():
    data = mw.load_data("cbpp")
    m = glmer("cbind(incidence, size - incidence) ~ period + (1 | herd)", data, "binomial", **FEW)
    # glmmTMB 1.1.5: the quadratic form in vcov() of the same model
    assert Anova(m).frame["Chisq"].item() == pytest.approx(24.94855, rel=1e-3)
    assert np.isinf(joint_tests(m).frame["df2"]).all()
    with pytest.raises(mw.SamplingError, match="gaussian responses"):
        anova(m)


def test_what_has_no_counterpart_is_refused_with_what_serves(fits):
    m = fits["cake"]
    with pytest.raises(mw.DataError, match=r"(?s)several models.*compare"):
        anova(m, m)
    with pytest.raises(mw.DataError, match="Type I depends on the order"):
        anova(m, type=1)
    with pytest.raises(mw.DataError, match="test_statistic"):
        Anova(m, test_statistic="LR")
    with pytest.raises(mw.DataError, match=r"(?s)sequential.*Anova"):
        anova(lm("len ~ supp", mw.load_data("toothgrowth"), **FEW))


def test_reml_false_has_degrees_of_freedom_of_maximum_likelihood():
    m = lmer("Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"), REML=False, **FEW)
    known = REFERENCE["sleepstudy_ml"][SATTERTHWAITE]["III"]
    assert anova(m).frame["DenDF"].item() == pytest.approx(known["ddf"], rel=1e-4)
    with pytest.raises(mw.SamplingError, match="are those of REML"):
        anova(m, ddf=KENWARD_ROGER)


def test_no_term_is_lost_where_factors_are_nested():
    """f by emmeans 1.8.4 (nested_terms.R); Kenward and Roger's F is another."""
    m = lmer("y ~ f / h + (1 | s)", nested_data("nested"), **FEW)
    assert Anova(m, type=3).frame["Chisq"].tolist() == pytest.approx([229.275, 4 * 3.259], abs=3e-3)
    assert anova(m).frame["F value"].tolist() == pytest.approx([229.275, 3.259], abs=1e-3)
    assert joint_tests(m, "asymptotic").frame["F.ratio"].iloc[0] == pytest.approx(229.275, abs=1e-3)


def test_a_term_that_empty_cells_leave_nothing_of_has_a_blank_row_and_a_line():
    m = lmer("y ~ f * g + (1 | s)", nested_data("empty"), **FEW)
    for found in (anova(m), Anova(m, type=3), joint_tests(m)):
        assert "g: no test" in str(found)
        assert "Anova(m, type=2) tests it" in " ".join(str(found).split())
        assert found.frame.iloc[1].isna().any()
        assert "nan" not in str(found)
    assert " g            0  NA      NA      NA" in str(joint_tests(m)).splitlines()
    assert "no test" not in str(Anova(m))
