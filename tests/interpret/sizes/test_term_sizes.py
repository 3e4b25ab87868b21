"""Sizes of whole terms against the means that a fit has by itself, whatever the coding."""

import numpy as np
import pandas as pd
import pytest
from tests.infer.modes.test_nested_terms import nested_data

import mixwell as mw
from mixwell.design.whole_terms.hypotheses import term_hypotheses

CAKE = mw.load_data("cake")
WARP = mw.load_data("warpbreaks")


@pytest.fixture(scope="module")
def cake():
    return mw.Model("angle ~ recipe * temp + (1 | replicate)", CAKE).fit(seed=1)


@pytest.fixture(scope="module")
def warp():
    """Unbalanced: two rows of one cell are left out."""
    return mw.Model("breaks ~ wool * tension", WARP.iloc[2:]).fit(seed=1)


def test_the_size_of_a_factor_is_the_sd_of_its_means_over_the_rows(warp):
    means = warp.means("tension").samples  # wools count the same
    effects = means - means.mean(axis=0)
    codes = pd.Categorical(WARP["tension"].iloc[2:], ["L", "M", "H"]).codes
    known = effects[codes].std(axis=0, ddof=1)
    found = warp.joint_tests()
    assert found["term"].tolist() == ["wool", "tension", "wool:tension"]
    np.testing.assert_allclose(found.samples[1], known, rtol=1e-8)


def test_the_size_of_an_interaction_is_the_sd_of_what_cells_have_beyond_levels(warp):
    table = warp.means(["wool", "tension"]).samples.reshape(3, 2, -1)  # wool runs fastest
    beyond = table - table.mean(axis=0) - table.mean(axis=1)[:, None] + table.mean(axis=(0, 1))
    rows = WARP.iloc[2:]
    wool = pd.Categorical(rows["wool"], ["A", "B"]).codes
    tension = pd.Categorical(rows["tension"], ["L", "M", "H"]).codes
    known = beyond[tension, wool].std(axis=0, ddof=1)
    np.testing.assert_allclose(warp.joint_tests().samples[2], known, rtol=1e-8)


def test_the_size_of_a_slope_is_the_slope_in_sds_of_the_covariate(cake):
    slopes = cake.slopes("temp", by="recipe").samples.mean(axis=0)
    known = np.abs(slopes) * CAKE["temp"].std()
    np.testing.assert_allclose(cake.joint_tests().samples[1], known, rtol=1e-8)


def test_levels_are_compared_where_covariates_are_asked_for(cake):
    at = cake.means("recipe", at={"temp": 175}).samples
    known = (at - at.mean(axis=0))[[0, 1, 2]].std(axis=0) * np.sqrt(270 / 269)  # 90 rows each
    np.testing.assert_allclose(cake.joint_tests(at={"temp": 175}).samples[0], known, rtol=1e-8)


@pytest.mark.parametrize("kind", [2, 3])
@pytest.mark.parametrize("coding", ["sum", "helmert"])
def test_sizes_do_not_depend_on_the_coding(kind, coding):
    """The same draws, written in other columns."""
    rows = WARP.iloc[2:]
    plain = mw.Model("breaks ~ wool * tension", rows, priors={"b": "flat", "Intercept": "flat"})
    fit = plain.fit(seed=1, draws=50)
    other = mw.Model("breaks ~ wool * tension", rows, contrasts={"wool": coding, "tension": coding})
    change = np.linalg.lstsq(
        other.design.common.to_numpy(), plain.design.common.to_numpy(), rcond=None
    )[0]
    b = fit.drawn.coefficients()
    covariance = change @ np.cov(b) @ change.T
    found = term_hypotheses(other.design, kind, None, covariance)
    known = fit.joint_tests(kind)
    for own, size in zip(found, known.samples, strict=True):
        d = own.weights @ change @ b
        squares = np.einsum("is,ij,js->s", d, own.moments, d)
        np.testing.assert_allclose(np.sqrt(squares), size, rtol=1e-7)


def test_walds_test_is_that_of_the_draws(cake):
    found = cake.joint_tests()
    b = cake.drawn.coefficients()[4:]  # recipe:temp
    value = b.mean(axis=1) @ np.linalg.solve(np.cov(b), b.mean(axis=1)) / 2
    assert found["wald_F"].tolist()[2] == pytest.approx(value)
    assert found["df"].tolist() == [2, 1, 2]


def test_a_rope_says_how_probable_it_is_that_a_term_is_as_good_as_none(cake):
    found = cake.joint_tests(rope=0.5)
    known = (found.samples < 0.5).mean(axis=1)
    np.testing.assert_allclose(found["p_rope"], known, atol=1e-12)


def test_shares_are_those_of_part_r2_and_left_out_with_a_reason_where_there_are_none(cake, warp):
    np.testing.assert_allclose(cake.joint_tests()["part_r2"], cake.part_r2()["estimate"])
    spread = mw.Model(["breaks ~ wool", "sigma ~ tension"], WARP).fit(seed=1, draws=100, tune=100)
    found = spread.joint_tests(parameter="sigma")
    assert found["term"].tolist() == ["tension"]
    assert "part_r2" not in found.frame
    assert "There are no shares of variance of sigma" in str(found)
    assert str(found).startswith("Whole terms of sigma of breaks, type III (log scale)")


def test_what_is_printed_says_what_a_size_is(cake):
    printed = str(cake.joint_tests())
    for said in (
        "Whole terms of angle, type III (response scale)",
        "size, the sd over the data's rows of what the term contributes",
        "Levels of other factors count the same.",
        "Covariates stand at their means.",
    ):
        assert said in printed
    assert "p_direction" not in printed


def test_terms_of_several_responses_are_named_by_these():
    data = WARP.assign(other=np.random.default_rng(1).normal(size=len(WARP)))
    model = mw.Model(["breaks ~ wool", "other ~ tension"], data, ["gaussian", "gaussian"])
    fit = model.fit(seed=1, draws=100, tune=100)
    assert str(fit.joint_tests()).startswith("Whole terms of breaks, type III (response scale)")
    found = fit.joint_tests(parameter="other")
    assert str(found).startswith("Whole terms of other, type III (response scale)")
    assert found["term"].tolist() == ["tension"]


def test_a_parameter_without_a_formula_is_refused(cake):
    with pytest.raises(mw.DataError, match="no predictor of 'sigma'"):
        cake.joint_tests(parameter="sigma")


def test_a_factor_that_others_are_nested_in_is_as_large_as_its_means_differ():
    """Levels of h count the same inside f; `means` averages so, too."""
    data = nested_data("nested")
    fit = mw.Model("y ~ f / h + (1 | s)", data).fit(seed=1, draws=50)
    means = fit.means("f").samples
    codes = pd.Categorical(data["f"]).codes
    known = (means - means.mean(axis=0))[codes].std(axis=0, ddof=1)
    found = fit.joint_tests()
    assert found["term"].tolist() == ["f", "f:h"]
    np.testing.assert_allclose(found.samples[0], known, rtol=1e-8)


def test_a_term_that_empty_cells_leave_nothing_of_has_no_size_but_a_row_and_a_note():
    fit = mw.Model("y ~ f * g + (1 | s)", nested_data("empty")).fit(seed=1, draws=50)
    found = fit.joint_tests(rope=0.5)
    assert found["term"].tolist() == ["f", "g", "f:g"]
    assert found["df"].tolist() == [1, 0, 1]
    for column in ("estimate", "wald_F", "wald_p", "p_rope"):
        assert found.frame[column].isna().tolist() == [False, True, False]
    assert "g: no test" in str(found)
    assert not fit.joint_tests(2).frame["estimate"].isna().any()


@pytest.fixture(scope="module")
def choices():
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"food": rng.choice(["fish", "meat", "veg"], 60), "x": rng.normal(size=60)})
    return mw.Model("food ~ x", data, "categorical").fit(
        seed=1, draws=20, tune=20, chains=2, progressbar=False
    )


def test_a_category_has_its_name_and_others_are_named(choices):
    plain = choices.joint_tests()
    assert "These are the terms of mumeat alone; parameter= has those of muveg." in str(plain)
    np.testing.assert_array_equal(choices.joint_tests(parameter="mumeat").samples, plain.samples)
    other = choices.joint_tests(parameter="muveg")
    assert str(other).startswith("Whole terms of veg of food")
    assert "has those of mumeat" in str(other)


def test_names_that_stand_for_nothing_are_answered_with_the_nearest(choices):
    with pytest.raises(mw.DataError, match=r'(?s)no parameter.*Did you mean "muveg"'):
        choices.joint_tests(parameter="muvge")
    with pytest.raises(mw.DataError, match="no linear predictor of its own"):
        choices.joint_tests(parameter="fish")
    with pytest.raises(mw.DataError, match="No parameter is named"):
        choices.joint_tests(parameter=np.array(["muveg", "mumeat"]))


def test_the_mean_is_known_by_its_parameters_name(cake):
    known = cake.joint_tests()
    np.testing.assert_array_equal(cake.joint_tests(parameter="mu").samples, known.samples)


@pytest.fixture(scope="module")
def few():
    """Draws fewer than the six coefficients, of a factor with more contrasts than they span."""
    return mw.Model("breaks ~ wool * tension", WARP).fit(seed=1, draws=1, chains=2)


def test_few_draws_have_sizes_and_no_test_of_more_contrasts_than_they_span(few):
    found = few.joint_tests()
    assert np.isfinite(found["estimate"]).all()
    assert found["df"].tolist() == [1, 2, 2]
    assert np.isfinite(found["wald_F"]).tolist() == [True, False, False]
    said = "tension, wool:tension: no Wald test, since 2 draws have no covariance of df contrasts."
    assert said in found.notes


def test_few_draws_do_not_set_terms_apart_from_those_that_contain_them(few):
    with pytest.raises(mw.DataError, match="in the covariance of the 6 coefficients") as refused:
        few.joint_tests(2)
    assert "Take more than 6 draws, or type=3" in str(refused.value)
    without = mw.Model("breaks ~ wool + tension", WARP).fit(seed=1, draws=1, chains=2)
    assert len(without.joint_tests(2)) == 2


def test_a_single_draw_is_summarized_without_a_spread():
    fit = mw.Model("breaks ~ wool * tension", WARP).fit(seed=1, draws=1, chains=1)
    assert fit.means("tension")["sd"].isna().all()
    assert fit.summary()["sd"].isna().all()
    assert fit.joint_tests()["wald_F"].isna().all()
