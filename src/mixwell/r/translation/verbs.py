"""Every R function that is translated, by its name."""

from collections.abc import Mapping

from mixwell.r.syntax import Call
from mixwell.r.translation import (
    brms_priors,
    columns,
    contrasts,
    families,
    figures,
    files,
    frames,
    grouped,
    joins,
    maths,
    models,
    predictions,
    refusals,
    results,
    session,
    tables,
    vectors,
)
from mixwell.r.translation.environment import Context, Verb
from mixwell.r.translation.formulas import formulas_code, read_formulas
from mixwell.r.translation.things import Value

__all__ = ["VERBS"]


def _formula(context: Context, node: Call) -> Value:
    """Translate as.formula(), bf(), reformulate(): the text of the formula."""
    read = read_formulas(context, node)
    return Value(formulas_code(read), read)


VERBS: Mapping[str, Verb] = {
    **families.VERBS,
    **refusals.VERBS,
    **maths.VERBS,
    **vectors.VERBS,
    **files.VERBS,
    **frames.VERBS,
    **tables.VERBS,
    **grouped.VERBS,
    **joins.VERBS,
    **columns.VERBS,
    **brms_priors.VERBS,
    **results.VERBS,
    **figures.VERBS,
    **predictions.VERBS,
    **contrasts.VERBS,
    **models.VERBS,
    **session.VERBS,
    **dict.fromkeys(("as.formula", "bf", "brmsformula", "lf", "reformulate"), _formula),
}
