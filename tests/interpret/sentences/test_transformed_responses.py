"""Sentences about coefficients of a transformed response."""

import pytest

import mixwell as mw

SAID = {
    "log(Reaction)": "exp() of a difference is a ratio of medians of Reaction.",
    "log10(Reaction)": "10^difference is a ratio of medians of Reaction.",
    "log(Reaction + 5)": "exp() of a difference is a ratio of medians of Reaction + 5.",
    "logit(Reaction / 1000)": "exp() of a difference is an odds ratio of medians of Reaction/1000.",
    "sqrt(Reaction)": "",
    "scale(log(Reaction))": "",
    "Reaction": "",
}


@pytest.mark.parametrize("response", SAID)
def test_differences_of_logarithms_are_said_to_be_ratios(response):
    model = mw.Model(f"{response} ~ Days + (1 | Subject)", mw.load_data("sleepstudy"))
    said = str(model.explain())
    assert SAID[response] in said
    assert ("of a difference" in said or "^difference" in said) == bool(SAID[response])
