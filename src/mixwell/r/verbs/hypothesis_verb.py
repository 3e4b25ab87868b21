"""brms's hypothesis: statements in R's names of coefficients."""

from collections.abc import Sequence

from mixwell.errors import (
    DataError,
    require_text,
    require_texts,
)
from mixwell.interpret.estimates.estimates import judge
from mixwell.interpret.hypotheses.parameter_draws import parameter_draws
from mixwell.interpret.hypotheses.verdicts import Vocabulary
from mixwell.package_options import require_probability
from mixwell.posterior.draws import interval_settings
from mixwell.public_calls import public
from mixwell.r.dialect.coefficient_names import brms_variables
from mixwell.r.printed import layout_brms
from mixwell.r.verbs.fits import Fitted, fitted_of
from mixwell.r.verbs.returned_values import (
    BrmsHypothesis,
)
from mixwell.specify.naming import read_name


@public
def hypothesis(
    x: Fitted,
    hypothesis: str | Sequence[str],
    class_: str = "b",
    group: str = "",
    alpha: float | None = None,
) -> BrmsHypothesis:
    """Weigh hypotheses written in R's coefficient names, such as "blockb2 - blockb3 > 0".

    `class_` and `group` are brms's: `class_="sd", group="Subject"` lets "Days > 5" speak of
    `sd_Subject__Days`; `class_=""` takes brms's full names, `b_Days`. mixwell's own names are
    understood too. Intervals have the width of `mixwell.options.ci_prob`; with `alpha` brms's,
    1 - alpha, and 1 - 2 alpha where the hypothesis is one-sided. Raises `DataError`, and
    `FormulaError` with a caret.

    >>> hypothesis(m, "recipeB - recipeC = 0").frame["Estimate"].round(1).tolist()
    [0.0]
    """
    widths = _widths(alpha)
    require_text("class_", class_)
    require_text("group", group)
    texts = require_texts("hypothesis", hypothesis)
    fit = fitted_of(x).fit
    known = parameter_draws(fit.drawn)
    prefix = f"{class_}_{group}__" if group else f"{class_}_" if class_ else ""
    table = brms_variables(fit.spec)
    own = {n.removeprefix(prefix): ours for n, ours in table.items() if n.startswith(prefix)}
    plainly = {n: ours for n, ours in table.items() if "_" not in n}
    names = {name: name for name in known.names} | plainly | own
    if not any("r_" in text for text in texts):  # deviations can be many, and slow to look through
        names = {name: ours for name, ours in names.items() if read_name(name)[0] != "r"}
    spelled = Vocabulary(list(names), lambda name: known.draws(names[name]), known.shape)
    made = judge(texts, spelled)
    about = f"{class_}_{group}" if group else class_
    frame = layout_brms.hypothesis_frame(made, texts, widths)
    return BrmsHypothesis(frame, made.with_interval(widths.two_sided), about, widths)


def _widths(alpha: float | None) -> layout_brms.Widths:
    if alpha is None:
        usual = interval_settings().prob
        return layout_brms.Widths(usual, usual)
    out = require_probability("alpha", alpha)
    if out >= 0.5:
        raise DataError(f"alpha is {alpha!r}.", where="alpha", hint="Give less than 0.5.")
    return layout_brms.Widths(1 - out, 1 - 2 * out)
