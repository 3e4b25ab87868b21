"""Next steps as options of the command line."""

import shlex

import pytest
from typer.testing import CliRunner

from mixwell.cli import app
from mixwell.diagnose import Finding, Findings
from mixwell.diagnose.command import in_options

STEPS = [
    ("fit.refit(target_accept=0.99)", "--target-accept 0.99"),
    ("fit.refit(draws=2000, tune=1000)", "--draws 2000 --tune 1000"),
    ('fit.refit(parameterization="auto")', "--parameterization auto"),
    ('fit.refit(priors={"sd_g": "HalfNormal(0.5)"})', '--prior "sd_g=HalfNormal(0.5)"'),
    ('fit.refit(parameterization="auto", adaptation="low_rank")', "--parameterization auto"),
    ("fit.refit(formula='y ~ scale(z) + (1 | g)')", '"y ~ scale(z) + (1 | g)"'),
    (
        'fit.refit(engine="exact")  # or a stronger prior: fit.refit(priors={"b": "Normal(0, 1)"})',
        '--engine exact  # or a stronger prior: --prior "b=Normal(0, 1)"',
    ),
    ("Judged with more chains: fit.refit(chains=4).", "Judged with more chains: --chains 4."),
]


@pytest.mark.parametrize(("step", "expected"), STEPS)
def test_a_refit_is_said_in_options(step, expected):
    assert in_options(step).startswith(expected)


@pytest.mark.parametrize(
    "step",
    ['fit.plot.prior_posterior("sd_g")  # and others', 'fit.refit(adaptation="low_rank")'],
)
def test_what_has_no_option_is_left_to_python(step):
    text = in_options(step)
    assert text.startswith('--out DIR, then in Python: mw.load("DIR/draws.nc").')
    compile(text.partition("Python: ")[2], "step", "eval")


def test_options_are_those_of_the_command():
    known = CliRunner().invoke(app, ["fit", "--help"], env={"COLUMNS": "200"}).output
    for step, _ in STEPS:
        for word in shlex.split(in_options(step)):
            assert not word.startswith("--") or word in known


def test_findings_are_translated_whole():
    finding = Finding("divergences", 3, 0, (), "Regions were missed.", "fit.refit(seed=2)")
    text = str(Findings((finding,), {}, ("One chain: fit.refit(chains=4).",)).for_command_line())
    assert "Next: --seed 2" in text
    assert "One chain: --chains 4." in text
    assert "fit.refit" not in text
