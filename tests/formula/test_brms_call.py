"""Formulas in a call as brms writes them."""

import pytest

import mixwell as mw
from mixwell.formula.brms_call import split_calls


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("y ~ x", ("y ~ x",)),
        ("bf(y ~ x)", ("y ~ x",)),
        ("bf(y ~ x, sigma ~ z + (1 | g))", ("y ~ x", "sigma ~ z + (1 | g)")),
        (
            " brmsformula( y|cens(c)~bs(x, df = 4) , sigma~1 )",
            ("y|cens(c)~bs(x, df = 4)", "sigma~1"),
        ),
        ("bf(y ~ x) + lf(sigma ~ z, nu ~ 1)", ("y ~ x", "sigma ~ z", "nu ~ 1")),
        ("bf(y ~ x, sigma = ~ z)", ("y ~ x", "sigma ~ z")),
        ("bf(y ~ x, nl = FALSE, center = TRUE)", ("y ~ x",)),
        ("mvbf(bf(y ~ x), bf(z ~ w))", ("y ~ x", "z ~ w")),
        (
            "bf(y ~ x, sigma ~ u) + bf(z ~ w) + lf(nu ~ v) + set_rescor(FALSE)",
            ("y ~ x", "sigma_y ~ u", "z ~ w", "nu_z ~ v"),
        ),
        ("mvbf(bf(y ~ x), bf(z ~ w), rescor = FALSE)", ("y ~ x", "z ~ w")),
        ("bf(mvbind(y, z) ~ x) + set_rescor(rescor = F)", ("mvbind(y, z) ~ x",)),
        ("bf(y) ~ x", ("bf(y) ~ x",)),
        ("bff ~ x", ("bff ~ x",)),
    ],
)
def test_formulas_in_a_call_are_read_one_by_one(text: str, formulas: tuple[str, ...]) -> None:
    assert split_calls(text) == formulas


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bf(y ~ a * exp(x), a ~ 1, nl = TRUE)", "nl = TRUE is an argument of brms.*\n.*\n.*\nPut"),
        ("bf(y ~ x) + nlf(a ~ exp(x))", r"nlf\(\) is a nonlinear formula of brms"),
        (
            "bf(y ~ x, family = poisson())",
            "family = poisson is.*\n.*\n.*\nGive it to the model: fam",
        ),
        ("bf(y ~ x, sigma = 1)", r"sigma = 1 is an argument.*\n.*\n.*\nA parameter has a formula"),
        ("bf(y ~ x, sigma)", "sigma is no formula"),
        ("bf(y ~ x) + bf(z ~ x) + set_rescor(TRUE)", "rescor = TRUE.*\n.*\n.*\nGive it"),
        ("mvbf(bf(y ~ x), bf(z ~ x), rescor = TRUE)", "rescor = TRUE is an argument of brms"),
        ("bf(y ~ x) + bf()+ g(x)", r"g\(x\) is no formula"),
        ("bf(y ~ x) + 3", "3 is no formula"),
        ("bf(y ~ x", "This bracket is never closed"),
        ("bf(y ~ x))", "This bracket was never opened"),
        ("bf()", "There is no formula in this call"),
    ],
)
def test_what_mixwell_lacks_is_refused_with_a_caret(text: str, said: str) -> None:
    with pytest.raises(mw.FormulaError, match=said):
        split_calls(text)


def test_a_model_reads_such_a_text() -> None:
    model = mw.Model(
        "bf(Reaction ~ Days + (1 | Subject), sigma ~ Days)", mw.load_data("sleepstudy")
    )
    assert model.formula == "Reaction ~ Days + (1 | Subject)\nsigma ~ Days"
