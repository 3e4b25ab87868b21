"""Tests of terms in scripts: what they become, and what is said of R's own."""

import pytest

from mixwell.r import translate

MODELS = """
library(lmerTest); library(car); library(emmeans)
m <- lmer(y ~ a * x + (1 | g), d)
ml <- lmer(y ~ a + (1 | g), d, REML = FALSE)
g <- glmer(z ~ a + (1 | g), d, family = binomial)
l <- lm(y ~ a, d)
b <- brm(y ~ a + (1 | g), d)
"""

TRANSLATED = {
    "anova(m)": "m.mode(flat=True).joint_tests(at=0)",
    "anova(m, type = 2)": "m.mode(flat=True).joint_tests(type=2, at=0)",
    'anova(m, type = "II")': "m.mode(flat=True).joint_tests(type=2, at=0)",
    'anova(m, ddf = "Kenward-Roger")': 'm.mode(flat=True).joint_tests(ddf="kenward-roger", at=0)',
    "anova(ml)": "ml.mode(flat=True, reml=False).joint_tests(at=0)",
    "Anova(m)": 'm.mode(flat=True).joint_tests(type=2, ddf="asymptotic", at=0)',
    'Anova(m, type = "III", test.statistic = "F")': (
        'm.mode(flat=True).joint_tests(ddf="kenward-roger", at=0)'
    ),
    "Anova(g)": 'g.mode(flat=True, nodes=1).joint_tests(type=2, ddf="asymptotic", at=0)',
    "Anova(l)": 'l.mode(flat=True).joint_tests(type=2, ddf="satterthwaite", at=0)',
    "joint_tests(m)": 'm.mode(flat=True).joint_tests(ddf="kenward-roger")',
    "joint_tests(ml)": "ml.mode(flat=True, reml=False).joint_tests()",
    "joint_tests(g)": "g.mode(flat=True, nodes=1).joint_tests()",
    "joint_tests(b)": "b.joint_tests()",
}

LEFT = {
    "anova(m, type = 1)": "type I depends on the order of terms",
    "anova(m, ml)": "mw.compare",
    "anova(l)": "l.mode(flat=True).joint_tests() has tests of type III",
    "anova(g)": "one after the other (type I)",
    'anova(m, ddf = "lme4")': 'no degrees of freedom called "lme4"',
    'Anova(m, test.statistic = "LR")': "only Wald's tests",
    "Anova(b)": "b.joint_tests() has the sizes of its terms",
    'joint_tests(m, by = "a")': "simple_effects",
}


def _python(line):
    return " ".join(translate(MODELS + line).python.split())


@pytest.mark.parametrize("line", TRANSLATED)
def test_tests_of_terms_are_translated(line):
    assert TRANSLATED[line].replace(" ", "") in _python(line).replace(" ", "")


@pytest.mark.parametrize("line", LEFT)
def test_what_is_left_says_what_serves(line):
    assert " ".join(LEFT[line].split()) in _python(line).replace("# ", "")


def test_differences_of_types_are_said():
    assert "lme4 alone tests terms one after the other" in _python("anova(m)").replace("# ", "")
    assert "sum coding" in _python("Anova(m, type = 3)")
