"""Answers about times until an event: survival, quantiles, ratios."""

from collections.abc import Mapping
from typing import Any

from mixwell.answers.held_draws import HeldDraws
from mixwell.interpret.estimates.estimates import Estimates
from mixwell.interpret.means.averaging_task import Names
from mixwell.interpret.survival import effect_ratios, survival_curves
from mixwell.public_calls import public_methods

__all__ = ["TimeAnswers"]


@public_methods
class TimeAnswers(HeldDraws):
    """Times until an event: `DataError` for responses that are no times."""

    def survival(
        self,
        by: Names = None,
        times: object = None,
        at: Mapping[str, object] | None = None,
        **options: Any,
    ) -> Estimates:
        """Return survival curves: the probability that a time is longer than each of `times`.

        Curves are of cells of `by`, as means are; `kind="hazard"` and "cumulative hazard" are these
        instead, and `after` a time that is survived already. See
        `mixwell.interpret.survival.survival_curves.survival`.

        >>> import mixwell as mw
        >>> waits = mw.Model("time ~ sex", mw.load_data("kidney"), "exponential").fit(seed=1)
        >>> waits.survival("sex", times=[30, 100])["time"].tolist()
        [30.0, 100.0, 30.0, 100.0]
        """
        return survival_curves.survival(self.drawn, by, times, at, **options)

    def hazard_ratios(
        self,
        kind: object = "pairwise",
        of: Names = None,
        by: Names = None,
        at: Mapping[str, object] | None = None,
        **options: Any,
    ) -> Estimates:
        """Return hazard ratios of the coefficients, or between the levels of `of` within `by`.

        Of families whose hazards are in proportion: weibull and exponential. See
        `mixwell.interpret.survival.effect_ratios.hazard_ratios`.

        >>> import mixwell as mw
        >>> waits = mw.Model("time ~ sex", mw.load_data("kidney"), "exponential").fit(seed=1)
        >>> waits.hazard_ratios()["effect"].tolist()
        ['sex[female]']
        """
        return effect_ratios.hazard_ratios(self.drawn, kind, of, by, at, **options)

    def time_ratios(
        self,
        kind: object = "pairwise",
        of: Names = None,
        by: Names = None,
        at: Mapping[str, object] | None = None,
        **options: Any,
    ) -> Estimates:
        """Return time ratios of the coefficients, or between the levels of `of` within `by`.

        See `mixwell.interpret.survival.effect_ratios.time_ratios`.

        >>> import mixwell as mw
        >>> waits = mw.Model("time ~ sex", mw.load_data("kidney"), "exponential").fit(seed=1)
        >>> waits.time_ratios(of="sex")["contrast"].tolist()
        ['male / female']
        """
        return effect_ratios.time_ratios(self.drawn, kind, of, by, at, **options)

    def restricted_means(
        self,
        until: object,
        by: Names = None,
        at: Mapping[str, object] | None = None,
        **options: Any,
    ) -> Estimates:
        """Return restricted mean survival times: the mean time up to each of `until`, within `by`.

        See `mixwell.interpret.survival.survival_curves.restricted_means`.

        >>> import mixwell as mw
        >>> waits = mw.Model("time ~ sex", mw.load_data("kidney"), "exponential").fit(seed=1)
        >>> waits.restricted_means(365, "sex").contrasts(compare="ratio")["contrast"].tolist()
        ['male / female']
        """
        return survival_curves.restricted_means(self.drawn, until, by, at, **options)

    def time_quantiles(
        self,
        shares: object = 0.5,
        by: Names = None,
        at: Mapping[str, object] | None = None,
        **options: Any,
    ) -> Estimates:
        """Return the times by which `shares` of cases have had their event: 0.5 is the median.

        See `mixwell.interpret.survival.survival_curves.time_quantiles`.

        >>> import mixwell as mw
        >>> waits = mw.Model("time ~ sex", mw.load_data("kidney"), "exponential").fit(seed=1)
        >>> waits.time_quantiles([0.25, 0.5])["share"].tolist()
        [0.25, 0.5]
        """
        return survival_curves.time_quantiles(self.drawn, shares, by, at, **options)
