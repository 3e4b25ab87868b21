"""Next steps as values: Python for those who hold a fit, options for the command line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

#: Where the command `mixwell fit --out DIR` puts the fit that Python reads again.
_LOADED = 'mw.load("DIR/draws.nc")'
_REPEATED = {"priors": "--prior", "contrasts": "--contrast"}
_OPTIONS = (
    "engine", "parameterization", "draws", "tune", "chains", "seed", "target_accept", "min_ess",
    "max_time", "family", "link", "missing", "saturated",
)  # fmt: skip

# A step, or words between two of them.
type Piece = Refit | Look | str


@dataclass(frozen=True, slots=True)
class Refit:
    """Draw again with some arguments of `fit.refit` changed.

    >>> print(Refit({"target_accept": 0.99, "priors": {"sd_g": "HalfNormal(0.5)"}}))
    fit.refit(target_accept=0.99, priors={"sd_g": "HalfNormal(0.5)"})
    """

    changes: Mapping[str, object]

    def on(self, fit: str) -> str:
        """Write the step as Python about a fit of this name."""
        given = ", ".join(f"{name}={_literal(value)}" for name, value in self.changes.items())
        return f"{fit}.refit({given})"

    def __str__(self) -> str:
        return self.on("fit")

    @property
    def more_of_the_same(self) -> bool:
        """Whether nothing changes but the number of draws."""
        return set(self.changes) <= {"draws", "tune", "min_ess"}


@dataclass(frozen=True, slots=True)
class Look:
    """Look at something: an expression in Python, in which `{fit}` stands for the fit.

    >>> print(Look("print({fit}.spec)"))
    print(fit.spec)
    """

    expression: str

    def on(self, fit: str) -> str:
        """Write the step as Python about a fit of this name."""
        return self.expression.replace("{fit}", fit, 1)

    def __str__(self) -> str:
        return self.on("fit")


@dataclass(frozen=True, slots=True)
class Advice:
    """The next step, with a remark that may name others.

    >>> advice = Advice(Refit({"draws": 2000}), "or without chains: ", Refit({"engine": "exact"}))
    >>> print(advice)
    fit.refit(draws=2000)  # or without chains: fit.refit(engine="exact")
    >>> print(advice.in_options())
    --draws 2000  # or without chains: --engine exact
    """

    step: Piece
    remark: tuple[Piece, ...] = ()

    def __init__(self, step: Piece, *remark: Piece) -> None:
        object.__setattr__(self, "step", step)
        object.__setattr__(self, "remark", remark)

    def __str__(self) -> str:
        remark = "".join(map(str, self.remark))
        return f"{self.step}  # {remark}" if remark else str(self.step)

    def in_options(self) -> "Advice":
        """Return the same in options of `mixwell fit`."""
        return Advice(*(in_options(piece) for piece in (self.step, *self.remark)))


@dataclass(frozen=True, slots=True)
class Unjudged:
    """What could not be judged, and the step after which it can be.

    >>> print(Unjudged("With one chain R-hat cannot be judged", Refit({"chains": 4})))
    With one chain R-hat cannot be judged: fit.refit(chains=4).
    """

    what: str
    step: Piece = ""

    def __str__(self) -> str:
        return f"{self.what}: {self.step}." if self.step else f"{self.what}."

    def in_options(self) -> "Unjudged":
        """Return the same in options of `mixwell fit`."""
        return Unjudged(self.what, in_options(self.step))


def in_options(piece: Piece) -> str:
    """Write a step in options of `mixwell fit`; words stay as they are.

    What the command has no option for is left to Python, with the fit that `--out` has written.
    """
    if isinstance(piece, str):
        return piece
    options: list[str] = []
    if isinstance(piece, Refit):
        options = [o for name, value in piece.changes.items() for o in _option(name, value)]
    return " ".join(options) or f"--out DIR, then in Python: {piece.on(_LOADED)}"


def _option(name: str, value: object) -> Iterator[str]:
    if name in _REPEATED and isinstance(value, dict):
        for key, text in value.items():
            yield f'{_REPEATED[name]} "{key}={text}"'
    elif name == "formula":
        yield f'"{value}" in place of the formula'
    elif name in _OPTIONS and isinstance(value, str | int | float):
        yield f"--{name.replace('_', '-')} {value}"


def _literal(value: object) -> str:
    """Write a value in Python, text in double quotes where they serve."""
    if isinstance(value, dict):
        items = ", ".join(f"{_literal(key)}: {_literal(each)}" for key, each in value.items())
        return f"{{{items}}}"
    if isinstance(value, str) and not set('"\\') & set(value):
        return f'"{value}"'
    return repr(value)
