"""Names and calls of contrasts: what they make, and what is said of those that make none."""

import pytest

from mixwell.design.codings import choices as contrasts
from mixwell.design.codings.choices import Sized
from mixwell.design.codings.contrast_names import contrast_call, contrast_class, contrast_named
from mixwell.errors import DataError

LETTERS = ("low", "mid", "high")


@pytest.mark.parametrize(
    ("name", "args", "kwargs", "expected"),
    [
        # what formulaic lets one choose, as R has it
        ("contr.helmert", [], {"reverse": True, "scale": False}, contrasts.Helmert()),
        ("contr.diff", [], {"backward": True}, contrasts.SuccessiveDifferences()),
        # R's levels first, scores second or by name
        ("contr.poly", [["a", "b", "c"], [1, 2, 4]], {}, Sized(contrasts.Poly((1, 2, 4)), 3)),
        ("contr.poly", [3], {"scores": [1, 2, 4]}, Sized(contrasts.Poly((1, 2, 4)), 3)),
        ("contr.poly", [["a", "b"]], {"scores": [1, 2]}, Sized(contrasts.Poly((1, 2)), 2)),
        # levels by name: of numbers and truths, too
        ("Treatment", [], {"reference": True}, contrasts.Treatment("True")),
        ("Treatment", [], {"reference": None}, contrasts.Treatment()),
        ("Treatment", [], {"ref": 2.5}, contrasts.Treatment("2.5")),
        ("Sum", [3], {}, contrasts.Sum("3")),
    ],
)
def test_calls_with_arguments_make_contrasts(name, args, kwargs, expected):
    assert contrast_call(name, args, kwargs) == expected


@pytest.mark.parametrize(
    ("name", "options", "quoted", "r_labels"),
    [
        ("treatment", {"base": 3}, False, ("1", "2")),
        ("treatment", {"base": 2}, False, ("1", "3")),
        ("treatment", {"base": "mid"}, False, ("1", "3")),
        ("Treatment", {"base": "mid"}, False, ("low", "high")),
        ("contr.SAS", {}, False, ("1", "2")),
        ("SAS", {}, False, ("low", "mid")),
        ("contr.treatment", {"base": 2}, True, ("1", "3")),
    ],
)
def test_lower_case_names_and_calls_number_the_levels_as_r_does(name, options, quoted, r_labels):
    assert contrast_named(name, options, quoted=quoted).code(LETTERS).r_labels == r_labels


@pytest.mark.parametrize(
    ("name", "args", "kwargs", "message", "hint"),
    [
        ("contr.helmert", [], {"reverse": False}, "there with reverse = True only", "Examples:"),
        ("contr.helmert", [], {"scale": True}, "there with scale = False only", "Examples:"),
        ("contr.diff", [], {"backward": False}, "there with backward = True only", "Examples:"),
        ("contr.poly", [[1, 2, 4]], {}, "R's levels, not their scores", "scores = c(1, 2, 4)"),
        ("contr.treatment", [3], {"bse": 2}, 'no argument "bse"', 'Did you mean "base"?'),
        ("contr.treatment", [3, 2], {"base": 2}, 'is given "base" twice', "Examples:"),
        ("Helmert", [], {"bse": 2}, 'no argument "bse"', "Examples:"),
    ],
)
def test_wrong_arguments_are_refused_with_what_is_near(name, args, kwargs, message, hint):
    with pytest.raises(DataError, match=message) as caught:
        contrast_call(name, args, kwargs, where="block")
    assert hint in caught.value.hint
    assert caught.value.where == "block"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("helmrt", 'Did you mean "helmert"?'),
        ("zzzzzz", '"treatment" or "sum" or "helmert" or "poly" or "sdif" or "simple"'),
        ("Treatment(2)", "Write C(block, Treatment(2)) there"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest_or_the_usual_ones(name, hint):
    with pytest.raises(DataError) as caught:
        contrast_class(name, where="block")
    assert hint in caught.value.hint
