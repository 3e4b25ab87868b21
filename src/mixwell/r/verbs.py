"""R's verbs: thin names for this project's own calls, with R's arguments, names and printouts.

>>> import mixwell as mw
>>> from mixwell.r import VarCorr, emmeans, fixef, lmer
>>> m = lmer("angle ~ recipe + (1 | recipe:replicate)", mw.load_data("cake"), seed=1)
>>> list(fixef(m).index)
['(Intercept)', 'recipeB', 'recipeC']
"""

from mixwell.r.effect_verbs import (
    VarCorr,
    coef,
    confint,
    fitted,
    fixef,
    hypothesis,
    isSingular,
    logLik,
    predict,
    prior_summary,
    ranef,
    sigma,
    summary,
)
from mixwell.r.mean_verbs import contrast, emmeans, emtrends, pairs
from mixwell.r.model_verbs import (
    bf,
    brm,
    get_prior,
    glm,
    glmer,
    glmer_nb,
    glmmTMB,
    lm,
    lmer,
    stan_glmer,
    stan_lmer,
)
from mixwell.r.priors import set_prior

__all__ = [
    "VarCorr",
    "bf",
    "brm",
    "coef",
    "confint",
    "contrast",
    "emmeans",
    "emtrends",
    "fitted",
    "fixef",
    "get_prior",
    "glm",
    "glmer",
    "glmer_nb",
    "glmmTMB",
    "hypothesis",
    "isSingular",
    "lm",
    "lmer",
    "logLik",
    "pairs",
    "predict",
    "prior_summary",
    "ranef",
    "set_prior",
    "sigma",
    "stan_glmer",
    "stan_lmer",
    "summary",
]
