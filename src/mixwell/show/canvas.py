"""Empty figures and ArviZ's, let go of by pyplot; the colors that all figures share."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import xarray as xr

from mixwell.text.wrapping import wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#1f4e79"
MUTED = "#8c8c8c"
ALARM = "#d1495b"
THIRD = "#2e9e6b"


def arviz_figure(
    function: str, draws: xr.Dataset | xr.DataTree, size: tuple[float, float], **options: Any
) -> "Figure":
    """Draw with one of ArviZ's plots."""
    import arviz_plots

    tree = xr.DataTree.from_dict({"posterior": draws}) if isinstance(draws, xr.Dataset) else draws
    collection = getattr(arviz_plots, function)(
        tree, backend="matplotlib", figure_kwargs={"figsize": size}, **options
    )
    found: Figure = collection.viz["figure"].item()
    found.set_layout_engine("constrained")
    return released(found)


#: Small letters in an inch.
_SMALL_LETTERS = 16.0


def panels(
    width: float, height: float, columns: int = 1, rows: int = 1, **options: Any
) -> tuple["Figure", list["Axes"]]:
    """Return an empty figure and its panels, row by row."""
    from matplotlib import pyplot

    found, axes = pyplot.subplots(
        rows, columns, figsize=(width, height), layout="constrained", squeeze=False, **options
    )
    return released(found), list(axes.ravel())


def label_width(labels: Sequence[str]) -> float:
    """Return how many inches the longest label needs beyond the one that figures have for it."""
    return max(0.0, 0.068 * max((len(label) for label in labels), default=0) - 1.0)


def released(figure: "Figure") -> "Figure":
    """Let go of a figure that nothing shows."""
    # A notebook draws every figure that pyplot still holds, and the returned one again: without a
    # window to show, pyplot lets go of it.
    from matplotlib import pyplot

    if figure.canvas.required_interactive_framework is None:
        pyplot.close(figure)
    return figure


def plain(
    axes: "Axes",
    *,
    grid: Literal["both", "x", "y"] = "both",
    hidden: Sequence[str] = ("top", "right"),
) -> None:
    """Take away what is not data."""
    axes.spines[list(hidden)].set_visible(False)
    axes.grid(axis=grid, color=MUTED, alpha=0.2, linewidth=0.6)


def caption(figure: "Figure", text: str, *, right: bool = False) -> None:
    """Say in small letters under a figure how to read it."""
    place = {"ha": "right", "x": 0.99} if right else {}
    width = int(_SMALL_LETTERS * figure.get_size_inches()[0])
    text = "\n".join(line for part in text.split("\n") for line in wrapped(part, width=width))
    figure.supxlabel(text, fontsize=8, color=MUTED, **place)
