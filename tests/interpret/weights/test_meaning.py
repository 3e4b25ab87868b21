"""Weights of coefficients on cells: equal to R's, exact on any design, never expanded in vain."""

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mixwell as mw
from mixwell.design import build_design
from mixwell.formula import parse_formula
from mixwell.interpret.sentences.explain import explain_model

REFERENCE = Path(__file__).parents[1] / "reference"
EXACT = 1e-8


def explain(formula, data, contrasts=None):
    return explain_model(build_design([parse_formula(formula)], data, contrasts=contrasts))


def half_sum(m):
    return np.vstack([np.eye(m - 1), -np.ones(m - 1)]) / 2


WARPBREAKS = {
    "treatment": (mw.Treatment(), mw.Treatment()),
    "SAS": (mw.SAS(), mw.SAS()),
    "treatment_last": (mw.SAS(), mw.SAS()),
    "sum": (mw.Sum(), mw.Sum()),
    "helmert": (mw.Helmert(), mw.Helmert()),
    "poly": (mw.Poly(), mw.Poly()),
    "sdif": (mw.SuccessiveDifferences(), mw.SuccessiveDifferences()),
    "half_sum": (half_sum(2), half_sum(3)),
}
CONTRASTS = json.loads((REFERENCE / "contrasts.json").read_text())


def on_cells(weights, cells):
    """Weights on the cells "A|L" of wool and tension, summed over a factor that the model lacks."""
    table = np.zeros((len(weights), len(cells)))
    names = list(weights.columns.names)
    for k, cell in enumerate(cells):
        point = dict(zip(("wool", "tension"), cell.split("|"), strict=True))
        key = tuple(point[name] for name in names)
        share = 1 if len(names) == 2 else 1 / sum(c.endswith(key[0]) for c in cells)
        table[:, k] = share * weights[key if len(key) > 1 else key[0]]
    return table


@pytest.mark.parametrize("case", CONTRASTS, ids=lambda c: f"{c['formula']} {c['coding']}")
def test_weights_equal_the_reference_on_the_cells(case):
    formula = case["formula"]
    data = mw.load_data("warpbreaks")
    chosen = dict(zip(("wool", "tension"), WARPBREAKS[case["coding"]], strict=True))
    contrasts = {name: value for name, value in chosen.items() if name in formula}
    found = on_cells(explain(formula, data, contrasts).weights, case["cells"])
    kept = np.array(case["X"])[:, : len(found)]  # R's aliased column is the last one
    assert np.abs(found @ kept - np.eye(len(found))).max() < EXACT
    if case["kron"] is not None:
        expected = np.array(case["kron"])
        if "wool" not in formula:  # the reference puts wool at its anchor, where it cancels
            expected = np.tile(expected.reshape(-1, 2, 3).sum(axis=1) / 2, 2)
        assert np.abs(found - expected).max() < EXACT


CELL_WEIGHTS = json.loads(gzip.decompress((REFERENCE / "cell_weights.json.gz").read_bytes()))


def three_factors():
    index = pd.MultiIndex.from_product(
        [["a1", "a2"], ["b1", "b2", "b3"], ["c1", "c2"]], names=["a", "b", "c"]
    )
    return index.to_frame(index=False)


@pytest.mark.parametrize(
    "case", CELL_WEIGHTS, ids=lambda c: f"{c['formula']} {'-'.join(c['codings'].values())}"
)
def test_weights_equal_the_inverse_of_the_design_in_r_where_that_is_the_only_answer(case):
    cells = three_factors()
    explanation = explain(case["formula"], cells, case["codings"])
    assert [explanation[name].name for name in case["columns"]] == list(explanation.weights.index)
    weights = explanation.weights.T.reorder_levels(["a", "b", "c"])
    weights = weights.loc[list(cells.itertuples(index=False, name=None))]
    assert np.abs(weights.to_numpy().T - np.array(case["weights"])).max() < 1e-7


# Any formula of up to four variables, any coding.

CODINGS = ["treatment", "sum", "helmert", "poly", "sdif", "simple", "SAS"]
SHAPES = [
    "{0}", "{0} + {1}", "{0} * {1}", "{0} / {1}", "0 + {0} + {1}", "0 + {0} * {1}", "0 + {0}:{1}",
    "{0}:{1}", "{0} + {0}:{1}", "{0} * {1} + {2}", "{0} * {1} * {2}", "{0} * {1} + {1} * {2}",
    "{0} / {1} + {2}", "({0} + {1} + {2})^2", "{0}:{1} + {2}", "{0} + {1}:{2}", "0 + {0}:{1} + {2}",
    "({0} + {1} + {2} + {3})^2", "{0} * {1} + {2} * {3}", "{0} + {1} + {2} + {3}",
    "{0}:{1} + {0}:{2} + {3}", "{0} * {1} * {2} - {0}", "{0} / {1} / {2}", "0 + {0}:{1}:{2} + {3}",
]  # fmt: skip
VARIABLES = [
    "a",
    "b",
    "c",
    "x",
    "scale(z)",
    "log(w)",
    "center(x)",
    "I(x/10)",
    "poly(z, 2)",
    "(w > 2)",
]
SOURCE = {
    "scale(z)": "z",
    "poly(z, 2)": "z",
    "log(w)": "w",
    "(w > 2)": "w",
    "center(x)": "x",
    "I(x/10)": "x",
}


def random_rows(n=160):
    rng = np.random.default_rng(7)
    return pd.DataFrame(
        {
            "a": rng.choice(["a1", "a2"], n),
            "b": rng.choice(["b1", "b2", "b3"], n),
            "c": rng.choice(["c1", "c2", "c3", "c4"], n),
            "x": rng.normal(50, 10, n),
            "z": rng.normal(3, 2, n),
            "w": rng.gamma(4, 1, n),
        }
    )


ROWS = random_rows()


@st.composite
def models(draw):
    chosen = draw(st.permutations(VARIABLES))
    distinct = []
    for name in chosen:
        if SOURCE.get(name, name) not in {SOURCE.get(d, d) for d in distinct}:
            distinct.append(name)
    formula = "~ " + draw(st.sampled_from(SHAPES)).format(*distinct)
    codings = {f: draw(st.sampled_from(CODINGS)) for f in ("a", "b", "c") if f in formula.split()}
    return formula, {f: c for f, c in codings.items() if f in distinct[:4]}


@settings(max_examples=120, deadline=None)
@given(models())
def test_weights_times_the_design_are_the_identity_whatever_formula_and_coding(model):
    formula, contrasts = model
    used = {name: c for name, c in contrasts.items() if name in columns_of(formula)}
    explanation = explain(formula, ROWS, used)
    product = explanation.weights.to_numpy() @ explanation.grid.to_numpy()
    assert np.abs(product - np.eye(len(product))).max() < 1e-6
    assert all(entry.sentence for entry in explanation)


def columns_of(formula):
    return parse_formula(formula).columns


RAW = [
    ("~ a * x", {}),
    ("~ a * scale(z) + b", {"b": "sum"}),
    ("~ log(w) * b", {}),
    ("~ x + I(x^2) + a:x", {}),
    ("~ a * poly(z, 3)", {"a": "sum"}),
    ("~ a * bs(z, df = 5)", {}),
    ("~ ns(z, df = 3) + b", {"b": "helmert"}),
    ("~ a * (b + c)", {"b": "sdif", "c": "poly"}),
    ("~ 0 + a * b", {"b": "sum"}),
    ("~ 0 + bs(z, df = 4, intercept = TRUE)", {}),
    ("~ I(x/10) * center(w)", {}),
    ("~ poly(x, 2, raw = TRUE) / a", {}),
]


@pytest.mark.parametrize(("formula", "contrasts"), RAW, ids=[formula for formula, _ in RAW])
def test_weights_hold_for_columns_that_the_design_makes_of_the_raw_values_at_the_cells(
    formula, contrasts
):
    design = build_design([parse_formula(formula)], ROWS, contrasts=contrasts)
    weights = explain_model(design).weights
    cells = weights.columns.to_frame(index=False).astype(object)
    for name in cells:
        if name in ("x", "z", "w"):
            cells[name] = [nearest_point(name, float(value)) for value in cells[name]]
    replayed = design.evaluate(cells).common.to_numpy()
    assert np.abs(weights.to_numpy() @ replayed - np.eye(len(weights))).max() < 1e-5


def nearest_point(name, value):
    """The full number behind a printed one: a value in the data, its mean, mean and sd, or e."""
    column = ROWS[name]
    known = [*column, column.mean(), column.mean() + column.std(), column.mean() + 1, np.e]
    best = min(known, key=lambda number: abs(number - value))
    return best if abs(best - value) < 2e-3 * abs(value) else value


@pytest.mark.parametrize("coding", ["treatment", "sum", "helmert", "sdif"])
def test_a_variable_that_cancels_has_no_part_in_the_weights(coding):
    entry = explain("~ a + b + c", ROWS, {"b": coding})["a[a2]"]
    assert list(entry.factors) == ["a"]
    assert list(entry.cells["a"]) == ["a1", "a2"]


def test_a_column_that_others_determine_is_said_to_be_left_out():
    rows = ROWS.assign(again=ROWS["b"].str.replace("b", "k"))
    explanation = explain("~ b + again", rows)
    assert explanation["again[k2]"].sentence == "not estimated: it equals b[b2]"
    assert "again[k2]" not in list(explanation.to_frame()["coefficient"])
    assert explanation["b[b2]"].sentence == "b2 minus b1"


def test_levels_nested_in_another_factor_are_compared_on_cells_that_have_rows():
    rows = pd.DataFrame({"plant": list("ppqqpq"), "machine": ["m1", "m2", "m3", "m4", "m1", "m4"]})
    entry = explain("~ plant + machine", rows)["plant[q]"]
    assert entry.sentence == "(q, m4) minus (p, m1)"
    assert (entry.cells["rows"] > 0).all()


def test_a_dummy_for_every_cell_beside_an_intercept_is_read_against_the_cell_left_out():
    explanation = explain("~ a:b", ROWS)
    assert explanation["Intercept"].sentence == "mean at a = a2, b = b3"
    assert explanation["a[a1]:b[b1]"].sentence == "(a1, b1) minus (a2, b3)"
    assert explanation["a[a2]:b[b1]"].sentence == "b1 minus b3, at a = a2"


def test_full_dummies_beside_an_intercept_are_read_against_the_dropped_level():
    explanation = explain("~ b", ROWS, {"b": np.eye(3)[:, :2]})
    assert explanation["b[1]"].sentence == "b1 minus b3"


def test_ten_factors_without_interactions_are_explained():
    rng = np.random.default_rng(1)
    rows = pd.DataFrame({f"f{k}": rng.choice(list("abcdef"), 500) for k in range(10)})
    explanation = explain("~ " + " + ".join(rows), rows)
    assert explanation["f3[c]"].factors.keys() == {"f3"}
    with pytest.raises(mw.DataError, match="too many to write out"):
        _ = explanation.weights


def test_all_pairs_of_ten_factors_are_weighed_factor_by_factor():
    rng = np.random.default_rng(1)
    rows = pd.DataFrame(
        {f"f{k}": [f"{v}{k}" for v in rng.choice(list("abc"), 900)] for k in range(10)}
    )
    explanation = explain(f"~ ({' + '.join(rows)})^2", rows, dict.fromkeys(rows, "sum"))
    entry = explanation["f0[S.a0]"]
    assert len(entry.factors) == 10
    assert entry.sentence.startswith("2/3 of the difference between a0 and the mean of b0 and c0")


def test_a_three_way_interaction_of_many_levels_is_explained():
    levels = pd.MultiIndex.from_product([range(12), range(12), range(5)], names=["a", "b", "c"])
    rows = levels.to_frame(index=False)
    rows = pd.DataFrame({name: [f"{name}{v}" for v in rows[name]] for name in rows})
    design = build_design([parse_formula("~ a * b * c")], rows, contrasts={"a": "sum"})
    explanation = explain_model(design)
    assert explanation["a[S.a0]:b[b1]:c[c1]"].sentence == (
        "11/12 of how much more the difference between a0 and the mean of the other 11 levels "
        "grows from b0 to b1 at c1 than at c0"
    )
