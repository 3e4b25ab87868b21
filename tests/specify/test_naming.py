"""Names of the posterior are made in one module: no other puts one together or takes one apart."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import mixwell
from mixwell.specify import naming

PACKAGE = Path(mixwell.__file__).parent
OWNER = Path(naming.__file__)
#: Rooms that write other languages' names: R's own, and Python's as a script has them.
ELSEWHERE = (
    "r/translation/",
    "r/dialect/coefficient_names.py",
    "r/verbs/effect_verbs.py",
    "r/verbs/hypothesis_verb.py",
)

BEGINNING = re.compile(r"(r|sd|corr|b|z|c|Z)_")
ENDING = re.compile(r"_(effect|joint_effect|index|slopes|centered|observed|interval|level|group)\b")
WHOLE = {
    "b",
    "obs",
    "effect_",
    "slope",
    "X_centered",
    "Intercept_centered",
    *["r_", "sd_", "corr_"],
}


def modules() -> list[Path]:
    paths = (path for path in sorted(PACKAGE.rglob("*.py")) if path != OWNER)
    return [p for p in paths if not p.relative_to(PACKAGE).as_posix().startswith(ELSEWHERE)]


def names_in(tree: ast.AST) -> Iterator[str]:
    """Yield what builds a name (a string with gaps), or takes a variable by its name."""
    for node in ast.walk(tree):
        match node:
            case ast.JoinedStr(values=[ast.Constant(value=str(first)), *_]) if BEGINNING.fullmatch(
                first
            ):
                yield ast.unparse(node)
            case ast.JoinedStr(values=[ast.FormattedValue(), ast.Constant(value=str(rest))]) if (
                ENDING.fullmatch(rest)
            ):
                yield ast.unparse(node)
            case ast.Subscript(value=held, slice=ast.Constant(value=str(name))) if name in WHOLE:
                if not ast.unparse(held).endswith("args"):  # those of a distribution
                    yield ast.unparse(node)
            case (
                ast.Compare(left=ast.Constant(value=str(name)))
                | ast.IfExp(body=ast.Constant(value=str(name)))
            ) if name in WHOLE:
                yield ast.unparse(node)
            case ast.Call(func=ast.Attribute(attr=verb), args=[argument, *_]) if verb in (
                "startswith", "endswith", "removeprefix", "removesuffix", "get"
            ):  # fmt: skip
                yield from (ast.unparse(node) for text in texts(argument) if text in WHOLE)


def texts(node: ast.AST) -> list[str]:
    found = (n.value for n in ast.walk(node) if isinstance(n, ast.Constant))
    return [value for value in found if isinstance(value, str)]


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_other_module_makes_or_reads_a_name_of_the_posterior(path: Path) -> None:
    assert list(names_in(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    "code",
    [
        'f"r_{label}"',
        'f"{label}_effect"',
        'posterior["b"]',
        '"b" in posterior',
        '"b" if parameter == "mean" else name',
        'name.removeprefix("sd_")',
        'name.startswith(("sd_", "corr_"))',
        'key.endswith("Intercept_centered")',
    ],
)
def test_such_a_place_would_be_found(code: str) -> None:
    assert list(names_in(ast.parse(code)))


def test_names_of_the_mean_and_of_another_parameter() -> None:
    mean, sigma = map(naming.predictor_names, ("mean", "sigma"))
    assert (mean.coefficients, mean.effect_dim, mean.slope_dim) == ("b", "effect", "slope")
    assert (sigma.coefficients, sigma.effect_dim) == ("b_sigma", "sigma_effect")
    assert (mean.intercept, sigma.intercept) == ("Intercept_centered", "sigma_Intercept_centered")
    assert (mean.label("x"), sigma.label("x")) == ("x", "sigma_x")


def test_names_of_a_group() -> None:
    group = naming.GroupNames("sigma_user")
    assert (group.r_name, group.sd_name) == ("r_sigma_user", "sd_sigma_user")
    assert (group.corr_name, group.effect_dim) == ("corr_sigma_user", "sigma_user_effect")


@pytest.mark.parametrize("name", ["b", "b_sigma", "sd_user", "corr_a:b", "r_sigma_user", "sigma"])
def test_a_name_is_read_as_it_was_made(name: str) -> None:
    kind, rest = naming.read_name(name)
    group = naming.GroupNames(rest)
    made = {"sd": group.sd_name, "corr": group.corr_name, "r": group.r_name, "": rest}
    made["b"] = naming.predictor_names(rest).coefficients
    assert made[kind] == name
