"""A column of the data called like a column of a table of results changes no result."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.show.estimates_table import NUMBER_COLUMNS

#: One of each kind: numbers of each pattern, the label of contrasts, dims of draws.
NAMES = ["estimate", "sd", "p_rope", "rhat", "evidence_ratio", "contrast", "chain", "draw", "row"]


@pytest.fixture(scope="module")
def data():
    frame = pd.DataFrame({"block": np.tile(list("abcd"), 10), "side": np.repeat(list("lr"), 20)})
    rng = np.random.default_rng(0)
    group = np.repeat(list("uvwxy"), 8)
    return frame.assign(group=group, x=rng.normal(size=40), y=rng.normal(size=40))


def fitted(data, renamed):
    factor, number, group = (renamed.get(name, name) for name in ("block", "x", "group"))
    formula = f"y ~ {factor} + side + {number} + (1 | {group})"
    model = mw.Model(formula, data.rename(columns=renamed))
    return model.fit(engine="exact", draws=40, chains=2, seed=1)


@pytest.fixture(scope="module")
def plain(data):
    return fitted(data, {})


#: What is asked of a fit, given the name of the column.
QUESTIONS = {
    "block": {
        "means": lambda fit, name, _: fit.means(name, by="side"),
        "contrasts": lambda fit, name, _: fit.contrasts(of=name, by="side", rope=0.1),
        "contrasts within": lambda fit, name, _: fit.contrasts(of="side", by=name),
        "comparisons": lambda fit, name, _: fit.comparisons(name),
        "comparisons within": lambda fit, name, _: fit.comparisons("side", by=name),
        "at": lambda fit, name, _: fit.means("side", at={name: "b"}),
        "predictions": lambda fit, _, rows: fit.predictions(rows.head(3)),
    },
    "x": {
        "means": lambda fit, name, _: fit.means(name, at={name: [0.0, 1.0]}),
        "slopes": lambda fit, name, _: fit.slopes(name, by="side"),
        "slopes at": lambda fit, name, _: fit.slopes(name, at={name: [0.0, 1.0]}, by=name),
        "comparisons": lambda fit, name, _: fit.comparisons(name, step="sd"),
        "predictions": lambda fit, _, rows: fit.predictions(rows.head(3)),
    },
    "group": {
        "predictions": lambda fit, _, rows: fit.predictions(rows.head(3), groups="existing"),
        "means": lambda fit, name, _: fit.means(name, groups="existing"),
    },
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("column", QUESTIONS)
@pytest.mark.parametrize("name", NAMES)
def test_a_column_of_any_name_has_the_results_of_one_with_a_plain_name(data, plain, name, column):
    renamed = data.rename(columns={column: name})
    fit = fitted(data, {column: name})
    for ask in QUESTIONS[column].values():
        mine, theirs = ask(fit, name, renamed), ask(plain, column, data)
        assert mine.frame.columns.is_unique
        np.testing.assert_allclose(mine.samples, theirs.samples, rtol=1e-8, atol=1e-10)
        for label, known in zip(mine.factors, theirs.factors, strict=True):
            assert label not in NUMBER_COLUMNS
            assert len(set(mine[label])) == len(set(theirs[known]))
        assert len(str(mine).splitlines()) == len(str(theirs).splitlines())
        assert mine._repr_html_().count("<td") == theirs._repr_html_().count("<td")
        assert len(mine.plot().axes) == len(theirs.plot().axes)
