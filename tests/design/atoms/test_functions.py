"""Plain functions against R's and numpy's answers."""

import json
from pathlib import Path

import numpy as np
import pytest

from mixwell.design.atoms.functions import PLAIN
from mixwell.errors import DataError

REFERENCE = json.loads(
    Path(__file__).parents[1].joinpath("reference").joinpath("transforms.json").read_text()
)


@pytest.mark.parametrize(
    "case", REFERENCE["plain"], ids=lambda case: f"{case['name']}{len(case['args'])}"
)
def test_functions_give_the_values_of_r(case):
    result = PLAIN[case["name"]](np.array(case["values"]), *map(np.array, case["args"]))
    np.testing.assert_allclose(result, case["result"], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("case", REFERENCE["round"], ids=lambda case: str(case["digits"]))
def test_rounding_is_that_of_r_4(case):
    result = PLAIN["round"](np.array(case["values"]), case["digits"])
    np.testing.assert_allclose(result, case["result"], rtol=1e-15, atol=0)


@pytest.mark.parametrize("name", sorted(name for name in PLAIN if name.startswith("np.")))
def test_numpy_spellings_are_numpys_functions(name):
    x = np.array([0.25, 0.5, 0.75])
    args = {
        "np.minimum": (0.5,),
        "np.maximum": (0.5,),
        "np.power": (2,),
        "np.clip": (0.3, 0.6),
    }.get(name, ())
    if name == "np.where":
        np.testing.assert_array_equal(PLAIN[name](x > 0.4, x, 0), np.where(x > 0.4, x, 0))
        return
    with np.errstate(invalid="ignore"):
        expected = getattr(np, name.removeprefix("np."))(x, *args)
    np.testing.assert_allclose(PLAIN[name](x, *args), expected)


@pytest.mark.parametrize("name", ["log", "sqrt", "np.log", "log2", "asin", "np.power", "acosh"])
def test_values_outside_the_domain_become_not_finite_without_a_warning(name):
    args = (0.5,) if name == "np.power" else ()
    assert not np.isfinite(PLAIN[name](np.array([-4.0]), *args)).any()


def test_whole_numbers_neither_overflow_nor_refuse_negative_powers():
    assert PLAIN["np.power"](np.array([2]), -1) == 0.5
    assert PLAIN["np.square"](np.array([2**40])) == 2.0**80
    assert PLAIN["abs"](np.array([True])) == 1


def test_pmin_and_pmax_carry_missing_values_unless_told_to_drop_them():
    x = np.array([1.0, np.nan])
    np.testing.assert_array_equal(PLAIN["pmin"](x, 0.5), [0.5, np.nan])
    np.testing.assert_array_equal(PLAIN["pmax"](x, 0.5, na_rm=True), [1.0, 0.5])


def test_ifelse_passes_a_missing_test_on():
    np.testing.assert_array_equal(
        PLAIN["ifelse"](np.array([1.0, 0.0, np.nan]), 5.0, 6.0), [5.0, 6.0, np.nan]
    )
    np.testing.assert_array_equal(PLAIN["ifelse"](np.array([True, False]), "a", "b"), ["a", "b"])


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        (np.array([1.0, np.nan]), [False, True]),
        (np.array([1, 2]), [False, False]),
        (np.array(["a", None], dtype=object), [False, True]),
        (np.array(["a", np.nan], dtype=object), [False, True]),
    ],
)
def test_is_na_finds_missing_values(values, missing):
    np.testing.assert_array_equal(PLAIN["is.na"](values), missing)


@pytest.mark.parametrize("base", [0, -1, 1])
def test_a_base_that_has_no_logarithm_is_refused(base):
    with pytest.raises(DataError, match="positive number other than 1"):
        PLAIN["log"](np.array([1.0]), base)


@pytest.mark.parametrize("name", ["pmin", "pmax"])
def test_pmin_and_pmax_need_a_value(name):
    with pytest.raises(DataError, match="one or more"):
        PLAIN[name]()
