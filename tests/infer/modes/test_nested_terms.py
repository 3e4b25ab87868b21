"""Tests of terms where factors are nested or cells are empty, against emmeans.

The reference is written by `tests/infer/reference/nested_terms.R`.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mixwell as mw

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference/nested_terms.json").read_text(encoding="utf-8")
)
#: emmeans names a nested factor's own term by what it stands in.
OTHER_NAMES = {"y ~ f + h + (1 | s)": {"f:h": "h"}}


def nested_data(name: str) -> pd.DataFrame:
    """Return one of the data sets of the reference, factors as text."""
    data = pd.DataFrame(REFERENCE["data"][name])
    return data.astype({c: str for c in data.columns if c not in ("y", "z")})


def _tests(name: str, formula: str, kind: int = 3, **options: object):
    return mw.Model(formula, nested_data(name), **options).mode(flat=True).joint_tests(kind)


@pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda c: f"{c['data']}: {c['formula']}")
@pytest.mark.parametrize("coding", ["treatment", "sum"])
def test_every_term_has_emmeans_test_or_a_row_that_says_it_has_none(case, coding):
    """Levels count the same inside what they are nested in; emmeans rounds F to three decimals."""
    data = nested_data(case["data"])
    factors = [v for v in ("f", "g", "h", "k", "r") if v in data and v in case["formula"]]
    model = mw.Model(case["formula"], data, contrasts=dict.fromkeys(factors, coding))
    found = model.mode(flat=True).joint_tests(3, "asymptotic").frame
    names = [OTHER_NAMES.get(case["formula"], {}).get(term, term) for term in case["term"]]
    assert set(found.index) == set(names)
    assert found.loc[names, "df"].tolist() == case["df"]
    known = np.array(case["F"], dtype=float)
    np.testing.assert_allclose(found.loc[names, "F"], known, atol=1.1e-3)
    assert found["p"].isna().tolist() == (found["df"] == 0).tolist()


def test_the_note_says_what_is_nested_and_none_speaks_of_empty_cells():
    printed = str(_tests("nested", "y ~ f / h + (1 | s)"))
    assert "h is nested in f: levels inside count the same." in printed
    assert "empty cells" not in printed
    assert "nested" not in str(_tests("nested", "y ~ f / k + (1 | s)"))


def test_a_term_that_empty_cells_leave_nothing_of_is_named_with_what_serves():
    printed = str(_tests("empty", "y ~ f * g + (1 | s)"))
    assert "g: no test, since with empty cells" in printed
    assert "type=2 tests it" in printed
    assert "NaN" in printed
    assert "f, f:g: tested as far as the data determine it" in printed
    none = " ".join(str(_tests("emptier", "y ~ f * g + (1 | s)")).split())
    assert "f:g: no test, since the data do not separate it from other terms" in none


def test_type_two_tests_what_type_three_cannot():
    """Source: lmerTest's anova(m, type = 2) of the same data: what f * g has without f:g."""
    found = _tests("emptier", "y ~ f * g + (1 | s)", 2).frame
    plain = _tests("emptier", "y ~ f + g + (1 | s)", 2).frame
    np.testing.assert_allclose(found.loc[["f", "g"]], plain, rtol=1e-6)
    assert found.loc["f:g", "df"] == 0


def test_a_factor_that_another_is_nested_in_is_the_same_however_the_model_is_written():
    for kind in (2, 3):
        slash = _tests("nested", "y ~ f / h + (1 | s)", kind).frame
        plus = _tests("nested", "y ~ f + h + (1 | s)", kind).frame
        np.testing.assert_allclose(slash, plus, rtol=1e-6)


def test_covariates_that_follow_from_each_other_have_rows_without_a_test():
    data = nested_data("nested").assign(w=lambda d: 2 * d["z"])
    found = mw.Model("y ~ f + z + w + (1 | s)", data).mode(flat=True).joint_tests()
    assert found["df"].tolist() == [1, 0, 0]
    assert "z, w: no test, since the data do not separate it" in str(found)
