"""`Estimates`: the one result type of interpretation, a tidy frame that keeps its draws.

Numeric cores hand over draws as `(row, sample)`; `estimates_of` summarizes them in blocks of rows
and puts labels on. Every average is an average of draws.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from mixwell.errors import DataError
from mixwell.interpret.contrasts.compact_letters import letters_in_groups, require_readable
from mixwell.interpret.contrasts.comparison_scales import Basis, Compare, comparison_plan
from mixwell.interpret.contrasts.row_contrasts import comparable_rows, weigh_rows
from mixwell.interpret.estimates.practical_equivalence import (
    Rope,
    either_way,
    rope_ends,
)
from mixwell.interpret.estimates.row_draws import RowDraws
from mixwell.interpret.estimates.row_texts import (
    beyond_numbers_note,
    letters_said,
    not_estimable_note,
    title_of_contrasts,
)
from mixwell.interpret.estimates.rows_with_draws import RowsWithDraws
from mixwell.interpret.estimates.rows_with_intervals import RowsWithIntervals
from mixwell.interpret.estimates.standardized import (
    LOGISTIC_SD,
    STANDARDIZED,
    divisor_for,
    standardized_title,
)
from mixwell.interpret.hypotheses.orders import PriorOfNames, bayes_factors
from mixwell.interpret.hypotheses.verdicts import Vocabulary, weigh_hypotheses
from mixwell.interpret.origins.origins import taken, turned, weighed
from mixwell.interpret.turns import SHORT_WAY, around_mean
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.draws import interval_settings
from mixwell.public_calls import public_methods
from mixwell.show.estimates_table import NUMBER_COLUMNS
from mixwell.specify.naming import distinct_columns

# A residue above this says that the data do not determine a combination of coefficients.
NOT_ESTIMABLE = 1e-8


@public_methods
@dataclass(frozen=True, repr=False, eq=False)
class Estimates(RowsWithIntervals):
    """Estimates with their draws: means, contrasts, slopes, comparisons, predictions, hypotheses.

    `frame` has the factor columns first, then `estimate`, `sd`, `lower`, `upper` (as `settings`
    say) and `p_direction`, the probability of lying on the more probable side of `null`. Ratios
    and odds ratios are summarized as logarithms and taken back: `estimate` is their median, which
    no interval leaves out, and the inverse of that of the inverse; `sd` is that of the logarithm
    times the estimate.
    `draws` has the dims `chain`, `draw`, `row`, with the factor columns as coordinates of `row`
    (those of many rows are made when they are asked for, which raises `DataError` where
    `mixwell.options.memory` is too little);
    `scale` says what the numbers are (`response`, `link`, `ratio`, `odds ratio`), `statistic` what
    of a `response` is estimated (its mean, the median of one that was transformed), `notes` what
    was held, averaged and left out, `origin` what each number is made of, where that is known:
    `fit.why(table)` shows it. `len`, iteration and `[...]` are those of the frame.

    A factor called like a column of numbers or a dim gets an ending there: the column of a factor
    `sd` is `sd_level`, the coordinate of a factor `row` is `row_level`. `factors` and `by` have the
    columns' names, `variables` those in the data; arguments may be either. `prior` makes the same
    table of draws of the prior, where it is known.

    >>> import numpy as np, pandas as pd
    >>> draws = np.random.default_rng(1).normal([[1.0], [2.0]], 0.1, (2, 400))
    >>> made = estimates_of(draws, (4, 100), pd.DataFrame({"block": ["b1", "b2"]}))
    >>> made.contrasts("sequential").frame["contrast"].tolist()
    ['b2 - b1']
    """

    prior: "Callable[[], Estimates] | None" = None

    def contrasts(
        self,
        kind: object = "pairwise",
        *,
        by: str | Sequence[str] | None = None,
        interaction: object = None,
        compare: Compare = "auto",
        rope: Rope | None = None,
        ci_prob: float | None = None,
        simultaneous: bool | None = None,
    ) -> "Estimates":
        """Compare the rows with each other: differences, ratios, odds ratios, in every draw.

        `kind` is a family (`pairwise`, `revpairwise`, `reference(level)`, `sequential`, `eff`,
        `del.eff`, `poly`, `helmert`, `mean_chg`) or weights (a dict of label to weights, an array
        with a row a contrast). Rows are compared within `by` (without it, within the `by` of the
        estimates). `interaction` gives each factor a family: differences of differences.
        `compare="auto"` takes ratios of means on a log link and odds ratios on a logit link, as
        emmeans does, and differences elsewhere; "difference", "ratio" and "odds ratio" ask for one.
        Intervals are as wide as those of the estimates, or of `ci_prob`, and `simultaneous` where
        those are. Raises `DataError`.
        """
        within = self._within(by)
        if isinstance(interaction, Mapping):
            interaction = {self._variable(str(name)): own for name, own in interaction.items()}
        cells = self._cells
        levels = self.estimand in ("mean", "prediction")
        plan = comparison_plan(
            self.samples,
            self.basis,
            self.scale,
            levels=levels,
            compare=compare,
            origin=self.origin,
        )
        sign = "-" if plan.scale in ("response", "link") else "/"
        made = weigh_rows(cells, self.variables, kind, within, interaction, sign)
        combined, residue = plan.combine(made.weights)
        with np.errstate(over="ignore"):  # a ratio beyond what floats hold is infinite
            values = np.exp(combined) if plan.exponentiate else combined
        period = None if plan.exponentiate else self.basis.period
        parts = weighed(plan.origin, made.weights, self.labels)
        origin = turned(parts, period, SHORT_WAY)
        values = around_mean(values, period)
        before = self._contrasts_before(kind, within, interaction, compare)
        return estimates_of(
            values,
            self.shape,
            made.frame,
            prior=before,
            rope=rope,
            ci_prob=self.settings.prob if ci_prob is None else ci_prob,
            simultaneous=self._at_once(simultaneous),
            scale=plan.scale,
            title=title_of_contrasts(self.title, plan.said),
            notes=(
                *self._plain_notes,
                *made.notes,
                *([self.basis.note] if self.basis.note else []),
            ),
            by=made.by,
            null=1.0 if plan.exponentiate else 0.0,
            estimand="contrast",
            response=self.response,
            basis=Basis(
                "ratio" if plan.exponentiate else None,
                combined,
                residue,
                period=period,
                origin=origin,
            ),
            ratios="ratio" if plan.exponentiate else None,
            origin=taken(origin, np.exp, "exp() of {}") if plan.exponentiate else origin,
            units=self.units and self.units.of_contrasts(plan.exponentiate, plan.straight),
        )

    def standardized(
        self,
        by: object = "sigma",
        *,
        rope: Rope | None = None,
        ci_prob: float | None = None,
        simultaneous: bool | None = None,
    ) -> "Estimates":
        """Divide differences by a standard deviation, draw by draw: Cohen's d and its kin.

        `by` is "sigma" (that of residuals, of outcomes and ratings that of the error behind them,
        with which log odds ratios become d), "total" (residuals and groups together), "response"
        (the observed responses), a baseline's by its values, as {"arm": "control"}, or a number.
        Of contrasts, comparisons and slopes on the scale of the linear predictor, and of ratios and
        odds ratios by their logarithms. Raises `DataError`.
        Sources: Cohen 1988; Chinn 2000; Westfall, Kenny and Judd 2014; Glass 1976.
        """
        divisor = divisor_for(self.units, self.estimand, by)
        linear = self.basis.linear
        assert linear is not None
        values, residue = linear / divisor.draws, self.basis.residue
        said = f"{{}} divided by {divisor.words}"
        origin = taken(self.basis.origin, lambda own: own / divisor.draws, said)
        return self._made_of(
            values,
            (rope, ci_prob, simultaneous),
            scale=STANDARDIZED,
            title=standardized_title(self.title.removesuffix(f": {self.scale}s")),
            notes=(*self._plain_notes, divisor.said(self.scale)),
            basis=Basis(None, values, residue, origin=origin),
            origin=origin,
        )

    def odds_ratios(
        self,
        *,
        rope: Rope | None = None,
        ci_prob: float | None = None,
        simultaneous: bool | None = None,
    ) -> "Estimates":
        """Return the odds ratios that standardized differences stand for, exp(d pi / sqrt(3)).

        They are those of an outcome with a logistic error behind it, which is 1 above some border.
        Raises `DataError` for what is not standardized. Source: Chinn 2000.
        """
        if self.scale != STANDARDIZED:
            raise DataError(
                "Odds ratios are made of standardized differences; these are none.",
                hint='contrasts(..., standardized="sigma") has such.',
            )
        linear = self.samples * LOGISTIC_SD
        logs = taken(self.origin, lambda own: own * LOGISTIC_SD, "{} times pi / sqrt(3)")
        with np.errstate(over="ignore"):
            values = np.exp(linear)
        return self._made_of(
            values,
            (rope, ci_prob, simultaneous),
            scale="odds ratio",
            title=f"{self.title}: odds ratios",
            notes=(*self._plain_notes, "Odds ratios by exp(d pi / sqrt(3)), of a logistic error."),
            null=1.0,
            basis=Basis("ratio", linear, self.basis.residue, origin=logs),
            ratios="ratio",
            origin=taken(logs, np.exp, "exp() of {}"),
        )

    def _made_of(
        self,
        values: FloatArray,
        asked: tuple[Rope | None, float | None, bool | None],
        **fields: Any,
    ) -> "Estimates":
        """Return estimates of the same rows with other draws; `asked` are rope and intervals."""
        rope, ci_prob, simultaneous = asked
        return estimates_of(
            values,
            self.shape,
            self._cells,
            rope=rope,
            ci_prob=self.settings.prob if ci_prob is None else ci_prob,
            simultaneous=self._at_once(simultaneous),
            by=[self._variable(name) for name in self.by],
            estimand=self.estimand,
            response=self.response,
            **fields,
        )

    def _contrasts_before(
        self, kind: object, within: Sequence[str], interaction: object, compare: Compare
    ) -> "Callable[[], Estimates] | None":
        """Return what makes the same contrasts of the rows' prior, None where that is not known."""
        prior = self.prior
        if prior is None:
            return None
        asked: dict[str, Any] = {"by": list(within), "interaction": interaction, "compare": compare}
        return lambda: prior().contrasts(kind, **asked)

    def letters(
        self,
        *,
        by: str | Sequence[str] | None = None,
        compare: Compare = "auto",
        rope: Rope | None = None,
        ci_prob: float | None = None,
        simultaneous: bool | None = None,
    ) -> "Estimates":
        """Add `letters`: rows differ that have none in common.

        Two rows differ where the interval of their contrast leaves out 0 (of ratios 1): as
        `contrasts` has it with these arguments, of each pair by itself, or `simultaneous` for all
        pairs. With `rope` they differ where it lies beyond that region both of a and b and of b and
        a: the rope is widened by itself turned around, of differences to -0.5 and 0.5 for
        (-0.2, 0.5), of ratios to 0.8 and 1.25 for (0.8, 1.2).
        Rows are compared within `by`; "a" goes to the smallest. Raises `DataError` for a rope that
        nothing lies beyond both ways round, such as (-0.2, inf), and for more rows, or more
        letters, than one can read: 60 rows, 26 letters.
        Source: Piepho 2004.
        """
        within = self._within(by)
        groups = comparable_rows(self._cells, within, "pairwise")[0]
        require_readable(max(map(len, groups)))
        made = self.contrasts(
            by=within, compare=compare, ci_prob=ci_prob, simultaneous=simultaneous
        )
        region = None if rope is None else either_way(rope_ends(rope, made.null), made.null)
        low, high = region or (made.null, made.null)
        frame, order = made.frame, self.frame["estimate"].to_numpy(dtype=float)
        differs = (frame["lower"] > high) | (frame["upper"] < low)
        letters = letters_in_groups(groups, differs, order)
        column = pd.Series(letters, self.frame.index, dtype="str")
        columns = [self.factors[self.variables.index(name)] for name in within]
        said = letters_said(made.settings, made.null, region, columns)
        return replace(self, frame=self.frame.assign(letters=column), letters_said=said)

    def hypothesis(
        self, hypotheses: object, *, rope: Rope | None = None, ci_prob: float | None = None
    ) -> "Estimates":
        """Return how probable hypotheses on the rows are, such as "b2 - b1 > 0".

        Rows go by their labels (in backticks where these look like arithmetic) or by
        `factor[level]`, several factors joined by `:`. The language is that of
        `mixwell.interpret.hypotheses`; an order, "b1 < b2 < b3", has a Bayes factor where the prior
        of the rows is known, which `Fit.means` and its like have.
        """
        samples, prior, names = self.samples, self.prior, self.places
        averaged = not self.settings.scale
        known = Vocabulary(list(names), lambda name: samples[names[name]], self.shape, averaged)
        return judge(
            hypotheses,
            known,
            rope=rope,
            ci_prob=self.settings.prob if ci_prob is None else ci_prob,
            response=self.response,
            notes=(*self._plain_notes, *self.settings.caution),
            unknown=self.unknown,
            prior=None if prior is None else lambda: rows_before(prior(), names),
        )


def judge(
    hypotheses: object,
    known: Vocabulary,
    *,
    rope: Rope | None = None,
    ci_prob: float | None = None,
    response: str = "",
    notes: Sequence[str] = (),
    unknown: Sequence[str] = (),
    prior: Callable[[], PriorOfNames] | None = None,
) -> Estimates:
    """Return how probable hypotheses on named draws are, as `Fit.hypothesis` has them.

    `hypotheses` is a text such as "block[b2] - block[b3] > 0", a list of them, or a dict with a
    name for each. They may use the known names (coefficients, `sd_user[...]`, `corr_user[...]`,
    `r_user[level, effect]`, `sigma` and others), numbers, + - * / ^, brackets, exp, log, sqrt and
    abs. `estimate` and interval are of the left side minus the right side; `probability` is the
    share of draws in which the hypothesis holds, `evidence_ratio` that share against the others.
    Where a hypothesis is not linear in the draws, estimates are medians, which lie within their
    intervals; where all compare positive ratios with 1, of logarithms that are taken back.
    A hypothesis with `=` has a probability where `rope` says what counts as equal. Orders such as
    "b1 < b2 < b3" hold where every step does, and are estimated by the step nearest to failing;
    with one of them, and the `prior` of the names, `prior_probability` and `bayes_factor` are those
    of every inequality, `bf_error` the Monte Carlo error of the factor. Where a hypothesis is about
    what is not known, `unknown` says why. Raises `FormulaError` with a caret for a text that cannot
    be read.
    """
    region = None if rope is None else rope_ends(rope, 0.0)
    found = weigh_hypotheses(hypotheses, known, region)
    with np.errstate(divide="ignore"):
        ratio = found.probability / (1.0 - found.probability)
    step = ", of an order that of the step nearest to failing" if found.ordered else ""
    said = f"estimate: left side minus right side{step}. probability: share of draws in which it "
    said += "holds."
    point = "A single value has probability 0: rope= says what counts as equal."
    single = region is None and any(claim.relation[0] not in "<>" for claim in found.claims)
    extra = (point,) if single else ()
    if np.isnan(found.differences).all(axis=1).any():
        extra = (*extra, *unknown)
    made = estimates_of(
        found.differences,
        known.shape,
        pd.DataFrame({"hypothesis": pd.Series(found.labels, dtype="str")}),
        rope=rope,
        ci_prob=ci_prob,
        scale="response",
        title="Hypotheses",
        notes=(*notes, said, *extra),
        estimand="hypothesis",
        response=response,
        ratios=found.ratios,
    )
    frame = made.frame.assign(probability=found.probability, evidence_ratio=ratio)
    if not found.ordered or prior is None:
        return replace(made, frame=frame)
    factors = bayes_factors(found, known.shape, prior)
    columns = {"prior_probability": factors.prior, "bayes_factor": factors.factor}
    frame = frame.assign(**columns, bf_error=factors.error)
    return replace(made, frame=frame, notes=(*made.notes, *factors.notes))


def rows_before(prior: RowsWithDraws, places: Mapping[str, int]) -> PriorOfNames:
    """Return the prior of rows by the names that hypotheses have for them."""
    samples = prior.samples
    return PriorOfNames(lambda name: samples[places[name]])


def estimates_of(
    values: FloatArray | RowDraws,
    shape: tuple[int, int],
    factors: pd.DataFrame,
    *,
    rope: Rope | None = None,
    ci_prob: float | None = None,
    simultaneous: bool = False,
    basis: Basis | None = None,
    notes: Sequence[str] = (),
    null: float = 0.0,
    by: Sequence[str] = (),
    ratios: str | None = None,
    progressbar: bool | None = None,
    **fields: Any,
) -> Estimates:
    """Summarize draws `(row, sample)` and label them with the columns of `factors`.

    `shape` is the number of chains and of draws a chain; intervals have the probability `ci_prob`,
    without it that of `mixwell.options`, and with `simultaneous` for all rows at once. Rows that
    the residue in `basis` leaves undetermined get not-a-number in every column and a note. Of
    `ratios` it is said on which scale they are
    summarized ("ratio", "lift", or "" where some are not positive). Columns of `factors` that are
    called like one of numbers get another name here, and so where `by` names them. Further fields
    are those of `Estimates`.
    """
    held = values if isinstance(values, RowDraws) else RowDraws.held(values, shape)
    basis = basis or Basis()
    variables = tuple(map(str, factors.columns))
    named = dict(zip(variables, distinct_columns(variables, NUMBER_COLUMNS), strict=True))
    factors = factors.set_axis(list(named.values()), axis=1)
    held, unknown = _estimable(held, basis, factors)
    settings = interval_settings(ci_prob)
    settings = settings if ratios is None else settings.of_ratios(ratios)
    numbers = pd.DataFrame(held.summarize(null, settings, progressbar), index=factors.index)
    beyond = held.partly_known(numbers["estimate"].isna().to_numpy())
    if beyond.any():
        unknown += (beyond_numbers_note(factors[beyond]),)
    made = Estimates(
        frame=settings.said(pd.concat([factors, numbers], axis=1)),
        row_draws=held,
        factors=tuple(named.values()),
        variables=variables,
        by=tuple(named.get(name, name) for name in by),
        notes=(*notes, *unknown),
        unknown=unknown,
        null=null,
        basis=basis,
        settings=settings,
        **fields,
    )
    made = made.with_interval(simultaneous=True) if simultaneous else made
    return made if rope is None else made.with_rope(rope)


def _estimable(
    held: RowDraws, basis: Basis, factors: pd.DataFrame
) -> tuple[RowDraws, tuple[str, ...]]:
    """Leave out what the data do not determine, with a note that says what."""
    if basis.residue is None:
        return held, ()
    estimable = np.abs(basis.residue).max(axis=1, initial=0.0) < NOT_ESTIMABLE
    if estimable.all():
        return held, ()
    return held.masked(estimable), (not_estimable_note(factors[~estimable]),)
