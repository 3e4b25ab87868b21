"""Sentences for a paper: what a parameter is, made the subject of "was 1.42 [1.10, 1.83]"."""

import re

from mixwell.show.meanings import Explained, interval_text, ratio_text

# What a meaning begins with when it is a noun phrase that lacks its article.
NOUNS = re.compile(
    r"(mean|odds|rate|slope|ratio|correlation|coefficient|standard deviation|residual|degrees|"
    r"dispersion|shape|precision|parameter|sigma|nu|alpha|kappa|(linear|quadratic|cubic) trend|"
    r"trend)\b"
)
PLURAL = ("odds ", "degrees ")


def claim(entry: Explained) -> str:
    """Return one sentence: what a parameter is, its estimate and its interval.

    Where exp() of a coefficient is what its meaning names, that is what is given.

    >>> values = (-0.44, -0.51, -0.36)
    >>> claim(Explained("b", "b2 minus b1, at a = left", "difference", values=values))
    'The difference b2 minus b1, at a = left, was -0.44 [-0.51, -0.36].'
    """
    exponential = entry.exponential and entry.exp_values is not None
    values = entry.exp_values if exponential else entry.values
    if values is None:
        return ""
    written = ratio_text(values) if exponential else interval_text(values)
    text, verb = subject(entry.name, entry.sentence)
    return f"{text[0].upper()}{text[1:]} {verb} {written}."


def subject(name: str, sentence: str) -> tuple[str, str]:
    """Return a meaning as the subject of a sentence, and its verb.

    >>> subject("x", "how much the b2 - b1 difference grows from left to right")
    ('the amount by which the b2 - b1 difference grows from left to right', 'was')
    >>> subject("x", "odds ratio, b2 against b1")
    ('the odds ratio, b2 against b1,', 'was')
    >>> subject("sigma", "residual sd: how far observations scatter")
    ('the residual standard deviation (how far observations scatter)', 'was')
    """
    head, _, detail = sentence.partition(": ")
    verb = "was"
    head = re.sub(r"^(residual )?sd\b", r"\1standard deviation", head)
    if head.startswith("how much more "):
        verb = "was estimated at"
    elif "how much " in head:
        head = head.replace("how much ", "the amount by which ", 1)
    elif NOUNS.match(head):
        if head.startswith(PLURAL) and not head.startswith("odds ratio"):
            verb = "were"
        head = f"the {head}"
    elif " minus " in head:
        head = f"the difference {head}"
    elif not re.match(r"half of |[\d/.]+ (of|times) ", head):
        head, detail = f"the coefficient {name}", sentence
    if detail:
        return f"{head} ({detail})", verb
    return head + ("," if "," in head else ""), verb
