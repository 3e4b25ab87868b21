"""What a user may give as a prior, read: text, a bambi prior, a PyMC variable."""

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from mixwell.errors import PriorError, did_you_mean
from mixwell.specify.distributions import DISTRIBUTIONS, SPELLINGS, Distribution
from mixwell.specify.priors import Prior
from mixwell.text.names import quoted

__all__ = ["parse_prior", "read_prior"]

_EXAMPLES = 'Write a distribution such as "Normal(0, 1)", "HalfNormal(0.5)" or "flat".'
_LONGEST = 300


def parse_prior(text: str, *, positive: bool = False) -> Prior:
    """Read a prior from text, in PyMC's spelling or in brms's (lower case).

    With `positive` the prior is for a standard deviation or a similar scale: `flat` is flat above
    zero and brms's `normal(0, 1)` is, as in brms, its upper half.

    Raises `PriorError` for text that is no distribution, with the nearest name.

    >>> parse_prior("student_t(3, 0, 2.5)") == parse_prior("StudentT(nu=3, mu=0, sigma=2.5)")
    True
    >>> str(parse_prior("normal(0, 2)", positive=True))
    'HalfNormal(2)'
    """
    name, args, named = _read_call(text)
    known, lower = _distribution(name, text)
    if positive and known.name == "Flat":
        known = DISTRIBUTIONS["HalfFlat"]
    prior = _assemble(known, args, named, text)
    if positive and lower and known.half is not None and prior.location == 0:
        half = DISTRIBUTIONS[known.half]
        kept = {n: v for n, v in prior.args.items() if n != known.location}
        prior = Prior(half.name, kept, "user")
    return prior


def read_prior(value: object, *, key: str, positive: bool = False) -> Prior:
    """Read whatever a user gave as the prior of `key`.

    Raises `PriorError` for numbers, hyperpriors and things that are no distribution.
    """
    if isinstance(value, Prior):
        return Prior(value.distribution, value.args, "user", value.reason, value.native)
    if isinstance(value, str):
        return parse_prior(value, positive=positive)
    if _is_pymc_variable(value):
        return _from_pymc(value, key)
    if isinstance(getattr(value, "name", None), str) and hasattr(value, "args"):
        return _from_bambi(value, key)
    what = "the number " + repr(value) if isinstance(value, int | float) else type(value).__name__
    raise PriorError(
        f'The prior for "{key}" is {what}.', where=f"priors[{quoted(key)}]", hint=_EXAMPLES
    )


def _read_call(text: str) -> tuple[str, list[float], dict[str, float]]:
    source = text.strip()
    if len(source) > _LONGEST:
        raise _not_a_prior("A prior's text is far too long.")
    try:
        tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _not_a_prior(f'The prior "{source}" cannot be read.') from None
    if isinstance(tree, ast.Name):
        return tree.id, [], {}
    if not isinstance(tree, ast.Call):
        raise _not_a_prior(f'The prior "{source}" is no distribution.')
    name = _function_name(tree.func, source)
    if any(keyword.arg is None for keyword in tree.keywords):
        raise _not_a_prior(f'The prior "{source}" cannot be read.')
    named = {str(k.arg): _number(k.value, source) for k in tree.keywords}
    return name, [_number(arg, source) for arg in tree.args], named


def _not_a_prior(message: str) -> PriorError:
    return PriorError(message, where="priors", hint=_EXAMPLES)


def _function_name(node: ast.expr, source: str) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id="pm" | "bmb"), attr=name):
            return name
    raise _not_a_prior(f'The prior "{source}" is no distribution.')


def _number(node: ast.expr, source: str) -> float:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return float(value)
        case ast.Name(id="inf" | "Inf"):
            return float("inf")
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_number(inner, source)
        case ast.UnaryOp(op=ast.UAdd(), operand=inner):
            return _number(inner, source)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            below = _number(right, source)
            if below != 0:
                return _number(left, source) / below
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _number(left, source) * _number(right, source)
    raise PriorError(
        f'The prior "{source}" has an argument that is no number: {ast.unparse(node)}.',
        where="priors",
        hint="Give numbers; a prior on a prior's argument is not supported.",
    )


def _distribution(name: str, text: str) -> tuple[Distribution, bool]:
    """Find a distribution; also whether the name was brms's, in lower case."""
    if name in DISTRIBUTIONS:
        return DISTRIBUTIONS[name], False
    if name.lower() in SPELLINGS:
        return DISTRIBUTIONS[SPELLINGS[name.lower()]], name in SPELLINGS
    if name in ("constant", "Constant", "DiracDelta"):
        raise PriorError(
            f'The prior "{text.strip()}" fixes a parameter, which is not supported.',
            where="priors",
            hint="Use a narrow prior, or move the known part to offset() in the formula.",
        )
    raise PriorError(
        f'There is no distribution "{name}" for a prior.',
        where=f'priors: "{text.strip()}"',
        hint=did_you_mean(name, DISTRIBUTIONS),
    )


def _assemble(
    known: Distribution, args: Sequence[float], named: Mapping[str, float], text: str
) -> Prior:
    order = known.arguments
    values = list(args)
    if known.name.startswith("Half") and len(values) == len(order) + 1 and values[-2] == 0:
        # HalfNormal(0, s), HalfStudentT(3, 0, s): the location, always 0, is spelled
        del values[-2]
    if len(values) > len(order):
        message = f"{known.name} takes {len(order)} arguments, not {len(values)}."
        raise _wrong_arguments(known, message, text)
    given = dict(zip(order, values, strict=False))
    for name, value in named.items():
        if name in given:
            raise _wrong_arguments(known, f'{known.name} is given "{name}" twice.', text)
        if name not in (*order, *known.alternatives):
            raise _wrong_arguments(known, f'{known.name} has no argument "{name}"', text)
        given[name] = value
    _check_complete(known, given, text)
    _check_arguments(known, given, text)
    ordered = {name: given[name] for name in (*order, *known.alternatives) if name in given}
    return Prior(known.name, ordered, "user")


def _wrong_arguments(known: Distribution, message: str, text: str) -> PriorError:
    hint = f"{known.name}({', '.join(known.arguments)})"
    return PriorError(message, where=f'priors: "{text.strip()}"', hint=hint)


def _check_complete(known: Distribution, given: Mapping[str, float], text: str) -> None:
    if len(given) != len(known.arguments) or (known.location and known.location not in given):
        needed, found = ", ".join(known.arguments), ", ".join(given)
        message = f"{known.name} needs {needed or 'no argument'}; {found or 'nothing'} was given."
        raise _wrong_arguments(known, message, text)


def _check_arguments(known: Distribution, given: Mapping[str, float], text: str) -> None:
    for name, value in given.items():
        wrong = value != value or (
            name in known.positive_arguments and not 0 < value < float("inf")
        )
        if wrong:
            message = f"{known.name} needs {name} above 0 and finite, not {value:g}."
            raise _wrong_arguments(known, message, text)
    if known.support == "interval" and not given["lower"] < given["upper"]:
        raise PriorError(
            f"{known.name} needs lower below upper.", where=f'priors: "{text.strip()}"'
        )


def _from_bambi(value: object, key: str) -> Prior:
    """Read a `bambi.Prior` by its attributes; bambi is not imported."""
    name, args = str(getattr(value, "name", "")), dict(getattr(value, "args", {}))
    if getattr(value, "dist", None) is not None:
        raise PriorError(
            f'The bambi prior for "{key}" has a function as its distribution.',
            where=f"priors[{quoted(key)}]",
            hint=_EXAMPLES,
        )
    numbers: dict[str, float] = {}
    for argument, given in args.items():
        try:
            number = float(given.item() if hasattr(given, "item") else given)
        except (TypeError, ValueError):
            raise PriorError(
                f'The argument {argument} of the bambi prior for "{key}" is no single number.',
                where=f"priors[{quoted(key)}]",
                hint="A prior on a standard deviation is given by its own key, such as sd_user.",
            ) from None
        numbers[argument] = number
    known, _ = _distribution(name, name)
    return _assemble(known, [], numbers, f"{name}({', '.join(numbers)})")


def _is_pymc_variable(value: object) -> bool:
    """Whether a value is drawn by one of PyMC's distributions, custom ones and mixtures too."""
    op = getattr(getattr(value, "owner", None), "op", None)
    return hasattr(op, "ndim_supp")


def _from_pymc(variable: Any, key: str) -> Prior:
    """Read a PyMC variable by its attributes; PyMC is not imported.

    Distributions whose bounds must be known before sampling become priors like those of a text.
    """
    op, problem, hint = variable.owner.op, "", _EXAMPLES
    if variable.ndim:
        problem = f"is a PyMC variable with {variable.ndim} dimensions"
        hint = (
            "Give a scalar one without a shape, such as pm.Normal.dist(0, 1): it is taken for "
            'every parameter of that name. Of a correlation matrix write "LKJ(2)".'
        )
    elif variable.dtype.startswith(("int", "uint", "bool")):
        problem = "is a PyMC variable of whole numbers"
    elif any(_is_random(found) for found in variable.owner.inputs):
        problem = "has an argument that is itself random"
        hint = "Give numbers; a prior on a prior's argument is not supported."
    if problem:
        raise PriorError(
            f'The prior for "{key}" {problem}.', where=f"priors[{quoted(key)}]", hint=hint
        )
    parameters = variable.owner.inputs[2:]  # behind generator and size
    shown = getattr(op, "_print_name", None)
    name = shown[0] if shown else type(op).__name__.removesuffix("RV")
    data = [getattr(parameter, "data", None) for parameter in parameters]
    numbers = [float(each) for each in data if each is not None and each.size == 1]
    known = DISTRIBUTIONS.get(name)
    bounded = known is not None and (known.support == "interval" or not known.arguments)
    if known is not None and bounded and len(numbers) == len(known.arguments):
        return Prior(name, dict(zip(known.arguments, numbers, strict=True)), "user")
    values = [
        "?" if each is None else f"{float(each):.4g}" if each.size == 1 else "..." for each in data
    ]
    return Prior(f"{name}({', '.join(values)})", {}, "user", native=variable)


def _is_random(value: Any) -> bool:
    """Whether a tensor depends on a random variable."""
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if _is_pymc_variable(current):
            return True
        waiting += current.owner.inputs if getattr(current, "owner", None) is not None else []
    return False
