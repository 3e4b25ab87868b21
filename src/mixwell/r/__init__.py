"""From R: the translator of scripts, and R's own verbs over mixwell's calls.

Begin with `translator.py` for scripts, with `verbs/` for the verbs. Names are imported on first
use: the translator needs neither pandas nor PyMC.

>>> import mixwell as mw
>>> print(mw.r.translate("x <- 2").python.splitlines()[-1])
x = 2
>>> from mixwell.r import VarCorr, emmeans, fixef, lmer
>>> m = lmer("angle ~ recipe + (1 | recipe:replicate)", mw.load_data("cake"), seed=1)
>>> list(fixef(m).index)
['(Intercept)', 'recipeB', 'recipeC']
"""

from importlib import import_module

TYPE_CHECKING = False  # as type checkers know it, without the milliseconds that typing takes
if TYPE_CHECKING:  # what type checkers see; what there is at run time stands in the table below
    from mixwell.r.translator import *  # noqa: F403
    from mixwell.r.verbs.effect_verbs import *  # noqa: F403
    from mixwell.r.verbs.hypothesis_verb import *  # noqa: F403
    from mixwell.r.verbs.likelihood_verbs import *  # noqa: F403
    from mixwell.r.verbs.mean_verbs import *  # noqa: F403
    from mixwell.r.verbs.model_verbs import *  # noqa: F403
    from mixwell.r.verbs.prediction_verbs import *  # noqa: F403
    from mixwell.r.verbs.prior_classes import *  # noqa: F403
    from mixwell.r.verbs.terms.term_verbs import *  # noqa: F403

_HOMES = {
    "translator": "Translation translate",
    "verbs.effect_verbs": "VarCorr coef confint fixef icc prior_summary r2 ranef sigma summary",
    "verbs.hypothesis_verb": "hypothesis",
    "verbs.likelihood_verbs": "isSingular logLik",
    "verbs.mean_verbs": "cld contrast eff_size emmeans emtrends pairs regrid",
    "verbs.model_verbs": "bf brm get_prior glm glmer glmer_nb glmmTMB lm lmer stan_glmer stan_lmer",
    "verbs.prediction_verbs": "fitted predict",
    "verbs.prior_classes": "set_prior",
    "verbs.terms.term_verbs": "Anova anova joint_tests",
}
_HOME_OF = {name: f"mixwell.r.{home}" for home, names in _HOMES.items() for name in names.split()}

if not TYPE_CHECKING:  # hidden from type checkers, which would otherwise accept any name
    __all__ = sorted(_HOME_OF)

    def __getattr__(name: str) -> object:
        """Import a public name on first use (PEP 562)."""
        if name not in _HOME_OF:
            raise AttributeError(f"module 'mixwell.r' has no attribute {name!r}")
        value = getattr(import_module(_HOME_OF[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(_HOME_OF)
