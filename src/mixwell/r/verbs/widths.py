"""How wide R's functions are asked to make intervals, read as mixwell's `ci_prob`."""

from collections.abc import Sequence

from mixwell.errors import DataError, require_text
from mixwell.package_options import require_probability
from mixwell.r.verbs.model_arguments import without_effect

Probs = Sequence[float] | None


def width_of(**given: float | None) -> float | None:
    """Return the width that one of R's arguments gives, None where none is given.

    `conf_level` stands for R's `conf.level`. Raises `DataError` for what is no probability, and
    where two arguments say it.

    >>> width_of(level=0.9, conf_level=None)
    0.9
    """
    said = {name: value for name, value in given.items() if value is not None}
    if len(said) > 1:
        names = " and ".join(f"{name}=" for name in said)
        raise DataError(f"The width of intervals is given twice, by {names}.", where=names)
    return next((require_probability(name, value) for name, value in said.items()), None)


def width_between(probs: Probs) -> float | None:
    """Return the width of the interval between brms's `probs`, both ends of it.

    Raises `DataError` for others than two probabilities as far from 0 as from 1.

    >>> width_between((0.025, 0.975))
    0.95
    """
    if probs is None:
        return None
    try:
        low, high = (require_probability("probs", value) for value in probs)
    except (TypeError, ValueError):
        low, high = 1.0, 0.0
    if low >= high or abs(low + high - 1) > 1e-9:
        raise DataError(
            f"probs={probs!r} are not both ends of an interval.",
            where="probs",
            hint="Give two probabilities that leave as much out below as above: (0.025, 0.975).",
        )
    return round(high - low, 12)


def at_once(function: str, adjust: str | None) -> bool | None:
    """Return whether R's `adjust` asks for intervals that hold at once: "mvt" does.

    None where intervals are to stay as they are. Others are about p values, which there are none
    of: they are taken with a warning.
    """
    if adjust is None:
        return None
    require_text("adjust", adjust)
    if adjust in ("mvt", "none"):
        return adjust == "mvt"
    said = (
        'a posterior has no p values to adjust for their number; adjust="mvt" has intervals that '
    )
    without_effect(function, f"{said}hold at once.", adjust=adjust)
    return None
