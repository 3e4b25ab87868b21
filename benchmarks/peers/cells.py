"""Tables in Markdown, and how names and times stand in them."""

from collections.abc import Iterable, Sequence

LABELS = {"bambi": "bambi, nutpie", "shell": "`mixwell fit`"}
NONE = "-"


def label(peer: str) -> str:
    """Return the heading of a package."""
    return LABELS.get(peer, peer)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table.

    >>> print(table(["a", "b"], [["1", "2"]]))
    | a | b |
    |---|---|
    | 1 | 2 |
    """
    first, *others = [f"| {' | '.join(line)} |" for line in (head, *rows)]
    return "\n".join([first, "|" + "---|" * len(head), *others])


def seconds(value: float | None) -> str:
    """Return a time with two digits below ten seconds, none above a hundred."""
    if value is None:
        return NONE
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"
