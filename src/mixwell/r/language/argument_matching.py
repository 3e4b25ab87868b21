"""R's matching of the arguments of a call to the parameters of a function."""

from collections.abc import Sequence

from mixwell.r.dialect.signatures import SIGNATURES
from mixwell.r.language import nodes as r


class Matched(dict[str, r.Node]):
    """The arguments of a call by the name of the parameter they belong to.

    ``rest`` holds what no parameter takes, in order: what R collects in ``...``.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rest: list[r.Argument] = []

    def has(self, name: str) -> bool:
        """Return whether an argument was given and is not NULL."""
        return name in self and not r.is_null(self[name])

    @property
    def further(self) -> dict[str, r.Node]:
        """The values of what no parameter takes, by their names."""
        return {each.name: each.value for each in self.rest if each.name and each.value}


def match(call: r.Call, function: str = "") -> Matched:
    """Match a call's arguments to the parameters of R's function, or of one that is named."""
    return match_arguments(call, SIGNATURES[function or call.name].parameters)


def match_arguments(call: r.Call, parameters: Sequence[str]) -> Matched:
    """Match the arguments of a call to parameters by R's rules.

    Exact names first, then beginnings of names (of parameters before ``...``), then the unnamed
    by position up to ``...``. An empty argument takes its position and gives no value.

    Examples
    --------
    >>> from mixwell.r.language.deparser import deparse
    >>> from mixwell.r.language.reader import read_r
    >>> (call,) = read_r("lmer(dat = d, f)").statements
    >>> matched = match_arguments(call, ["formula", "data", "REML"])
    >>> {name: deparse(value) for name, value in matched.items()}
    {'data': 'd', 'formula': 'f'}
    """
    plain = [name for name in parameters if name != "..."]
    before = list(parameters)[: parameters.index("...")] if "..." in parameters else plain
    taken: dict[str, r.Argument] = {}
    for argument in call.args:
        if argument.name in plain and argument.name not in taken:
            taken[argument.name] = argument
    exact = {id(argument) for argument in taken.values()}
    for argument in call.args:
        if argument.name and id(argument) not in exact:
            begun = [n for n in before if n not in taken and n.startswith(argument.name)]
            if len(begun) == 1:
                taken[begun[0]] = argument
    used = {id(argument) for argument in taken.values()}
    free = iter([name for name in before if name not in taken])
    matched = Matched()
    for argument in call.args:
        if id(argument) in used:
            continue
        slot = None if argument.name else next(free, None)
        if slot is None:
            matched.rest.append(argument)
        else:
            taken[slot] = argument
    matched.update({n: argument.value for n, argument in taken.items() if argument.value})
    return matched
