"""A fit: its tables, its printed summary, and its way to a file and back."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import mixwell as mw
from mixwell.posterior.labels import observed_data, posterior_labels
from mixwell.posterior.made import Made
from mixwell.recipe import Recipe


@pytest.fixture(scope="module")
def sleepstudy():
    return mw.load_data("sleepstudy")


@pytest.fixture
def made(make_idata, sleepstudy):
    """Return a fit of the sleepstudy model whose draws are made by hand."""
    return fit_of(make_idata(levels=18), sleepstudy)


def fit_of(idata, data, formula="Reaction ~ Days + (Days | Subject)", **choices):
    recipe = Recipe((formula,), data, **choices)
    made, spec = Made("nuts", label="NUTS"), recipe.specify()
    labeled = idata["posterior"].to_dataset().assign_coords(posterior_labels(spec))
    idata = idata.assign({"posterior": xr.DataTree(labeled)})
    idata["observed_data"] = xr.DataTree(observed_data(spec))
    made.write(idata)
    return mw.Fit(spec, idata, made, recipe)


def test_every_table_has_its_rows(made):
    assert made.fixef().index.tolist() == ["Intercept", "Days"]
    assert made.summary().index.tolist()[-1] == "sigma"
    assert len(made.ranef()) == len(made.coef()) == 36
    assert made.VarCorr()["kind"].tolist() == ["sd", "sd", "corr", "sd"]


def test_coef_is_fixef_plus_ranef(made):
    fixed = made.fixef()["estimate"]
    both = made.coef().merge(made.ranef(), on=["factor", "level", "effect"])
    expected = both["estimate_y"] + both["effect"].map(fixed)
    np.testing.assert_allclose(both["estimate_x"], expected)


def test_printing_shows_the_model_and_one_verdict(made):
    text = str(made)
    assert repr(made) == text
    assert "180 observations" in text
    assert "Subject (18 levels)" in text
    assert text.replace("\n", " ").endswith(made.diagnose().verdict)
    assert "Population-level" in made._repr_html_()


def test_dropped_rows_are_said(make_idata, sleepstudy):
    holes = sleepstudy.assign(Days=sleepstudy["Days"].where(sleepstudy.index > 2))
    assert "3 rows were dropped" in str(fit_of(make_idata(levels=18), holes))


def test_findings_are_computed_once(made):
    assert made.diagnose() is made.diagnose()


def test_a_saved_fit_comes_back_with_the_same_draws_and_the_same_print(made, tmp_path):
    path = made.save(tmp_path / "fit.nc")
    back = mw.load(path)
    assert str(back) == str(made)
    assert back.engine == made.engine
    xr.testing.assert_equal(back.posterior, made.posterior)
    pd.testing.assert_frame_equal(back.coef(), made.coef())
    pd.testing.assert_frame_equal(
        back.recipe.data, made.recipe.data[["Reaction", "Days", "Subject"]]
    )


def test_saving_leaves_the_fit_as_it_is(made, tmp_path):
    before = made.idata.copy(deep=True)
    made.save(tmp_path / "fit.nc")
    xr.testing.assert_identical(before, made.idata)


def test_any_netcdf_reader_can_open_the_draws(made, tmp_path):
    with xr.open_datatree(made.save(tmp_path / "fit.nc")) as opened:
        xr.testing.assert_equal(opened["posterior"].to_dataset(), made.posterior)


def test_choices_come_back(make_idata, sleepstudy, tmp_path):
    data = sleepstudy.assign(
        shift=pd.Categorical(np.tile(["late", "early"], 90), ["late", "early"]), w=1.5, extra="x"
    )
    idata = make_idata(levels=18)
    made = fit_of(
        idata,
        data,
        "Reaction ~ shift + (Days | Subject)",
        contrasts={"shift": {"early-late": {"late": -1, "early": 1}}},
        priors={"sigma": "HalfNormal(30)"},
        weights="w",
        missing="error",
    )
    back = mw.load(made.save(tmp_path / "fit.nc"))
    assert str(back.spec) == str(made.spec)
    assert back.recipe.missing == "error"
    assert "extra" not in back.recipe.data
    np.testing.assert_array_equal(back.spec.design.common, made.spec.design.common)


def test_functions_are_asked_for_when_loading(make_idata, sleepstudy, tmp_path):
    def halve(x):
        return x / 2

    formula = "Reaction ~ halve(Days) + (Days | Subject)"
    made = fit_of(make_idata(levels=18), sleepstudy, formula, functions={"halve": halve})
    path = made.save(tmp_path / "fit.nc")
    with pytest.raises(mw.DataError, match="halve"):
        mw.load(path)
    assert str(mw.load(path, functions={"halve": halve})) == str(made)


def test_what_is_no_saved_fit_is_refused(tmp_path, make_idata):
    with pytest.raises(mw.DataError, match="no file"):
        mw.load(tmp_path / "absent.nc")
    (tmp_path / "text.nc").write_text("no draws here")
    with pytest.raises(mw.DataError, match="not a netCDF file"):
        mw.load(tmp_path / "text.nc")
    make_idata().to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    with pytest.raises(mw.DataError, match="holds no mixwell model"):
        mw.load(tmp_path / "other.nc")


def test_saving_into_a_directory_that_is_not_there_is_refused(made, tmp_path):
    with pytest.raises(mw.DataError, match="no directory"):
        made.save(tmp_path / "absent" / "fit.nc")


def test_a_real_fit_is_near_lme4(sleepstudy_fit):
    """lme4: intercept 251.405, Days 10.467, sds 24.74 and 5.92, residual 25.59."""
    estimates = sleepstudy_fit.fixef()["estimate"]
    assert abs(estimates["Intercept"] - 251.405) < 3
    assert abs(estimates["Days"] - 10.467) < 0.8
    assert abs(sleepstudy_fit.summary().loc["sigma", "estimate"] - 25.59) < 1


def test_a_real_fit_saves_and_loads(sleepstudy_fit, tmp_path):
    back = mw.load(sleepstudy_fit.save(tmp_path / "fit.nc"))
    assert str(back) == str(sleepstudy_fit)
    assert set(back.idata.children) == set(sleepstudy_fit.idata.children)
