"""Averages of a fit: means, slopes and what is compared of them; predictions."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any, Literal, overload

from mixwell.answers.held_draws import HeldDraws
from mixwell.interpret.changes.average_effects import effect as _effect
from mixwell.interpret.changes.comparisons import comparisons as _compare
from mixwell.interpret.changes.slopes import slopes as _slopes
from mixwell.interpret.estimates.estimates import Estimates
from mixwell.interpret.estimates.practical_equivalence import Rope
from mixwell.interpret.groups.treatments import Groups
from mixwell.interpret.means import estimands
from mixwell.interpret.means.averaging_task import Names, require_options
from mixwell.interpret.means.marginal_coefficients import marginal_coefficients
from mixwell.interpret.means.predictions import predictions as _predict
from mixwell.interpret.reasons.reason import Reason
from mixwell.interpret.reasons.why import Reasons, ReasonsInTurn, why
from mixwell.interpret.simple.simple_effects import SimpleEffects
from mixwell.interpret.simple.simple_effects import simple_effects as _simple_effects
from mixwell.interpret.streams.predicted_table import write_predictions
from mixwell.posterior.posterior import Posterior
from mixwell.public_calls import public_methods

__all__ = ["AverageAnswers"]


@public_methods
class AverageAnswers(HeldDraws):
    """Expected responses: averaged, compared and predicted."""

    def _asked(self, question: Callable[[Posterior], Estimates]) -> Estimates:
        """Answer a question of the draws; the same of the prior is answered where it is needed."""
        return replace(question(self.drawn), prior=lambda: question(self._before))

    def means(
        self,
        of: Names = None,
        by: Names = None,
        at: Mapping[str, object] | None = None,
        scale: Literal["response", "link", "score"] = "response",
        groups: Groups | None = None,
        weights: str = "equal",
        **options: Any,
    ) -> Estimates:
        """Return estimated marginal means of `of` within `by`, on a reference grid or over rows.

        With `parameter="sigma"`, "zi" or another one of the family they are of that, on its own
        scale; a category's name stands for its probability. `population` is a table with a row for
        each kind of person, `weights` its column of counts: multilevel regression and
        post-stratification, with a row for each cell of the table's columns `by`. See
        `mixwell.interpret.means.estimands.means` for `at`, `groups`, `weights` and the further
        options `average`, `over`, `rope`, `seed`, `ci_prob`, `simultaneous`.
        Source: Searle, Speed and Milliken 1980.

        >>> fit.means("recipe", at={"temp": 200})["estimate"].round(0).tolist()
        [33.0, 32.0, 32.0]
        >>> kitchens = {"recipe": ["A", "B"], "temp": [180, 200], "replicate": [3, 99], "n": [2, 1]}
        >>> fit.means(population=kitchens, weights="n")["size"].tolist()
        [3.0]
        """
        options |= {"scale": scale, "groups": groups, "weights": weights}
        return self._asked(lambda drawn: estimands.means(drawn, of, by, at, **options))

    def slopes(
        self,
        variable: str,
        by: Names = None,
        at: Mapping[str, object] | None = None,
        **options: Any,
    ) -> Estimates:
        """Return the change of the mean per unit of a variable, within `by`.

        See `mixwell.interpret.changes.slopes.slopes` for the options `scale`, `parameter`,
        `groups`, `weights`, `over`, `delta`, `per`, `standardized`, `rope`, `seed`, `ci_prob`,
        `simultaneous`.

        >>> fit.slopes("temp")["estimate"].round(2).tolist()
        [0.16]
        """
        return self._asked(lambda drawn: _slopes(drawn, variable, by, at, **options))

    def contrasts(
        self,
        kind: object = "pairwise",
        of: Names = None,
        by: Names = None,
        at: Mapping[str, object] | None = None,
        **options: Any,
    ) -> Estimates:
        """Compare the marginal means of `of` within `by`; the labels say what is subtracted.

        `kind` is "pairwise", "revpairwise", "reference(level)", "sequential", "eff", "del.eff",
        "poly", "helmert", or weights of your own; `interaction=["sequential", "pairwise"]` gives
        differences of differences; `standardized="sigma"`, "total" or {"arm": "control"} divides
        by a standard deviation (see `Estimates.standardized`). Other options as for `means`.

        >>> fit.contrasts("reference", of="recipe")["contrast"].tolist()
        ['B - A', 'C - A']
        """
        return self._asked(lambda drawn: estimands.contrasts(drawn, kind, of, by, at, **options))

    def simple_effects(
        self,
        of: Names = None,
        kind: object = "pairwise",
        at: Mapping[str, object] | None = None,
        **options: Any,
    ) -> SimpleEffects:
        """Compare the levels of each factor within each level of the others, a table a factor.

        Without `of` they are the factors that the mean depends on; numbers take part with values in
        `at`. `kind` and other options are as for `contrasts`. See
        `mixwell.interpret.simple.simple_effects.simple_effects`.

        >>> effects = fit.simple_effects(["recipe", "temp"], at={"temp": [175, 225]})
        >>> effects["temp"].frame["contrast"].tolist()
        ['temp175 - temp225', 'temp175 - temp225', 'temp175 - temp225']
        """
        return _simple_effects(self.drawn, of, kind, at, **options)

    def marginal_coefficients(
        self,
        *,
        parameter: str = "mean",
        rope: Rope | None = None,
        ci_prob: float | None = None,
    ) -> Estimates:
        """Return the coefficients of the population's mean, averaged over groups in every draw.

        With a logit link they are log odds ratios in the population, nearer 0 than those of a
        typical group, which `fixef()` has. Those of another `parameter` with groups of its own are
        of its average over these. See
        `mixwell.interpret.means.marginal_coefficients.marginal_coefficients`.
        """
        return marginal_coefficients(self.drawn, parameter=parameter, rope=rope, ci_prob=ci_prob)

    def comparisons(
        self,
        variable: str,
        by: Names = None,
        at: Mapping[str, object] | None = None,
        **options: Any,
    ) -> Estimates:
        """Return how the mean response changes when a variable does, within `by`.

        A number that has two values goes from the one to the other, another one from x to x + 1;
        `step` is another number, "sd", a pair (lo, hi), or for a factor "reference", "sequential",
        "pairwise"; `kind` "difference", "ratio" or "lift"; `parameter` another one than the mean.
        See
        `mixwell.interpret.changes.comparisons.comparisons`.

        >>> fit.comparisons("temp", step=10)["estimate"].round(1).tolist()
        [1.6]
        """
        return self._asked(lambda drawn: _compare(drawn, variable, by, at, **options))

    def effect(
        self,
        treatment: str,
        by: Names = None,
        at: Mapping[str, object] | None = None,
        **options: Any,
    ) -> Estimates:
        """Return the average effect of a treatment: among all rows, the treated, the untreated.

        Each row's mean with the treatment and without it, all else as it is (g-computation);
        `measure` is "difference", "ratio", "odds ratio" or "number needed to treat", `among` who
        is averaged over, `by` subgroups, `parameter` what else than the mean is asked about. See
        `mixwell.interpret.changes.average_effects.effect`.

        >>> fit.effect("recipe", among="all")["contrast"].tolist()
        ['B - A', 'C - A']
        """
        return _effect(self.drawn, treatment, by, at, **options)

    @overload
    def predictions(
        self,
        data: object = None,
        kind: Literal["mean", "response", "linear", "score"] = "mean",
        groups: Groups = "population",
        out: None = None,
        **options: Any,
    ) -> Estimates: ...

    @overload
    def predictions(
        self,
        data: object = None,
        kind: Literal["mean", "response", "linear", "score"] = "mean",
        groups: Groups = "population",
        *,
        out: str | PathLike[str],
        **options: Any,
    ) -> Path: ...

    def predictions(
        self,
        data: object = None,
        kind: Literal["mean", "response", "linear", "score"] = "mean",
        groups: Groups = "population",
        out: str | PathLike[str] | None = None,
        **options: Any,
    ) -> Estimates | Path:
        """Predict the mean, the linear predictor or new responses of rows of data.

        `groups` is "population", "existing", "new" (levels drawn from the fitted covariance, one
        draw a level shared by its rows), "mixed" (known levels as they are, others drawn), or one
        of these a grouping factor: `{"user": "existing", "item": "population"}`. Many rows are
        worked on in blocks: their draws are not held but made where `.draws` is asked for. With
        `out`, the name of a Parquet file, rows of a table of any size are read and written some at
        a time, all columns of the table with those of the predictions, and the path is returned.
        See `mixwell.interpret.means.predictions.predictions`.

        >>> import mixwell as mw
        >>> rows = mw.load_data("cake").head(2)
        >>> fit.predictions(rows, groups="existing")["estimate"].round(0).tolist()
        [43.0, 45.0]
        """
        require_options(_predict, options, ("out",))
        if out is not None:
            asked = {"kind": kind, "groups": groups, **options}
            return write_predictions(out, self.drawn, data, **asked)
        return _predict(self.drawn, data, kind, groups=groups, **options)

    def why(
        self, table: Estimates | SimpleEffects, row: int | str | None = None
    ) -> Reasons | ReasonsInTurn | Reason:
        """Return what the numbers of a table are made of: which rows, with which weights.

        With a `row` of the table, its place counted from 0 or its label, the rows behind that
        number with their exact weights, what was made of their sum, and the weights of the
        coefficients; it is made again from them and held against the table. Tables are those of
        `means`, `contrasts`, `simple_effects`, `slopes`, `comparisons`, `effect`, `predictions`,
        `marginal_coefficients`, `joint_tests` (the contrasts that a term's test is of, with their
        weights on cells) and of times; contrasts of contrasts, too. Raises `DataError` for others.

        >>> fit.why(fit.contrasts("reference", of="recipe"), "B - A").weights["weight"].tolist()
        [-1.0, 1.0]
        """
        return why(table, row)
