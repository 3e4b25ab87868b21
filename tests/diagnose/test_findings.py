"""How findings print."""

from mixwell.diagnose import Finding, Findings
from mixwell.diagnose.advice import Advice, Refit, Unjudged

MORE, NONE = Advice(Refit({"draws": 2000})), Advice("")
RHAT = Finding("R-hat", 1.234, 1.01, tuple("abcdef"), "Chains disagree.", MORE)
ESS = Finding("bulk ESS", 35.0, 400, ("a",), "Too few.", MORE, at_least=True, grave=False)


def test_a_headline_holds_value_threshold_and_the_worst_parameters():
    assert RHAT.headline == "R-hat: 1.234 (should be at most 1.01) for a, b, c, d and 2 more"
    assert ESS.headline == "bulk ESS: 35 (should be at least 400) for a"


def test_a_verdict_names_every_finding_its_worst_parameter_and_the_first_step():
    assert Findings((RHAT, ESS), {}).verdict == (
        "Do not rely on these draws yet. R-hat: 1.234 (should be at most 1.01) for a; "
        "bulk ESS: 35 (should be at least 400) for a. Next: fit.refit(draws=2000). "
        "More: fit.diagnose()."
    )


def test_printing_gives_meaning_and_next_step_of_each():
    text = str(Findings((RHAT, ESS), {}))
    assert text.count("\n- ") == 2
    assert text.count("  Next: ") == 2
    assert repr(Findings((RHAT, ESS), {})) == text


def test_the_frame_has_one_row_a_finding():
    frame = Findings((RHAT, ESS), {}).to_frame()
    assert frame["measure"].tolist() == ["R-hat", "bulk ESS"]
    assert frame.loc[0, "parameters"] == tuple("abcdef")


def test_nothing_measured_is_not_ok():
    findings = Findings((), {}, (Unjudged("3 draws a chain are too few"),))
    assert not findings.ok
    assert findings.verdict == "Convergence could not be judged. 3 draws a chain are too few."


def test_without_a_grave_finding_only_more_draws_are_asked_for():
    assert Findings((ESS,), {}).verdict == (
        "More draws are needed. bulk ESS: 35 (should be at least 400) for a. "
        "Next: fit.refit(draws=2000)."
    )


def test_a_value_beyond_its_threshold_never_looks_like_it():
    near = Finding("R-hat", 1.01003, 1.01, (), "", NONE)
    assert near.headline == "R-hat: 1.01003 (should be at most 1.01)"
    assert Finding("ESS", 399.6, 400, (), "", NONE, at_least=True).headline.startswith(
        "ESS: 399.6 "
    )
    assert "1.8e+13" in Finding("times", 18002367022046.0, 100, (), "", NONE).headline
