"""Next steps: one value that is Python for a fit and options for the command line."""

import shlex

import pytest
from typer.testing import CliRunner

from mixwell.cli import app
from mixwell.diagnose import Finding, Findings
from mixwell.diagnose.advice import Advice, Look, Refit, Unjudged

PRIOR = Refit({"priors": {"b": "Normal(0, 1)"}})
STEPS = [
    (Advice(Refit({"target_accept": 0.99})), "--target-accept 0.99"),
    (Advice(Refit({"draws": 2000, "tune": 1000})), "--draws 2000 --tune 1000"),
    (Advice(Refit({"parameterization": "auto"})), "--parameterization auto"),
    (Advice(Refit({"priors": {"sd_g": "HalfNormal(0.5)"}})), '--prior "sd_g=HalfNormal(0.5)"'),
    (
        Advice(Refit({"parameterization": "auto", "adaptation": "low_rank"})),
        "--parameterization auto",
    ),
    (
        Advice(Refit({"formula": "y ~ scale(z) + (1 | g)"})),
        '"y ~ scale(z) + (1 | g)" in place of the formula',
    ),
    (
        Advice(Refit({"engine": "exact"}), "or a stronger prior: ", PRIOR),
        '--engine exact  # or a stronger prior: --prior "b=Normal(0, 1)"',
    ),
    (Unjudged("With one chain", Refit({"chains": 4})), "With one chain: --chains 4."),
]


@pytest.mark.parametrize(("step", "expected"), STEPS)
def test_a_refit_is_said_in_options(step, expected):
    assert str(step.in_options()) == expected


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (
            Advice(Refit({"engine": "exact", "draws": 1000}), "or: ", PRIOR),
            'fit.refit(engine="exact", draws=1000)  # or: fit.refit(priors={"b": "Normal(0, 1)"})',
        ),
        (Advice(Refit({"formula": "y ~ f(x, 'a')"})), "fit.refit(formula=\"y ~ f(x, 'a')\")"),
        (Advice(Refit({"formula": 'y ~ f(x, "a")'})), "fit.refit(formula='y ~ f(x, \"a\")')"),
        (
            Advice(Look("print({fit}.spec)"), "stronger priors"),
            "print(fit.spec)  # stronger priors",
        ),
    ],
)
def test_a_step_is_said_in_python(step, expected):
    assert str(step) == expected
    compile(str(step), "step", "eval")


@pytest.mark.parametrize(
    "step",
    [
        Advice(Look('{fit}.plot.prior_posterior("sd_g")'), "and others"),
        Advice(Look("{fit}.spec.design.common['{fit}'].describe()")),
        Advice(Refit({"adaptation": "low_rank"})),
    ],
)
def test_what_has_no_option_is_left_to_python(step):
    text = str(step.in_options())
    assert text.startswith('--out DIR, then in Python: mw.load("DIR/draws.nc").')
    compile(text.partition("Python: ")[2], "step", "eval")


def test_more_draws_are_more_of_the_same_and_other_changes_are_not():
    assert Refit({"draws": 4000, "tune": 2000}).more_of_the_same
    assert not Refit({"draws": 4000, "engine": "exact"}).more_of_the_same


def test_options_are_those_of_the_command():
    known = CliRunner().invoke(app, ["fit", "--help"], env={"COLUMNS": "200"}).output
    for step, _ in STEPS:
        for word in shlex.split(str(step.in_options())):
            assert not word.startswith("--") or word in known


def test_findings_are_translated_whole():
    finding = Finding("divergences", 3, 0, (), "Regions were missed.", Advice(Refit({"seed": 2})))
    gap = Unjudged("One chain", Refit({"chains": 4}))
    text = str(Findings((finding,), {}, (gap,)).for_command_line())
    assert "Next: --seed 2" in text
    assert "One chain: --chains 4." in text
    assert "fit.refit" not in text
