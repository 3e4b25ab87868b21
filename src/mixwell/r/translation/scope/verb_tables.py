"""Tables of the functions of R that are translated: each name stands in one of them."""

from collections.abc import Iterable, Mapping

from mixwell.r.translation.scope.environment import Verb

type VerbTable = Mapping[str, Verb]


def verbs(handlers: Mapping[Verb, str]) -> VerbTable:
    """Return the table of R's names, which stand behind what translates them.

    Raises ValueError for a name that stands twice.

    >>> sorted(verbs({print: "print View", len: "length"}))
    ['View', 'length', 'print']
    """
    pairs = handlers.items()
    return merged((verb.__qualname__, dict.fromkeys(names.split(), verb)) for verb, names in pairs)


def merged(tables: Iterable[tuple[str, VerbTable]]) -> VerbTable:
    """Return titled tables as one; raises ValueError for a name that stands in two of them."""
    found: dict[str, Verb] = {}
    home: dict[str, str] = {}
    for title, table in tables:
        for name in table:
            if name in home:
                raise ValueError(f"{name}() is translated twice: in {home[name]} and in {title}.")
            home[name] = title
        found |= table
    return found
