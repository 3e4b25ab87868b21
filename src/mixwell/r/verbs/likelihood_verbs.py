"""What R reads off the maximum of the likelihood: logLik and isSingular."""

from mixwell.errors import (
    require_truth,
    warn,
)
from mixwell.infer.modes.point_estimate import PointEstimate
from mixwell.public_calls import public
from mixwell.r.dialect.family_facts import other_estimates
from mixwell.r.verbs.fits import Fitted, fitted_of
from mixwell.r.verbs.returned_values import (
    LogLik,
)


@public
def logLik(object: Fitted, REML: bool | None = None) -> LogLik:
    """Return lmer's or glmer's log-likelihood: that of the flat-prior mode, with its df.

    `REML` asks for the other criterion at its own maximum, as refitting in R does. A warning says
    where R's number is another (families with a dispersion, nAGQ = 0, glmmTMB's curvature).

    Raises `SamplingError` for models whose random effects cannot be integrated out.

    >>> round(logLik(m).value, 1)
    -831.9
    """
    own = fitted_of(object)
    if REML is not None:
        require_truth("REML", REML)
    point = flat_estimate(own, REML)
    return LogLik(point.log_likelihood, point.n_parameters)


@public
def isSingular(x: Fitted) -> bool:
    """Say whether lme4's estimate is on the boundary: an sd of 0, or a correlation of 1.

    It is a property of the estimate, so it is read from the flat-prior mode; a posterior is never
    singular. Raises as `logLik`.

    >>> isSingular(m)
    False
    """
    return flat_estimate(fitted_of(x)).singular


def flat_estimate(own: Fitted, reml: bool | None = None) -> PointEstimate:
    """Return the flat-prior mode, with a warning where R maximizes something else.

    It is by the criterion that the fit was asked for, unless `reml` says which.
    """
    reml = own.reml if reml is None else reml
    spec, linear = own.fit.spec, own.fit.spec.family.closed_form
    nodes = 1 if own.nodes is None else own.nodes
    other = other_estimates(
        spec.family,
        own.package,
        reml=reml and not linear and own.package == "glmmTMB",
        nodes=nodes,
        weighted=spec.response.weights is not None,
    )
    if other:
        warn(f"This is not R's number: {other}.")
    asked = None if own.nodes is None else max(nodes, 1)
    point = own.fit.mode(flat=True, reml=reml, nodes=asked)
    if reml and linear and not point.reml:
        warn("This is not R's number: the fixed effects are at their best values, not integrated.")
    return point
