"""Pairs of names and texts, as options of the command have them."""

import pytest

from mixwell.command.given_texts import read_pairs


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("sigma=HalfNormal(sigma=1)", "sigma"),
        ("I(x == 1)[True] = Normal(0, 1)", "I(x == 1)[True] "),
        ("cut(x, breaks = 3)[a]=flat", "cut(x, breaks = 3)[a]"),
    ],
)
def test_a_pair_is_split_at_the_equals_sign_outside_brackets(text, name):
    assert read_pairs([text], "--prior") == {name.strip(): text[len(name) + 1 :].strip()}
