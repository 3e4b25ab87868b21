"""One table of R's functions holds for the verbs and for the translator."""

import inspect

import pytest

import mixwell as mw
from mixwell.r.dialect.signatures import SIGNATURES, _read

#: Our own arguments, in the place of R's or more than R has.
OURS = {"priors", "seed", "class_"}
#: Python's names of R's functions.
NAMES = {"glmer_nb": "glmer.nb"}


def parameters(verb: str) -> list[str]:
    """Return what a verb takes under R's names."""
    given = inspect.signature(getattr(mw.r, verb)).parameters.values()
    plain = [p.name for p in given if p.kind is not p.VAR_KEYWORD and p.name not in OURS]
    return [name.replace("_", ".") if name in ("na_action", "re_form") else name for name in plain]


@pytest.mark.parametrize("verb", sorted({*mw.r.__all__} & {NAMES.get(n, n) for n in SIGNATURES}))
def test_the_parameters_of_a_verb_are_those_of_r(verb: str) -> None:
    known = SIGNATURES[NAMES.get(verb, verb)].parameters
    assert "..." in known or set(parameters(verb)) <= set(known)
    assert parameters(verb)[0] == known[0]


@pytest.mark.parametrize("verb", ["lmer", "glmer", "brm"])
def test_a_fitting_verb_takes_its_arguments_in_the_order_of_r(verb: str) -> None:
    given = inspect.signature(getattr(mw.r, verb)).parameters.values()
    placed = {p.name for p in given if p.kind is p.POSITIONAL_OR_KEYWORD}
    ours = [n for n in parameters(verb) if n in placed or n == "na.action"]
    known = SIGNATURES[verb].parameters
    assert ours == [name for name in known if name in ours]


def test_a_function_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match=r"relevel\(\) is in stats and in forcats"):
        _read({"stats": {"relevel": "x ref"}, "forcats": {"relevel": "x"}})
