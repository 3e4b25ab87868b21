"""The choices that a misspelled name may stand for, in a sentence."""

import difflib
from collections.abc import Iterable

__all__ = ["did_you_mean", "nearest"]

LONGEST_NAME = 200  # nobody mistypes more letters than that
LONGEST_LIST = 12  # more choices than this are counted instead of listed
# What other packages call an argument, by what it is called here.
CALLED_HERE = {
    **dict.fromkeys(("random_seed", "random_state", "rng", "rng_seed"), "seed"),
    **dict.fromkeys(("iter", "iterations", "samples", "n_samples", "num_samples"), "draws"),
    **dict.fromkeys(("warmup", "num_warmup", "burn", "burnin", "n_tune"), "tune"),
    **dict.fromkeys(("n_chains", "num_chains"), "chains"),
    "adapt_delta": "target_accept",
    "inference_method": "engine",
    "progress": "progressbar",
    **dict.fromkeys(("prob", "hdi_prob", "ci", "level", "conf_level", "confint"), "ci_prob"),
    **dict.fromkeys(("newdata", "new_data", "df"), "data"),
    **dict.fromkeys(("prior", "prior_weights"), "priors"),
    **dict.fromkeys(("re_form", "re_formula", "allow_new_levels"), "groups"),
    **dict.fromkeys(("var_names", "pars", "variables"), "parameters"),
    **dict.fromkeys(("ref", "reference"), "base"),
    "specs": "of",
    **dict.fromkeys(("type", "compare"), "kind"),
    **dict.fromkeys(("category", "categories", "dpar", "resp"), "parameter"),
}


def nearest(name: object, choices: Iterable[str], n: int = 3) -> list[str]:
    """Return the up to ``n`` choices that are spelled most like ``name``, best first.

    Upper and lower case count as the same letter, backticks as none; what is no text counts as
    Python writes it.

    Examples
    --------
    >>> nearest("days", ["Days", "Subject", "Reaction"])
    ['Days']
    """
    by_folded: dict[str, list[str]] = {}
    for choice in choices:
        by_folded.setdefault(_folded(choice), []).append(choice)
    folded = difflib.get_close_matches(
        _folded(str(name)[:LONGEST_NAME]), by_folded, n=n, cutoff=0.6
    )
    return [choice for key in folded for choice in by_folded[key]][:n]


def _folded(name: str) -> str:
    return name.casefold().replace("`", "")


def did_you_mean(name: object, choices: Iterable[str]) -> str | None:
    """Return a sentence with the nearest choices, or a short list of all of them.

    What an argument is called elsewhere is known. None when there is nothing to choose from.

    Examples
    --------
    >>> did_you_mean("Dyas", ["Days", "Subject"])
    'Did you mean "Days"?'
    >>> did_you_mean("weight", ["Days", "Subject"])
    'Choices: Days, Subject.'
    >>> did_you_mean("random_seed", ["draws", "seed"])
    'Did you mean "seed"?'
    """
    listed = list(choices)
    if not listed:
        return None
    here = CALLED_HERE.get(str(name))
    near = [here] if here in listed else nearest(name, listed)
    if near:
        quoted = [f'"{choice}"' for choice in near]
        *first, last = quoted
        return f"Did you mean {', '.join(first)} or {last}?" if first else f"Did you mean {last}?"
    if len(listed) <= LONGEST_LIST:
        return f"Choices: {', '.join(listed)}."
    first_ones = ", ".join(listed[:LONGEST_LIST])
    return f"Choices: {first_ones} and {len(listed) - LONGEST_LIST} more."
