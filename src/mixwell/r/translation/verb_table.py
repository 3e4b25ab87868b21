"""Every R function that is translated, by its name."""

from collections.abc import Mapping

from mixwell.r.language.nodes import Call
from mixwell.r.translation import left_out as refusals
from mixwell.r.translation import session
from mixwell.r.translation.data import arithmetic as maths
from mixwell.r.translation.data import data_frames as frames
from mixwell.r.translation.data import factors as columns
from mixwell.r.translation.data import grouped, joins, vectors
from mixwell.r.translation.data import reading_files as files
from mixwell.r.translation.data import reshaping as tables
from mixwell.r.translation.fit import contrast_calls as contrasts
from mixwell.r.translation.fit import figure_calls as figures
from mixwell.r.translation.fit import fit_calls as results
from mixwell.r.translation.fit import prediction_calls as predictions
from mixwell.r.translation.model import brms_priors
from mixwell.r.translation.model import family_facts as families
from mixwell.r.translation.model import model_calls as models
from mixwell.r.translation.model.model_formulas import formulas_code, read_formulas
from mixwell.r.translation.scope.environment import Context, Verb
from mixwell.r.translation.scope.r_values import Value


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
