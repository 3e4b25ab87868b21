import json
from pathlib import Path

import pytest

from mixwell.r.language.argument_matching import match_arguments
from mixwell.r.language.deparser import deparse
from mixwell.r.language.nodes import (
    Call,
    Node,
)
from mixwell.r.language.reader import read_r

MATCHES = json.loads((Path(__file__).parents[1] / "reference" / "match.json").read_text())


def read(code: str) -> Node:
    (statement,) = read_r(code).statements
    return statement


@pytest.mark.parametrize("case", MATCHES, ids=[case["code"] for case in MATCHES])
def test_arguments_find_the_parameters_that_r_gives_them(case: dict) -> None:
    call = read(case["code"])
    assert isinstance(call, Call)
    matched = match_arguments(call, case["parameters"])
    if case["matched"] is None:  # R refuses the call; here something is left over
        assert "..." not in case["parameters"]
        assert matched.rest
        return
    assert {name: deparse(value) for name, value in matched.items()} == dict(case["matched"])
    assert [deparse(argument) for argument in matched.rest] == case["rest"]
