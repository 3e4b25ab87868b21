"""The error for R code that cannot be read."""

from mixwell.errors import FormulaError


class RSyntaxError(FormulaError):
    r"""R code that cannot be read: what is wrong, its line and column, the line with a caret.

    ``line`` and ``column`` count from 1.

    Examples
    --------
    >>> print(RSyntaxError('Never closed: the "("', "x <- 1\nf(x", 8, 9))
    Never closed: the "(" at line 2, column 2.
        f(x
         ^
    """

    def __init__(
        self, message: str, text: str, start: int, stop: int, hint: str | None = None
    ) -> None:
        self.line = text.count("\n", 0, start) + 1
        self.column = start - text.rfind("\n", 0, start)
        place = f"at line {self.line}, column {self.column}."
        super().__init__(f"{message} {place}", text=text, start=start, stop=stop, hint=hint)
