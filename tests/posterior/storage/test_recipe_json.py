"""Choices go to JSON and come back; what is a Python object is asked for by name."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.families import get_family
from mixwell.posterior.storage.recipe_json import recipe_from_json, recipe_to_json
from mixwell.recipe import Recipe

DATA = pd.DataFrame({"y": [1.0, 2, 4, 3], "x": [0.0, 1, 3, 2], "f": list("abca")})


def recipe(**choices: Any) -> Recipe:
    return Recipe(**{"formulas": ("y ~ x + f",), "data": DATA, "family": "gaussian", **choices})


def there_and_back(given: Recipe, **objects: Any) -> Recipe:
    notes = json.loads(json.dumps(recipe_to_json(given)))
    return recipe_from_json(notes, DATA, objects.get("functions"), objects.get("priors"))


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"family": "poisson", "link": "identity"},
        {"priors": {"x": "Normal(0, 1)"}},
        {"weights": "x"},
        {"missing": "error", "saturated": "allow"},
        {"formulas": ("y ~ x", "sigma ~ f")},
    ],
)
def test_plain_choices_come_back_as_they_were(choices: dict[str, Any]) -> None:
    given, back = recipe(**choices), there_and_back(recipe(**choices))
    for name in ("formulas", "family", "link", "missing", "saturated", "weights"):
        assert getattr(back, name) == getattr(given, name)
    assert (back.priors, back.contrasts) == (given.priors, None)


def test_a_family_that_was_made_comes_back_by_name_and_link() -> None:
    back = there_and_back(recipe(family=get_family("poisson", "identity")))
    assert (back.family, back.link) == ("poisson", "identity")


@pytest.mark.parametrize(
    "values", [[1.0, 2.0, 3.0, 4.0], np.array([1, 2, 3, 4]), pd.Series([1.5] * 4)]
)
def test_weights_come_back_as_numbers(values: Any) -> None:
    assert there_and_back(recipe(weights=values)).weights == list(values)


@pytest.mark.parametrize(
    "coding",
    ["sum", np.array([[1.0, 0.5], [-1, 0.5], [0, -1]]), {"b - a": [-1, 1, 0], "c - b": [0, -1, 1]}],
)
def test_codings_come_back(coding: Any) -> None:
    given = recipe(formulas=("y ~ f",), contrasts={"f": coding})
    found = there_and_back(given).specify().design.common
    pd.testing.assert_frame_equal(found, given.specify().design.common)


def twice(x: Any) -> Any:
    return 2 * x


@pytest.mark.parametrize(
    ("argument", "objects"),
    [
        ("functions", {"twice": twice}),
        ("priors", {"x": object()}),
        ("functions", {"a": twice, "b": twice}),
    ],
)
def test_objects_are_asked_for_and_taken(argument: str, objects: dict[str, Callable]) -> None:
    given = recipe(**{argument: objects})
    first = next(iter(objects))
    with pytest.raises(mw.DataError, match=f"with {argument} that are Python objects") as found:
        there_and_back(given)
    assert f'mw.load(path, {argument}={{"{first}": ...}})' in str(found.value)
    back = there_and_back(given, **{argument: objects})
    assert getattr(back, argument) == objects
    if len(objects) > 1:
        with pytest.raises(mw.DataError, match="not stored: b"):
            there_and_back(given, **{argument: {first: objects[first]}})


@pytest.mark.parametrize("noted", [-1, "f", "x", "absent", ["y"]])
def test_rows_that_no_column_of_whole_numbers_counts_are_refused(noted: object) -> None:
    notes = {**recipe_to_json(recipe()), "counted": noted}
    with pytest.raises(TypeError, match="whole numbers"):
        recipe_from_json(notes, DATA, None, None)


def test_what_counts_rows_comes_back_by_name() -> None:
    counted = DATA.assign(rows=[1, 3, 2, 9])
    notes = recipe_to_json(recipe(data=counted, counted="rows"))
    assert recipe_from_json(notes, counted, None, None).counted == "rows"
