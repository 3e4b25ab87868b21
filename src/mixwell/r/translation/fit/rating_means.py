"""emmeans's `mode =` of ratings and choices, as arguments of `means()`."""

from mixwell.formula import deparse
from mixwell.r.language import nodes as r
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.python.pycode import Code
from mixwell.r.translation.scope.environment import Context, NotTranslatedError
from mixwell.r.translation.scope.r_values import FittedModel

__all__ = ["mode_of", "mode_options", "without_response"]

_OF_CUTS = ("cum.prob", "exc.prob")
_MODES = ("latent", "linear.predictor", *_OF_CUTS, "prob", "mean.class", "scale")
_SCORES = (
    "a category that is a number has it as its score; in emmeans categories are numbered from 1."
)


def mode_of(context: Context, model: FittedModel, node: r.Node | None) -> str:
    """Return the mode of means of ratings or choices, "" for the linear predictor and of others.

    Raises `NotTranslatedError` for one that `means()` does not have.
    """
    kind = model.family.family.support.kind
    if kind not in ("ordered", "categories"):
        return ""  # lmer's `mode` is about degrees of freedom
    mode = "" if node is None else context.choice(node, _MODES)
    if kind == "categories":
        if mode not in ("", "prob"):
            said = f'mode = "{mode}" of categories without order is not here: "prob" is.'
            raise NotTranslatedError(said)
        return mode or ("prob" if model.package == "nnet" else "")
    if mode in _OF_CUTS:
        raise NotTranslatedError(
            f'mode = "{mode}": mixwell.r.emmeans(fit, "~ cut | a", mode="{mode}") has these means.'
        )
    if mode in ("linear.predictor", "scale"):
        said = f'mode = "{mode}" is not here: "latent" is, and fit.summary() has the thresholds.'
        raise NotTranslatedError(said)
    if mode == "mean.class":
        context.note("mode", _SCORES)
    return mode if mode in ("prob", "mean.class") else ""


def mode_options(mode: str) -> dict[str, Code]:
    """Return the arguments of `means()` that stand for a mode: emmeans averages responses then."""
    own = {"average": py.text("response")} if mode else {}
    return {"scale": py.text("score"), **own} if mode == "mean.class" else own


def without_response(model: FittedModel, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the factors of means: the response is none, its categories have rows by themselves."""
    response = model.formula.response
    own = "" if response is None else deparse(response)
    return tuple(name for name in names if name != own)
