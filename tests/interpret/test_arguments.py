"""Arguments of the wrong kind, and options that a verb does not have, are refused in sentences."""

import pytest

import mixwell as mw
from mixwell.errors import DataError


@pytest.fixture(scope="module")
def fit():
    data = mw.load_data("sleepstudy").assign(f=["a", "b", "c"] * 60)
    model = mw.Model("Reaction ~ f*Days + (1 | Subject)", data)
    return model.fit(engine="exact", draws=50, seed=1)


@pytest.mark.parametrize(
    ("ask", "parts"),
    [
        (lambda g: g.means(5), ["of= takes the name of a variable", "not 5"]),
        (lambda g: g.means(["f", 3]), ["of= takes", "['f', 3]"]),
        (lambda g: g.means("f", by=5), ["by= takes the name of a variable", "not 5"]),
        (lambda g: g.means("f", at=5), ["at= takes a dict, not 5"]),
        (lambda g: g.means("f", at="x"), ["at= takes a dict, not 'x'"]),
        (lambda g: g.means("f", at=["a"]), ["at= takes a dict, not ['a']"]),
        (lambda g: g.means("f", at={"f": None}), ["f has no level None", "a, b, c"]),
        (lambda g: g.means("f", rope="x"), ["rope= takes two numbers"]),
        (lambda g: g.means("f", rope="0.1"), ["rope= takes two numbers"]),
        (lambda g: g.means("f", seed="x"), ["seed is 'x'", "whole number from 0 on"]),
        (lambda g: g.slopes(5), ["about 5, which is no variable", "f, Days"]),
        (lambda g: g.slopes(["a"]), ["about ['a'], which is no variable", "f, Days"]),
        (lambda g: g.comparisons(5), ["about 5, which is no variable", "f, Days"]),
        (lambda g: g.comparisons(["a"]), ["about ['a'], which is no variable", "f, Days"]),
        (lambda g: g.hypothesis("Days > 0", rope="x"), ["rope= takes two numbers"]),
        (lambda g: g.predictions(seed="x"), ["seed is 'x'"]),
        (lambda g: g.predictions(rope=[2, 1]), ["rope= takes two numbers"]),
        (lambda g: g.ppc(seed="x"), ["seed is 'x'"]),
        (lambda g: g.explain(5), ['no parameter "5"', "sigma"]),
        (lambda g: g.explain(["a"]), ["no parameter \"['a']\"", "sigma"]),
    ],
)
def test_an_argument_of_the_wrong_kind_is_refused(fit, ask, parts):
    with pytest.raises(DataError) as raised:
        ask(fit)
    for part in parts:
        assert part in str(raised.value)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda g: g.means("f", at={"Days": True}), "at= needs numbers for Days"),
        (lambda g: g.means("f", at={"Days": [1, True]}), "at= needs numbers for Days"),
        (lambda g: g.means("f", at={"Days": ["3"]}), "at= needs numbers for Days"),
        (lambda g: g.means("f", rope=True), "rope= takes two numbers"),
        (lambda g: g.means("f", rope=(False, True)), "rope= takes two numbers"),
        (lambda g: g.means("f", rope=("0", "1")), "rope= takes two numbers"),
        (lambda g: g.means("f").with_rope(True), "rope= takes two numbers"),
        (lambda g: g.predictions(rope=True), "rope= takes two numbers"),
        (lambda g: g.hypothesis("Days = 0", rope=True), "rope= takes two numbers"),
        (lambda g: g.contrasts([[True, False, False]], "f"), "Contrasts are a name or weights"),
        (lambda g: g.contrasts({"c": [True, False, False]}, "f"), "weights of a contrast are num"),
        (lambda g: g.contrasts({"c": {"a": True}}, "f"), "weights of a contrast are numbers"),
        (lambda g: g.contrasts({"c": {"a": "1"}}, "f"), "weights of a contrast are numbers"),
        (lambda g: g.means("f", seed=True), "seed is True"),
        (lambda g: g.mode(flat=1), "flat is 1"),
        (lambda g: g.mode(flat="no"), "flat is 'no'"),
        (lambda g: g.mode(reml="no"), "reml is 'no'"),
        (lambda g: g.mode(nodes=True), "nodes is True"),
        (lambda g: g.refit(target_accept=True), "target_accept is True"),
        (lambda g: g.refit(progressbar=0), "progressbar is 0"),
        (lambda g: g.refit(progressbar="no"), "progressbar is 'no'"),
        (lambda g: g.plot.ranef(sort="no"), "sort is 'no'"),
        (lambda g: g.plot.coefficients(intercept="no"), "intercept is 'no'"),
        (lambda g: g.plot.funnel(offsets=1), "offsets is 1"),
        (lambda g: g.refit(engine="nuts", cores=True), "cores is True"),
        (lambda g: g.refit(engine="nuts", max_treedepth=True), "max_treedepth is True"),
    ],
)
def test_truth_values_are_no_numbers_and_numbers_no_truth_values(fit, ask, said):
    with pytest.raises(mw.MixwellError) as raised:
        ask(fit)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("ask", "verb", "nearest"),
    [
        (lambda g: g.means("f", scael="response"), "means", "scale"),
        (lambda g: g.slopes("Days", dleta=1), "slopes", "delta"),
        (lambda g: g.comparisons("f", stpe=1), "comparisons", "step"),
        (lambda g: g.contrasts("pairwise", "f", wieghts="equal"), "contrasts", "weights"),
        (lambda g: g.predictions(sed=1), "predictions", "seed"),
    ],
)
def test_a_misspelled_option_is_refused_with_the_nearest(fit, ask, verb, nearest):
    with pytest.raises(DataError) as raised:
        ask(fit)
    assert f"{verb}() has no option" in str(raised.value)
    assert f'Did you mean "{nearest}"?' in str(raised.value)


@pytest.mark.parametrize("weights", ["keep", [True, False] * 90])
def test_truth_values_are_no_weights(weights):
    data = mw.load_data("sleepstudy").assign(keep=[True, False] * 90)
    with pytest.raises(DataError, match="weights= must be numbers"):
        mw.Model("Reaction ~ Days", data, weights=weights)


@pytest.mark.parametrize(
    ("rows", "groups", "missing", "hint"),
    [
        ({"Days": [1.0]}, "population", "'f'", "Choices: Days."),
        ({"Dyas": [1.0], "f": ["a"]}, "population", "'Days'", '"Dyas"'),
        ({"Days": [1.0], "f": ["a"]}, "existing", "'Subject'", "Choices: Days, f."),
    ],
)
def test_a_column_that_new_data_lack_is_named_with_the_columns_that_they_have(
    fit, rows, groups, missing, hint
):
    with pytest.raises(DataError) as raised:
        fit.predictions(rows, groups=groups)
    assert f"The new data have no column {missing}" in str(raised.value)
    assert hint in str(raised.value)
