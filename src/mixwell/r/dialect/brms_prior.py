"""A prior of brms's as brms addresses it: by class, coefficient, group and parameter."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BrmsPrior:
    """A prior and what it is about; `class_` is brms's `class`."""

    prior: str
    class_: str = "b"
    coef: str = ""
    group: str = ""
    dpar: str = ""
