"""The picture of one coefficient."""

import pandas as pd
import pytest

from mixwell.errors import DataError
from mixwell.show.cell_diagram import draw_coefficient


def texts(figure):
    (axes,) = figure.axes
    return [text.get_text() for text in axes.texts]


def interaction(**extra):
    return pd.DataFrame(
        {
            "block": ["b1", "b1", "b2", "b2"],
            "direction": ["left", "right", "left", "right"],
            "weight": [1.0, -1.0, -1.0, 1.0],
            "mean": [2.0, 2.5, 1.5, 2.25],
            "rows": [10, 10, 10, 10],
        }
    ).assign(**extra)


def draw(cells, **options):
    return draw_coefficient(cells, name="c", sentence="b2 minus b1", label="mean of y", **options)


def test_a_difference_of_differences_shows_both_and_how_they_combine():
    figure = draw(interaction())
    assert {"\u22120.5", "\u22120.25"} <= set(texts(figure))
    assert figure.get_supxlabel() == "\u22120.25 \u2212 (\u22120.5) = 0.25"


def test_the_factors_say_which_way_a_difference_is_meant():
    factors = {
        "block": pd.Series({"b1": 1.0, "b2": -1.0}),
        "direction": pd.Series({"left": 1.0, "right": -1.0}),
    }
    assert draw(interaction(), factors=factors).get_supxlabel() == "0.5 \u2212 0.25 = 0.25"


def test_a_difference_shows_its_length_and_words_of_the_data():
    figure = draw(interaction().iloc[[0, 2]].assign(weight=[-1.0, 1.0]))
    (axes,) = figure.axes
    assert "\u22120.5" in texts(figure)
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["b1", "b2"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("block", "mean of y")
    assert figure.get_suptitle() == "c"


def test_a_scale_is_written_below():
    cells = interaction().iloc[[0, 2]].assign(weight=[-0.5, 0.5])
    assert draw(cells).get_supxlabel() == "1/2 \u00d7 \u22120.5 = \u22120.25"


def test_one_cell_is_a_point_at_its_setting():
    (axes,) = draw(interaction().iloc[[0]]).axes
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["block = b1, direction = left"]


def test_the_models_values_are_drawn_with_intervals_where_there_are_any():
    cells = interaction(estimate=[2, 2, 1, 2], lower=[1, 1, 0, 1], upper=[3, 3, 2, 3])
    (axes,) = draw(cells).axes
    assert len(axes.lines) == 4


def test_cells_without_rows_cannot_be_drawn():
    with pytest.raises(DataError, match="no rows"):
        draw(interaction(mean=[1.0, None, 2.0, 3.0]))


def test_too_many_cells_are_refused():
    cells = pd.DataFrame({"a": range(100), "weight": 1.0, "mean": 1.0, "rows": 1})
    with pytest.raises(DataError, match="too many"):
        draw(cells)
