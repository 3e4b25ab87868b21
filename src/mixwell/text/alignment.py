"""Cells of text in columns."""

from collections.abc import Sequence


def aligned(
    rows: Sequence[Sequence[str]], right: bool | Sequence[bool] = False, gap: str = "  "
) -> list[str]:
    """Put the cells of rows into columns, each aligned to the left or to the right.

    >>> aligned([["", "sd"], ["a", "1.5"], ["bc", "10"]], [False, True])
    ['     sd', 'a   1.5', 'bc   10']
    """
    count = len(rows[0])
    sides = [right] * count if isinstance(right, bool) else right
    widths = [max(len(row[j]) for row in rows) for j in range(count)]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if side else cell.ljust(width)
            for cell, width, side in zip(row, widths, sides, strict=True)
        ]
        lines.append(gap.join(cells).rstrip())
    return lines
