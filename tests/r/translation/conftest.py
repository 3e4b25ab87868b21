"""A script to begin with, and what further lines of R become after it."""

import pytest

from mixwell.r import translate

START = """
d <- read.csv("d.csv")
fm <- lmer(Reaction ~ Days + (Days | Subject), sleepstudy)
cm <- lmer(angle ~ recipe * temperature + (1 | recipe:replicate), cake)
gm <- glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, binomial)
bm <- brm(y ~ block * direction + (1 + direction | user), d, seed = 7)
wm <- lm(breaks ~ wool * tension, warpbreaks)
emm <- emmeans(wm, ~ tension | wool)
"""


def _bare(made: str) -> list[str]:
    lines = made.splitlines()
    return [line for line in lines if line and not line.lstrip().startswith(("#", "import "))]


def _code(script: str) -> list[str]:
    return _bare(translate(script).python)


@pytest.fixture(scope="session")
def start() -> str:
    """Return the script that makes data, fits and means."""
    return START


@pytest.fixture(scope="session")
def bare():
    """Return the lines of Python that are neither comments, imports nor blank."""
    return _bare


@pytest.fixture(scope="session")
def code():
    """Return the bare lines that a script becomes."""
    return _code


@pytest.fixture(scope="session")
def python():
    """Return what lines of R become after the lines of `START`."""
    before = len(_code(START))
    return lambda line: "\n".join(_code(f"{START}\n{line}\n")[before:])


@pytest.fixture(scope="session")
def notes():
    """Return the differences that are noted of a script, as one text."""
    return lambda script: " ".join(note.text for note in translate(script).notes)


@pytest.fixture(scope="session")
def reasons():
    """Return why lines stayed comments after those of `START`."""
    return lambda line: [left.reason for left in translate(f"{START}\n{line}").untranslated]
