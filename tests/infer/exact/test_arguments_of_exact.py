"""What the exact integrals cannot read is refused in sentences, before anything is computed."""

import pytest

import mixwell as mw
from mixwell.errors import DataError


@pytest.fixture(scope="module")
def model():
    return mw.Model("Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"))


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        ({"sd": 3}, ["sd= takes a dict, not 3", "Subject"]),
        ({"sd": {"Subject": "x"}}, ["'x' is not made of numbers", 'sd["Subject"]']),
        ({"sd": {5: 3}}, ['no "5"', "Choices: Subject"]),
        ({"corr": 3}, ["corr= takes a dict"]),
        ({"sigma": "x"}, ["'x' is not made of numbers", "sigma"]),
        ({"sigma": [1, 2]}, ["[1, 2] is not one number", "sigma"]),
        ({"b": "x"}, ["'x' is not made of numbers", "b"]),
        ({"b": {"Intercept": "x", "Days": 1}}, ["'x' is not made of numbers", 'b["Intercept"]']),
        ({"nodes": "x"}, ["nodes is 'x'", "whole number from 1 on"]),
    ],
    ids=str,
)
def test_impossible_parameters_are_refused(model, given, parts):
    with pytest.raises(DataError) as raised:
        model.log_marginal_likelihood(**{"sd": {"Subject": 3}, "sigma": 3, **given})
    for part in parts:
        assert part in str(raised.value)


@pytest.mark.parametrize("nodes", ["x", ["a"], 0, 1.5, True], ids=str)
def test_nodes_are_a_whole_number_also_where_nothing_is_approximated(model, nodes):
    with pytest.raises(DataError, match="Give a whole number from 1 on"):
        model.mode(nodes=nodes)


@pytest.mark.parametrize(
    ("group", "hint"),
    [(5, "Choices: Subject"), (["a"], "Choices: Subject"), (["Subject"], '"Subject"')],
    ids=str,
)
def test_a_group_that_is_no_name_is_refused(model, group, hint):
    with pytest.raises(DataError) as raised:
        model.fit(draws=20, seed=1).loo(group=group)
    assert "There is no grouping factor" in str(raised.value)
    assert hint in str(raised.value)
