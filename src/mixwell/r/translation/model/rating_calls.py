"""What R's functions for ratings say next to a formula: clm and clmm of ordinal, polr of MASS."""

from mixwell.families.links import SWAPPED_BY_CLMM
from mixwell.r.language import nodes as r
from mixwell.r.language.argument_matching import Matched
from mixwell.r.translation.model.family_calls import family_named, with_thresholds
from mixwell.r.translation.scope.environment import Context, NotTranslatedError
from mixwell.r.translation.scope.r_values import FamilyChoice

__all__ = ["RATING_VERBS", "discrimination", "rating_family"]

RATING_VERBS = ("clm", "clmm", "polr")
_METHODS = {"logistic": "logit"}


def rating_family(context: Context, verb: str, matched: Matched) -> FamilyChoice:
    """Return the cumulative family with the link that a call asks for."""
    threshold = context.name(matched.get("threshold"), "The thresholds")
    if matched.has("nominal"):
        raise NotTranslatedError(
            "nominal = gives a predictor other effects at each threshold, so that thresholds can "
            "cross and probabilities be negative, which is not available; the families sratio, "
            'cratio and acat have it as cs(x), and with this one "disc ~ x" is nearest.'
        )
    if verb == "polr":
        method = context.name(matched.get("method"), "The method") or "logistic"
        return with_thresholds(family_named("cumulative", _METHODS.get(method, method)), threshold)
    link = context.name(matched.get("link"), "The link")
    if verb == "clmm" and link in SWAPPED_BY_CLMM:
        meant = SWAPPED_BY_CLMM[link]
        said = f"clmm's {link} is the {meant} of clm (ordinal 2022.11), and of mixwell."
        context.note("links of clmm", said)
        link = meant
    return with_thresholds(family_named("cumulative", link), threshold)


def discrimination(context: Context, matched: Matched) -> r.Node | None:
    """Return clm's formula of the scale as one of the discrimination, None without any."""
    node = matched.get("scale")
    if node is None:
        return None
    if not (isinstance(node, r.Unary) and node.op == "~"):
        raise NotTranslatedError("scale = is no formula.")
    context.note(
        "scale of clm", "disc is one over clm's scale: its coefficients have the opposite sign."
    )
    return r.Binary("~", r.Symbol("disc"), node.operand)
