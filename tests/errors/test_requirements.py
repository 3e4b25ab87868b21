"""Values of arguments are what they have to be, or are refused in a sentence."""

from typing import Any

import numpy as np
import pytest

from mixwell import errors
from mixwell.errors import DataError


@pytest.mark.parametrize("given", [["link"], {"link": 1}, 5, None])
@pytest.mark.parametrize("choices", [("response", "link"), {"response": 1, "link": 2}])
def test_a_choice_of_any_type_is_refused_in_a_sentence(given: object, choices: Any) -> None:
    with pytest.raises(DataError, match=r"scale=.* is unknown"):
        errors.require_choice("scale", given, choices)


def test_a_misspelled_choice_is_refused_with_the_nearest() -> None:
    with pytest.raises(DataError, match='Did you mean "response"'):
        errors.require_choice("scale", "Response", ("response", "link"))


@pytest.mark.parametrize("given", [5, None, ["a"], {"a": 1}], ids=str)
def test_what_is_no_text_is_no_name_and_is_answered_with_the_choices(given):
    assert errors.did_you_mean(given, ["Days", "Subject"]) == "Choices: Days, Subject."
    with pytest.raises(errors.DataError, match="Choices: Days"):
        errors.require_known(given, ["Days"], "There is no such name.")


@pytest.mark.parametrize("given", ["x", 1.0, True, None, -1, [1]], ids=str)
def test_a_number_that_must_be_whole_says_so(given):
    with pytest.raises(errors.DataError, match="from 0 on"):
        errors.require_whole("n", given, 0)


@pytest.mark.parametrize("seed", [None, 0, np.int64(3)], ids=str)
def test_a_seed_is_whole_or_none(seed):
    errors.require_seed(seed)
