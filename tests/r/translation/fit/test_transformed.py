"""Means of transformed responses in translated scripts, on the scale of R's own."""

import pytest

from mixwell.r import translate

BEGIN = 'library(emmeans)\nd <- read.csv("d.csv")\n'
LINES = [
    ("emmeans(lm(log(y) ~ a, d), ~ a)", '.means("a", scale="link")'),
    ('emmeans(lm(log(y) ~ a, d), ~ a, type = "response")', '.means("a"))'),
    ('emmeans(lm(1/y ~ a, d), ~ a, type = "response")', '.means("a", scale="link")'),
    ('pairs(emmeans(lm(log(y) ~ a, d), ~ a), type = "response")', '"pairwise", of="a")'),
    ('pairs(emmeans(lm(log(y) ~ a, d), ~ a, type = "response"))', '"pairwise", of="a")'),
    ("pairs(emmeans(lm(log(y) ~ a, d), ~ a))", '"pairwise", of="a", scale="link")'),
    ('pairs(emmeans(lm(sqrt(y) ~ a, d), ~ a), type = "response")', 'of="a", scale="link")'),
    ("pairs(regrid(emmeans(lm(sqrt(y) ~ a, d), ~ a)))", 'of="a", compare="difference")'),
    ("predict(lm(log(y) ~ a, d))", '.predictions(center="transformed")'),
    ("fitted(lm(log(y) ~ a, d))", '.predictions(center="transformed")'),
    ('emtrends(lm(log(y) ~ a * x, d), ~ a, var = "x")', '.slopes("x", by="a"))'),
    ("emmeans(lm(y ~ a, d), ~ a)", '.means("a"))'),
    ('summary(emmeans(lm(sqrt(y) ~ a, d), ~ a), type = "response")', '.means("a"))'),
    # so it is with links that have no ratios
    (
        'pairs(emmeans(glm(y ~ a, poisson("sqrt"), d), ~ a), type = "response")',
        'of="a", scale="link")',
    ),
    (
        'pairs(emmeans(glm(y ~ a, binomial("probit"), d), ~ a, type = "response"))',
        '.contrasts("pairwise", of="a", scale="link")',
    ),
]


@pytest.mark.parametrize(("line", "written"), LINES)
def test_means_and_contrasts_are_on_the_scale_of_emmeans(line, written):
    made = "".join(translate(BEGIN + line).split())
    assert "".join(written.split()) in made
