"""Where an expression is evaluated: the rows, what was learned, the user's functions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from mixwell.design.atoms.values import Value
from mixwell.errors import FormulaError
from mixwell.formula import Expr

type Scalar = float | bool | str | None
type Result = Value | Scalar | list[Any]


@dataclass(slots=True)
class Scope:
    """Where an expression is evaluated: the rows, what was learned, and the user's functions."""

    frame: pd.DataFrame
    memory: dict[Any, Any]
    functions: Mapping[str, Callable[..., Any]]
    text: str
    learning: bool
    seen: dict[Expr, Result] = field(default_factory=dict)

    def error(self, node: Expr, message: str, hint: str | None = None) -> FormulaError:
        """Return a FormulaError that points at `node` in the formula's text."""
        start, stop = node.span
        return FormulaError(message, text=self.text, start=start, stop=stop, hint=hint)
