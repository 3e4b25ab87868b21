"""Families of other packages that are refused by name, with what serves in their place."""

import re

import pytest

import mixwell as mw
from mixwell.families import FAMILIES, get_family
from mixwell.families.absent import ABSENT
from mixwell.families.registry import ALIASES


@pytest.mark.parametrize("name", ABSENT)
def test_an_absent_family_is_refused_with_what_serves(name: str) -> None:
    with pytest.raises(mw.DataError, match=f'mixwell has no family "{re.escape(name)}"') as caught:
        get_family(name)
    assert caught.value.hint == ABSENT[name].instead


@pytest.mark.parametrize("name", ABSENT)
def test_the_family_that_serves_exists(name: str) -> None:
    for offered in re.findall(r'"([a-z_0-9]+)"', ABSENT[name].instead):
        get_family(offered)


def test_no_family_is_absent_and_there() -> None:
    assert not set(ABSENT) & {*FAMILIES, *ALIASES}


def test_calls_of_others_are_known_by_their_names() -> None:
    with pytest.raises(mw.DataError, match="proportional hazards"):
        get_family("cox()")
    with pytest.raises(mw.DataError, match="a mixture of distributions"):
        get_family("mixture(gaussian, gaussian)")
