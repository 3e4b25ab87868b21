"""emmeans's `mode =` of ratings and choices, translated."""

import pytest

RATINGS = "om <- clm(rating ~ temp * contact, data = wine)\n"
CHOICES = "mn <- multinom(food ~ sex, data = alligators)\n"
MEANS = {
    "emmeans(om, ~ temp)": 'print(om.means("temp", scale="link"))',
    'emmeans(om, ~ temp, mode = "latent")': 'print(om.means("temp", scale="link"))',
    'emmeans(om, ~ rating | temp, mode = "prob")': (
        'print(om.means(None, by="temp", average="response"))'
    ),
    'emmeans(om, ~ temp | rating, mode = "prob")': 'print(om.means("temp", average="response"))',
    'emmeans(om, ~ temp, mode = "mean.class")': (
        'print(om.means("temp", scale="score", average="response"))'
    ),
    "emmeans(mn, ~ food | sex)": 'print(mn.means(None, by="sex", average="response"))',
    'emmeans(wm, ~ tension, mode = "asymptotic")': 'print(wm.means("tension"))',
}


@pytest.mark.parametrize(("line", "expected"), MEANS.items())
def test_a_mode_becomes_a_scale(python, line, expected) -> None:
    assert python(RATINGS + CHOICES + line).splitlines()[-1] == expected


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('emmeans(om, ~ cut | temp, mode = "cum.prob")', "mixwell.r.emmeans"),
        ('emmeans(om, ~ cut | temp, mode = "linear.predictor")', '"latent" is'),
        ('emmeans(om, pairwise ~ rating | temp, mode = "prob")', "mixwell.r.emmeans"),
        ('emmeans(mn, ~ food | sex, mode = "latent")', '"prob" is'),
    ],
)
def test_other_modes_say_where_their_means_are(reasons, line, why) -> None:
    assert why in str(reasons(RATINGS + CHOICES + line))
