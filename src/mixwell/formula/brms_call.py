"""Formulas of one model as brms writes them, in a call: `bf(y ~ x, sigma ~ z) + lf(nu ~ 1)`."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mixwell.errors import FormulaError
from mixwell.formula.refusals import missing
from mixwell.formula.tokens import Token, tokenize

__all__ = ["split_calls"]

_BEGINS = re.compile(r"\s*(?:mv)?(?:bf|brmsformula)\s*\(")
_MODELS, _SEVERAL, _FURTHER = ("bf", "brmsformula"), ("mvbf", "mvbrmsformula"), ("lf",)
_OPENING, _CLOSING = "([", ")]"

_REFUSED_CALLS = missing(
    {
        "Put what is nonlinear into columns of the data, or use a spline: ns(x, df = 4).": {
            "a nonlinear formula of brms": "nlf set_nl",
        },
        "A grouping factor for the series is: (1 | g).": {
            "an error correlation of brms": "acformula",
        },
    }
)
#: Arguments that change nothing where they have these values.
_USUAL = {
    "nl": ("FALSE", "F"),
    "center": ("TRUE", "T"),
    "cmc": ("TRUE", "T"),
    "rescor": ("FALSE", "F"),
}
_HINTS = {
    "nl": "Put what is nonlinear into columns of the data, or use a spline: ns(x, df = 4).",
    "rescor": "Give it to the model: rescor=True.",
    "family": 'Give it to the model: family="poisson".',
    "quantile": 'Give it to the family: family="asymmetric_laplace(quantile=0.9)".',
}


class _Part(NamedTuple):
    """An argument's tokens and its text."""

    tokens: Sequence[Token]
    text: str


def split_calls(text: str) -> tuple[str, ...]:
    """Return the formulas in a text as brms writes them; a plain formula is returned as it is.

    Of several responses, formulas of parameters get the name of theirs. FormulaError, with a caret
    under the place, for arguments that mixwell lacks.

    Examples
    --------
    >>> split_calls("bf(y ~ x + (1 | g), sigma ~ x)")
    ('y ~ x + (1 | g)', 'sigma ~ x')
    >>> split_calls("mvbf(bf(y ~ x, sigma ~ x), bf(z ~ x))")
    ('y ~ x', 'sigma_y ~ x', 'z ~ x')
    >>> split_calls("y ~ x")
    ('y ~ x',)
    """
    if not _BEGINS.match(text):
        return (text,)
    tokens = tokenize(text)
    if any(token.text == "~" and depth == 0 for token, depth in _depths(tokens)):
        return (text,)  # a function of the user's with that name, on the left side
    models: list[list[str]] = []
    for part in _parts(tokens, "+", text):
        _add(models, part, text)
    found = [model for model in models if model]
    if not found:
        raise FormulaError.at((0, len(text)), "There is no formula in this call.", text)
    several = len(found) > 1
    return tuple(formula for model in found for formula in (_named(model) if several else model))


def _named(model: Sequence[str]) -> Iterator[str]:
    """Give the formulas of one response of several: `sigma ~ x` is then `sigma_y ~ x`."""
    first, *others = model
    response = tokenize(first)[0].text
    yield first
    for formula in others:
        parameter, tilde, right = formula.partition("~")
        yield f"{parameter.strip()}_{response} {tilde}{right}"


def _depths(tokens: Sequence[Token]) -> Iterator[tuple[Token, int]]:
    """Give each token with the number of brackets that it stands in."""
    depth = 0
    for token in tokens:
        depth -= token.text in _CLOSING and token.kind == "op"
        yield token, depth
        depth += token.text in _OPENING and token.kind == "op"


def _parts(tokens: Sequence[Token], separator: str, text: str) -> list[_Part]:
    """Part tokens where a separator stands outside all brackets."""
    parts: list[list[Token]] = [[]]
    for token, depth in _depths(tokens):
        if token.kind == "end":
            break
        if depth < 0:
            raise FormulaError.at(token.span, "This bracket was never opened.", text)
        if depth == 0 and token.text == separator:
            parts.append([])
        else:
            parts[-1].append(token)
    return [_Part(part, text[part[0].start : part[-1].stop]) for part in parts if part]


def _add(models: list[list[str]], call: _Part, text: str) -> None:
    """Add the formulas of a call: those of a response of its own, or of the one before."""
    name, *rest = call.tokens
    span = (name.start, call.tokens[-1].stop)
    if name.text in _REFUSED_CALLS:
        refusal = _REFUSED_CALLS[name.text]
        message = f"{name.text}() is {refusal.what}, which mixwell does not have."
        raise FormulaError.at(span, message, text, refusal.instead)
    if len(rest) < 2 or rest[0].text != "(":
        raise _no_formula(call, text)
    if rest[-1].text != ")":
        raise FormulaError.at(rest[0].span, "This bracket is never closed.", text)
    arguments = _parts(rest[1:-1], ",", text)
    if name.text in _SEVERAL:
        for argument in arguments:
            if len(argument.tokens) < 3 or argument.tokens[1].text != "=":
                _add(models, argument, text)
            else:
                _require_usual(argument.tokens[0].text, argument, text)
    elif name.text in _MODELS:
        models.append([formula for each in arguments for formula in _formula(each, text)])
    elif name.text in _FURTHER and models:
        models[-1] += [formula for each in arguments for formula in _formula(each, text)]
    elif name.text == "set_rescor":
        for argument in arguments:
            _require_usual("rescor", argument, text)
    else:
        raise _no_formula(call, text)


def _no_formula(call: _Part, text: str) -> FormulaError:
    span = (call.tokens[0].start, call.tokens[-1].stop)
    hint = "Formulas are added as bf(y ~ x) + lf(sigma ~ z)."
    return FormulaError.at(span, f"{call.text} is no formula.", text, hint)


def _formula(argument: _Part, text: str) -> Iterator[str]:
    tokens = argument.tokens
    if any(token.text == "~" for token in tokens):
        if len(tokens) > 2 and tokens[1].text == "=" and tokens[2].text == "~":
            yield f"{tokens[0].text} {text[tokens[2].start : tokens[-1].stop]}"  # sigma = ~ x
        else:
            yield argument.text
        return
    if len(tokens) > 2 and tokens[1].text == "=":
        _require_usual(tokens[0].text, argument, text)
        return
    span = (tokens[0].start, tokens[-1].stop)
    raise FormulaError.at(span, f"{argument.text} is no formula.", text, "Write sigma ~ x.")


def _require_usual(name: str, argument: _Part, text: str) -> None:
    """Refuse an argument that would change something: its value stands last, after its name."""
    tokens = argument.tokens
    value = tokens[2 if len(tokens) > 2 else 0].text
    if value in _USUAL.get(name, ()):
        return
    span = (tokens[0].start, tokens[-1].stop)
    message = f"{name} = {value} is an argument of brms that mixwell lacks."
    hint = _HINTS.get(name, f"A parameter has a formula, {name} ~ 1, and a prior.")
    raise FormulaError.at(span, message, text, hint)
