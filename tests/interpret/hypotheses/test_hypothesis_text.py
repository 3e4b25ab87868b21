"""Hypotheses: the language, the names, probability and evidence."""

import numpy as np
import pytest

from mixwell.errors import DataError, FormulaError
from mixwell.interpret.hypotheses import hypothesis_text
from mixwell.interpret.hypotheses.hypothesis_text import KnownNames, read_hypothesis

NAMES = [
    "Intercept",
    "x",
    "log(x)",
    "I(x^2)",
    "block[b2]",
    "block[b3]",
    "block[b2]:direction[right]",
    "poly(x, 2)[1]",
    "sd_user[Intercept]",
    "corr_user[Intercept, direction[right]]",
    "sigma",
    "b2 - b1",
]
VALUES = {name: np.array([float(i + 1)]) for i, name in enumerate(NAMES)}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("block[b2] - block[b3] > 0", -1.0),
        ("block[b2]>block[b3]", -1.0),
        ("block[ b2 ] : direction[right] = 0", 7.0),
        ("block[b2]:direction[right] + block[b2] < 3", 9.0),
        ("x + log(x) + I(x ^ 2) > 0", 9.0),
        ("2 * x ^ 2 - -x > 1e1", 0.0),
        ("-x^2 > 0", -4.0),
        ("(x + sigma) / 2 >= .5", 6.0),
        ("exp(log(x) - 3) = 1", 0.0),
        ("poly(x,2)[1] > 0", 8.0),
        ("sd_user[Intercept]/sigma < 1", 9 / 11 - 1),
        ("corr_user[Intercept,direction[right]] > 0", 10.0),
        ("`b2 - b1` > 0", 12.0),
        ("'b2 - b1' * 2 > 0", 24.0),
        ("b2 - b1 > 0", 12.0),
        ("sqrt(x ** 2) == abs(-x)", 0.0),
        ("2 ^ 3 ^ 2 > 0", 512.0),
    ],
)
def test_a_hypothesis_is_left_side_minus_right_side(text, value):
    claim = read_hypothesis(text, KnownNames(NAMES))
    found = claim.difference(VALUES.__getitem__)
    np.testing.assert_allclose(found, value, atol=1e-12)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("block[b4] > 0", 'Did you mean "block[b3]"'),
        ("blok[b2] > 0", 'Did you mean "block[b2]"'),
        ("sigm > 0", 'Did you mean "sigma"'),
        ("x", 'add "> 0"'),
        ("x >", "missing"),
        ("> 0", 'missing before ">"'),
        ("(x > 0", "not expected"),
        ("(x", "never closed"),
        ("x) > 0", "never opened"),
        ("x x > 0", "not expected"),
        ("x @ 2 > 0", "no part of a hypothesis"),
        ("x.__class__ > 0", "nothing called"),
        ("__import__('os') > 0", "nothing called"),
        ("", "missing"),
        ("exp() > 0", "takes one value"),
        ("exp(x = 1) > 0", "takes one value"),
        (
            "(" * 200 + "x" + ")" * 200 + " > 0",
            "The hypothesis is nested more than 100 levels deep",
        ),
        ("-" * 200 + "x > 0", "The hypothesis is nested more than 100 levels deep"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_caret(text, said):
    with pytest.raises(FormulaError) as caught:
        read_hypothesis(text, KnownNames(NAMES))
    assert said in str(caught.value)
    assert "^" in str(caught.value) or not text


def test_the_caret_stands_under_the_place():
    with pytest.raises(FormulaError) as caught:
        read_hypothesis("block[b2] - bloc[b3] > 0", KnownNames(NAMES))
    lines = str(caught.value).splitlines()
    assert lines[2].index("^") == lines[1].index("bloc[b3]")


@pytest.fixture(scope="module")
def fit(pretend, table):
    return pretend(
        "Reaction ~ Days + (Days | Subject)",
        table("sleepstudy"),
        [250.0, 10.0],
        vcov=[[40.0, 0.0], [0.0, 2.0]],
        chains=4,
        draws=500,
        sd_Subject=(("Subject_effect",), [25.0, 6.0]),
        corr_Subject=(("Subject_effect", "Subject_effect_"), [[1, 0.1], [0.1, 1]]),
        sigma=((), np.random.default_rng(1).normal(25, 1, (4, 500))),
    )


def test_the_probability_is_the_share_of_draws(fit):
    found = fit.hypothesis("Days > 10")
    share = float((fit.posterior["b"].sel(effect="Days") > 10).mean())
    assert found["probability"][0] == pytest.approx(share)
    assert found["evidence_ratio"][0] == pytest.approx(share / (1 - share))
    assert fit.hypothesis("Days < 10")["probability"][0] == pytest.approx(1 - share)


def test_several_are_tested_at_once_under_names_of_their_own(fit):
    found = fit.hypothesis({"steep": "Days > 8", "noisy": "sigma > sd_Subject[Intercept]"})
    assert found["hypothesis"].tolist() == ["steep", "noisy"]
    assert found.draws.sizes["row"] == 2
    listed = fit.hypothesis(["Days > 8", "corr_Subject[Intercept, Days] > 0"])
    assert listed["hypothesis"].tolist() == ["Days > 8", "corr_Subject[Intercept, Days] > 0"]


def test_equality_has_a_probability_with_a_rope_only(fit):
    bare = fit.hypothesis("Days = 10")
    assert np.isnan(bare["probability"][0])
    assert any("rope=" in note for note in bare.notes)
    found = fit.hypothesis("Days = 10", rope=1)
    inside = float((abs(fit.posterior["b"].sel(effect="Days") - 10) <= 1).mean())
    assert found["probability"][0] == pytest.approx(inside)
    assert fit.hypothesis("Days != 10", rope=1)["probability"][0] == pytest.approx(1 - inside)


def test_a_certain_hypothesis_has_infinite_evidence(fit):
    assert np.isposinf(fit.hypothesis("Intercept > 0")["evidence_ratio"][0])


def test_rows_of_estimates_are_tested_by_their_labels(fit):
    means = fit.means("Days", at={"Days": [0, 9]})
    assert means.hypothesis("Days[9] - Days[0] > 50")["probability"][0] > 0.99
    contrast = means.contrasts("sequential")
    assert contrast.labels == ("Days9 - Days0",)
    assert contrast.hypothesis("Days9 - Days0 > 50")["probability"][0] > 0.99
    with pytest.raises(FormulaError, match="nothing called"):
        means.hypothesis("Days[4] > 0")


@pytest.mark.parametrize("given", [3, [], [3]])
def test_what_is_no_text_is_refused(fit, given):
    with pytest.raises(DataError, match="hypothesis"):
        fit.hypothesis(given)


@pytest.mark.parametrize(
    "text", ["(" * 9000 + "a" + ")" * 9000 + " > 0", "-" * 9000 + "a > 0", "1+" * 9000 + "a > 0"]
)
def test_what_is_nested_too_deeply_is_not_read_to_its_end(text, monkeypatch):
    read = []
    token = hypothesis_text.HypothesisTokens._token

    def counted(tokens, at):
        read.append(at)
        return token(tokens, at)

    monkeypatch.setattr(hypothesis_text.HypothesisTokens, "_token", counted)
    with pytest.raises(FormulaError, match="nested more than 100 levels deep"):
        read_hypothesis(text, KnownNames(["a"]))
    assert len(read) < 300
