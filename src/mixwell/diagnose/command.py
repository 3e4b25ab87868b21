"""Next steps for those who work at the command line: the same advice in the command's options."""

import ast
from collections.abc import Iterator

#: Where the command `mixwell fit --out DIR` puts the fit that Python reads again.
_LOADED = 'mw.load("DIR/draws.nc")'
_CALL = "fit.refit("
_REPEATED = {"priors": "--prior", "contrasts": "--contrast"}
_OPTIONS = (
    "engine", "parameterization", "draws", "tune", "chains", "seed", "target_accept", "family",
    "link", "missing",
)  # fmt: skip


def in_options(text: str) -> str:
    """Put options of `mixwell fit` in the place of every `fit.refit(...)` in a text.

    >>> in_options('fit.refit(target_accept=0.99, priors={"sd_g": "HalfNormal(0.5)"})')
    '--target-accept 0.99 --prior "sd_g=HalfNormal(0.5)"'
    >>> in_options("With one chain R-hat cannot be judged: fit.refit(chains=4).")
    'With one chain R-hat cannot be judged: --chains 4.'

    What the command has no option for is left to Python, with the fit that `--out` has written.
    """
    before, call, _ = text.partition(_CALL)
    if not call:
        return _elsewhere(text)
    end = _closing(text, len(before) + len(call))
    code, after = text[len(before) : end], text[end:]
    options = _options(code)
    step = _in_python(code) if options is None else " ".join(options)
    return before + step + (in_options(after) if _CALL in after else after)


def _elsewhere(step: str) -> str:
    code, mark, comment = step.partition("  #")
    return _in_python(code) + mark + comment if _is_step(code) else step


def _is_step(code: str) -> bool:
    return code.startswith(("fit.", "print(fit."))


def _in_python(code: str) -> str:
    return f"--out DIR, then in Python: {code.replace('fit.', f'{_LOADED}.', 1)}"


def _closing(text: str, start: int) -> int:
    """Return the place after the bracket that closes the one before `start`."""
    depth, quote = 1, ""
    for place in range(start, len(text)):
        letter = text[place]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
            if depth == 0:
                return place + 1
    return len(text)


def _options(code: str) -> list[str] | None:
    """Return a call's arguments as options; None where none of them has one."""
    call = ast.parse(code, mode="eval").body
    found: list[str] = []
    for keyword in call.keywords if isinstance(call, ast.Call) else ():
        found += _option(str(keyword.arg), ast.literal_eval(keyword.value))
    return found or None


def _option(name: str, value: object) -> Iterator[str]:
    if name in _REPEATED and isinstance(value, dict):
        for key, text in value.items():
            yield f'{_REPEATED[name]} "{key}={text}"'
    elif name == "formula":
        yield f'"{value}" in place of the formula'
    elif name in _OPTIONS and isinstance(value, str | int | float):
        yield f"--{name.replace('_', '-')} {value}"
