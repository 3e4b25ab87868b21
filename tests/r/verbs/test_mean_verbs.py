"""Means, trends and contrasts under emmeans's names and layouts."""

import numpy as np
import pytest

import mixwell as mw
from mixwell.r import (
    contrast,
    emmeans,
    emtrends,
    pairs,
)


def test_emmeans_are_within_a_posterior_sd_of_emmeans(baked, slopes, printed):
    for grid, name in (
        (emmeans(baked, "~ recipe | temperature"), "means"),
        (emtrends(slopes, "~ recipe", var="temp"), "slopes"),
    ):
        theirs = np.array(printed["emm"][name])
        frame = grid.frame
        assert (np.abs(frame.iloc[:, frame.columns.get_loc("SE") - 1] - theirs) < frame["SE"]).all()


@pytest.mark.parametrize(
    ("specs", "by", "factors", "within"),
    [
        ("block", None, ("block",), ()),
        ("~ block", None, ("block",), ()),
        ("~ block | direction", None, ("block", "direction"), ("direction",)),
        (["block"], "direction", ("block", "direction"), ("direction",)),
        ("~ block * direction", None, ("block", "direction"), ()),
        ("~ block + direction", None, ("block", "direction"), ()),
        ("~ 1", None, (), ()),
    ],
)
def test_specs_say_what_is_averaged_within_what(tasks, specs, by, factors, within):
    made = emmeans(tasks, specs, by=by).estimates
    assert (made.factors, made.by) == (factors, within)


def test_contrasts_stay_within_by_or_leave_it(tasks):
    grid = emmeans(tasks, "~ block | direction")
    assert len(pairs(grid).frame) == 6
    assert len(pairs(grid, by=()).frame) == 15
    assert len(pairs(grid, simple="direction").frame) == 3
    crossed = contrast(grid, interaction=["consec", "pairwise"], by=())
    assert len(crossed.frame) == 2
    own = tasks.fit.contrasts("pairwise", of="block", by="direction")
    assert pairs(grid).frame["estimate"].to_numpy() == pytest.approx(own["estimate"].to_numpy())


def test_contrasts_of_the_link_scale_are_ratios_where_the_response_is_asked_for(herds):
    link = emmeans(herds, "~ period")
    own = herds.fit.contrasts("pairwise", of="period")
    made = pairs(link, type="response")
    assert made.frame["odds.ratio"].to_numpy() == pytest.approx(own["estimate"].to_numpy())
    assert "link (not the response) scale" in repr(pairs(link))
    assert "link (not the response) scale" not in repr(made)


@pytest.mark.parametrize("ref", [4, "4"])
def test_a_reference_level_is_a_name_or_a_place(herds, ref):
    made = contrast(emmeans(herds, "~ period"), "trt.vs.ctrl", ref=ref)
    assert [name[-7:] for name in made.frame["contrast"]] == ["period4"] * 3


def test_a_reference_level_may_be_given_by_its_place_where_levels_have_names(tasks):
    made = contrast(emmeans(tasks, "~ block"), "trt.vs.ctrl", ref=2)
    assert list(made.frame["contrast"]) == ["b1 - b2", "b3 - b2"]


def test_trends_can_be_compared_within_a_factor(slopes):
    made = emtrends(slopes, "pairwise ~ recipe", var="temp")
    assert list(made) == ["emtrends", "contrasts"]
    assert list(made["contrasts"].frame["contrast"]) == ["A - B", "A - C", "B - C"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda m: emmeans(m, "~ blok"), "block"),
        (lambda m: emmeans(m, "~ block |"), "|"),
        (lambda m: emmeans(m, "~ block | direction", by="direction"), "twice"),
        (lambda m: emmeans(m, "~ block", type="odds"), "unknown"),
        (lambda m: contrast(m), "not means"),
        (lambda m: emtrends(m, "~ block", var="direction"), "no slope"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(tasks, call, said):
    with pytest.raises(mw.MixwellError, match=said):
        call(tasks)


def test_an_adjustment_of_p_values_is_taken_with_a_warning(tasks):
    grid = emmeans(tasks, "~ block")
    with pytest.warns(mw.MixwellWarning, match="no p values"):
        assert pairs(grid, adjust="tukey").frame.equals(pairs(grid).frame)
