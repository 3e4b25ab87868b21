"""Every R function that is translated, by its name."""

from mixwell.r.translation import left_out, session
from mixwell.r.translation.data import (
    arithmetic,
    data_frames,
    factors,
    grouped,
    joins,
    reading_files,
    reshaping,
    vectors,
)
from mixwell.r.translation.fit import (
    contrast_calls,
    figure_calls,
    fit_calls,
    prediction_calls,
    term_calls,
)
from mixwell.r.translation.model import brms_priors, family_calls, model_calls
from mixwell.r.translation.model.model_formulas import formulas_value
from mixwell.r.translation.scope.verb_tables import merged, verbs

_ROOMS = (
    *(arithmetic, data_frames, factors, grouped, joins, reading_files, reshaping, vectors),
    *(brms_priors, family_calls, model_calls, contrast_calls, figure_calls, fit_calls),
    *(prediction_calls, term_calls, session, left_out),
)
_FORMULAS = verbs({formulas_value: "as.formula bf brmsformula lf reformulate"})
VERBS = merged([*((room.__name__, room.VERBS) for room in _ROOMS), (__name__, _FORMULAS)])
