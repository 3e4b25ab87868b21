"""How wide intervals are: R's functions take a level, or hold 95%; ArviZ's setting counts here."""

from mixwell.r.language import nodes as r
from mixwell.r.translation.scope.environment import Context, shown
from mixwell.r.translation.scope.r_values import Contrasted, Many, Means, Value

#: R's functions that give intervals, and the arguments that say how wide these are.
_FUNCTIONS = frozenset(
    {"emmeans", "lsmeans", "emtrends", "lstrends", "contrast", "pairs", "confint", "summary"}
    | {"fixef", "ranef", "coef", "VarCorr", "hypothesis", "conditional_effects", "fitted"}
    | {"posterior_interval", "posterior_summary", "predict", "tidy", "plot", "emmip", "test"}
)
_ARGUMENTS = frozenset({"level", "prob", "probs", "conf.level", "alpha"})
_SETTING = 'arviz.rcParams["stats.ci_prob"]'
_KEY = "interval width"


def say_width(context: Context, node: r.Call, found: Value) -> None:
    """Note that intervals have another width than R's, where a call gives any."""
    if node.name not in _FUNCTIONS:
        return
    for each in node.args:
        if each.name in _ARGUMENTS and each.value is not None:
            given = f"{each.name} = {shown(each.value)}"
            exact = ""
            if isinstance(each.value, r.Number):
                share = each.value.value if each.name != "alpha" else 1 - each.value.value
                exact = f" = {share:g}"
            context.note(given, f"{given} is left out: {_SETTING}{exact} sets the width.")
            return
    if isinstance(found.thing, Means | Contrasted | Many):
        context.note(_KEY, f"intervals hold 89%, R's 95%: {_SETTING} sets the width.")
