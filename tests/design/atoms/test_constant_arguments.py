"""Arguments that are one value for all rows refuse a column, with a caret under it."""

import pandas as pd
import pytest

import mixwell as mw
from mixwell.errors import FormulaError

DATA = pd.DataFrame(
    {"y": [1.0, 2, 3, 4, 5, 6], "x": [0.5, 1, 2, 3, 4, 5], "f": list("klmklm"), "b": [0, 1] * 3}
)
COLUMNS = (
    "y ~ C(f, Treatment(b))",
    "y ~ C(f, Treatment(base=b))",
    "y ~ C(f, contr.treatment(3, base=b))",
    "y ~ C(f, Sum(b))",
    "y ~ C(f, levels=b)",
    "y ~ relevel(f, ref=b)",
    "y ~ cut(x, b)",
    "y ~ cut(x, 3, dig.lab=b)",
    "y ~ cut(x, 3, labels=b)",
)


@pytest.mark.parametrize("formula", COLUMNS)
def test_a_column_in_the_place_of_one_value_is_refused_where_it_stands(formula):
    with pytest.raises(FormulaError, match='goes into quotes: "b"') as refused:
        mw.Model(formula, DATA)
    assert formula[refused.value.start : refused.value.stop] == "b"


def test_a_level_without_quotes_is_told_how_it_is_written():
    with pytest.raises(FormulaError, match='Write "k"'):
        mw.Model("y ~ C(f, Treatment(k))", DATA)
