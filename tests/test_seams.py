"""The seams of DESIGN.md: nobody asks a family, a link or an engine for its name.

What the rest of the house wants to know of one is a field of its value, so that adding one touches
one file. Here the source is searched for comparisons with names, and for tables keyed by them.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from mixwell.families import FAMILIES, LINKS
from mixwell.infer.engines.table import ENGINES

PACKAGE = Path(__file__).parents[1] / "src" / "mixwell"
NAMES = {
    "family": {*FAMILIES, *(alias for family in FAMILIES.values() for alias in family.aliases)},
    "link": set(LINKS),
    "engine": {engine.name for engine in ENGINES},
}
#: Files in which such a word is no name of one of these, and what it is there.
OTHER_MEANINGS = {
    "formula/tokens.py": "escapes in text",
    "r/language/quoted.py": "escapes in R's text",
    "r/dialect/signatures.py": "rstanarm's priors",
    "r/translation/model/stan_priors.py": "rstanarm's priors",
    "r/translation/model/respelled.py": "words of arguments of survreg, betareg and pscl",
    "specify/distributions.py": "distributions of priors",
    "design/atoms/functions.py": "functions of a formula",
    "design/atoms/numeric_calls.py": "functions of a formula",
    "design/pushed/engine_functions.py": "functions of a formula",
    "design/response/response_steps.py": "functions of a formula",
    "r/dialect/transformations.py": "functions of a formula",
    "interpret/weights/lines.py": "functions of a formula",
    "interpret/hypotheses/hypothesis_text.py": "functions of a hypothesis",
    "interpret/contrasts/kinds.py": "kinds of contrasts",
    "numeric/array_functions.py": "elementwise functions",
    "infer/pymc/tensor_functions.py": "elementwise functions",
    "infer/loops/scalar_functions.py": "elementwise functions",
    "infer/pymc/nuts.py": "an argument of pm.sample",
}


def strings(node: ast.AST | None) -> set[str]:
    """The texts that an expression is made of: one, or those of a tuple, list or set."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return set().union(*map(strings, node.elts))
    return set()


def asked(tree: ast.Module) -> Iterator[tuple[int, set[str]]]:
    """Lines that compare with texts, match them, or look them up in a table."""
    for node in ast.walk(tree):
        match node:
            case ast.Compare(left=left, comparators=others):
                yield node.lineno, set().union(strings(left), *map(strings, others))
            case ast.MatchValue(value=value):
                yield node.lineno, strings(value)
            case ast.Dict(keys=keys):
                yield node.lineno, set().union(*map(strings, keys))


@pytest.mark.parametrize("kind", NAMES)
def test_nobody_asks_for_the_name_of_one(kind: str) -> None:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE).as_posix()
        if place.startswith("families/") or place in OTHER_MEANINGS:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found += [
            f"{place}:{line} {names & NAMES[kind]}"
            for line, names in asked(tree)
            if names & NAMES[kind]
        ]
    assert found == []
