from collections.abc import Callable

import pytest

import mixwell as mw
from mixwell.r import translate


@pytest.mark.parametrize("name", mw.r.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert callable(getattr(mw.r, name))


def test_every_public_name_is_listed() -> None:
    assert dir(mw.r) == mw.r.__all__


def test_other_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'lmerr'"):
        getattr(mw.r, "lmer" + "r")


def test_the_function_is_not_hidden_by_the_file_that_it_is_in(
    run_alone: Callable[[str], str],
) -> None:
    program = "import mixwell.r.translator; import mixwell; print(mixwell.r.translate('x <- 2'))"
    assert run_alone(program).endswith("x = 2")
    assert "x = 2" in str(translate("x <- 2"))


def test_the_translator_brings_neither_pandas_nor_a_sampler(
    run_alone: Callable[[str], str],
) -> None:
    program = "import sys; from mixwell.r import translate; translate('x'); print(*sys.modules)"
    assert {"numpy", "pandas", "pymc", "arviz"}.isdisjoint(run_alone(program).split())
