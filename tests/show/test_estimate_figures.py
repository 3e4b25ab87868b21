"""Figures of estimates, from plain frames."""

import numpy as np
import pandas as pd
import pytest

from mixwell.errors import DataError
from mixwell.show.estimate_figures import Chart, draw_chart, draw_curves, draw_means, draw_rows


def frame_of(**columns) -> pd.DataFrame:
    grid = pd.MultiIndex.from_product(columns.values(), names=columns).to_frame(index=False)
    estimate = np.linspace(1.2, 2, len(grid))
    return grid.assign(estimate=estimate, lower=estimate - 0.5, upper=estimate + 0.5)


def chart(frame: pd.DataFrame, *factors: str, **fields) -> Chart:
    return Chart(frame, factors, **{"label": "y", **fields})


def words(axes) -> list[str]:
    return [tick.get_text() for tick in axes.get_xticklabels()]


def test_means_stand_over_their_levels_with_the_datas_words():
    figure = draw_means(
        chart(frame_of(block=["b1", "b2"]), "block", label="mean of y", title="Means")
    )
    (axes,) = figure.axes
    assert words(axes) == ["b1", "b2"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("block", "mean of y")
    assert figure.get_suptitle() == "Means"
    assert axes.get_legend() is None
    heights = np.concatenate([c.get_offsets()[:, 1] for c in axes.collections[1:]])
    np.testing.assert_allclose(heights, [1.2, 2.0])


def test_a_second_factor_is_joined_in_colors_and_a_third_takes_panels():
    frame = frame_of(block=["b1", "b2"], side=["left", "right"], day=[1.0, 2.5])
    figure = draw_means(chart(frame, "block", "side", "day"))
    assert [axes.get_title() for axes in figure.axes] == ["day: 1", "day: 2.5"]
    legend = figure.axes[-1].get_legend()
    assert legend.get_title().get_text() == "side"
    assert [text.get_text() for text in legend.get_texts()] == ["left", "right"]
    assert len(figure.axes[0].lines) == 2


def test_contrasts_are_rows_beside_a_line_at_no_difference():
    frame = frame_of(side=["left", "right"], contrast=["b2 - b1", "b3 - b1"])
    figure = draw_rows(chart(frame, "contrast", "side", by=("side",)))
    (axes,) = figure.axes
    assert [t.get_text() for t in axes.get_yticklabels()] == ["b2 - b1", "b3 - b1"] * 2
    assert [t.get_text() for t in axes.texts] == ["side: left", "side: right"]
    assert list(axes.lines[-1].get_xdata()) == [0.0, 0.0]
    assert axes.get_xscale() == "linear"


def test_ratios_have_their_line_at_one_on_a_logarithmic_axis():
    frame = frame_of(contrast=["b2 / b1", "b3 / b1"])
    figure = draw_rows(chart(frame, "contrast", null=1.0))
    assert figure.axes[0].get_xscale() == "log"
    assert list(figure.axes[0].lines[-1].get_xdata()) == [1.0, 1.0]


def test_a_number_is_an_axis_to_draw_ribbons_along():
    frame = frame_of(age=np.linspace(20, 60, 9), block=["b1", "b2"])
    figure = draw_curves(chart(frame, "age", "block", null=0.0), "age")
    (axes,) = figure.axes
    assert len(axes.lines) == 3
    assert len(axes.collections) == 2
    assert axes.get_xlabel() == "age"


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (chart(frame_of(block=["b1", "b2"]), "block"), "points"),
        (chart(frame_of(age=np.arange(9.0)), "age"), "curve"),
        (chart(frame_of(id=2**53 + np.arange(9)), "id"), "points"),
        (chart(frame_of(contrast=["a - b"]), "contrast", null=0.0), "rows"),
        (chart(frame_of(contrast=["a / b"]), "contrast", null=1.0), "rows"),
    ],
)
def test_estimates_are_drawn_as_suits_them(made, kind):
    (axes,) = draw_chart(made).axes
    found = "rows" if axes.get_ylabel() == "" else "curve" if axes.lines else "points"
    assert found == kind
    assert (axes.get_xlabel() if kind == "rows" else axes.get_ylabel()) == "y"


def test_rows_without_numbers_leave_a_gap():
    frame = frame_of(block=["b1", "b2"])
    frame.loc[1, ["estimate", "lower", "upper"]] = np.nan
    assert words(draw_means(chart(frame, "block")).axes[0]) == ["b1", "b2"]
    draw_rows(chart(frame, "block", null=1.0))


def test_more_panels_than_can_be_read_are_refused():
    frame = frame_of(block=["b1"], side=["left"], day=[f"d{i}" for i in range(40)])
    with pytest.raises(DataError, match="panels"):
        draw_means(chart(frame, "block", "side", "day"))


def test_a_long_title_is_broken_into_lines():
    figure = draw_means(chart(frame_of(block=["b1", "b2"]), "block", title="word " * 40))
    assert "\n" in figure.get_suptitle()


def test_levels_that_four_digits_show_alike_are_named_apart():
    dose = [0.1 + 0.2, 0.3, 1.0]
    means = draw_means(
        chart(frame_of(block=["b1", "b2"], dose=dose, time=dose), "block", "dose", "time")
    )
    named = [text.get_text() for text in means.axes[-1].get_legend().get_texts()]
    assert named == ["0.30000000000000004", "0.3", "1"]
    assert len({axes.get_title() for axes in means.axes[:3]}) == 3
    rows = draw_rows(
        chart(frame_of(dose=dose, contrast=["a - b"]), "dose", "contrast", by=("dose",))
    )
    assert len({text.get_text() for text in rows.axes[0].texts}) == 3
