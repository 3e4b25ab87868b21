"""Tables of a fit: its parameters, what they mean, what they explain."""

from os import PathLike
from pathlib import Path
from typing import Literal, overload

import pandas as pd

from mixwell.answers.held_draws import HeldDraws
from mixwell.interpret.sentences.explain import explain_fit
from mixwell.interpret.sentences.explanation import Entry, Explanation
from mixwell.interpret.sizes.explained_variance import explained_by_terms, explained_variance
from mixwell.interpret.sizes.intraclass import design_effects, intraclass_correlation
from mixwell.posterior import parameter_tables as tables
from mixwell.posterior.storage.level_table import write_level_table
from mixwell.public_calls import public_methods

__all__ = ["TableAnswers"]


@public_methods
class TableAnswers(HeldDraws):
    """The parameters of a model, and what they mean and explain."""

    def summary(self, *, ci_prob: float | None = None) -> pd.DataFrame:
        """Return fixed effects, sds and correlations of the groups, and further parameters.

        The index holds the names, such as `Days`, `sd_Subject[Days]`,
        `corr_Subject[Intercept, Days]` and `sigma`.

        >>> list(fit.summary().index)
        ['Intercept', 'recipe[B]', 'recipe[C]', 'temp', 'sd_replicate[Intercept]', 'sigma']
        """
        return tables.all_parameters(self.drawn, ci_prob)

    def fixef(self, *, ci_prob: float | None = None) -> pd.DataFrame:
        """Return the fixed effects, one row each, on the link scale.

        >>> fit.fixef()["estimate"].round(1).to_dict()
        {'Intercept': 1.5, 'recipe[B]': -1.5, 'recipe[C]': -1.5, 'temp': 0.2}
        """
        return tables.fixed_effects(self.drawn, ci_prob)

    @overload
    def ranef(self, *, ci_prob: float | None = None) -> pd.DataFrame: ...

    @overload
    def ranef(self, *, ci_prob: float | None = None, out: str | PathLike[str]) -> Path: ...

    def ranef(
        self, *, ci_prob: float | None = None, out: str | PathLike[str] | None = None
    ) -> pd.DataFrame | Path:
        """Return the deviations: one row a grouping factor (`factor`), `level` and `effect`.

        With `out`, the name of a Parquet file, they are written there some levels at a time, and
        its path is returned: millions of levels need little memory.

        >>> fit.ranef()["estimate"].round(0).tolist()[:2]
        [14.0, 13.0]
        """
        if out is not None:
            return write_level_table(out, self.drawn, ci_prob)
        return tables.random_effects(self.drawn, ci_prob)

    def coef(self, *, ci_prob: float | None = None) -> pd.DataFrame:
        """Return each level's own coefficients, fixed effect plus deviation in every draw.

        One row a grouping factor (`factor`), `level` and `effect`.

        >>> fit.coef().query("level == '1'")["effect"].tolist()
        ['Intercept', 'recipe[B]', 'recipe[C]', 'temp']
        """
        return tables.level_coefficients(self.drawn, ci_prob)

    def VarCorr(self, *, ci_prob: float | None = None) -> pd.DataFrame:
        """Return standard deviations and correlations of the random effects, and the residual.

        The name is that of lme4 and brms. One row each: `factor`, `kind` ("sd" or "corr"),
        `effect`, `effect_2`.

        >>> fit.VarCorr()["estimate"].round(0).tolist()
        [7.0, 5.0]
        """
        return tables.variance_components(self.drawn, ci_prob)

    def explain(
        self, name: str | None = None, *, ci_prob: float | None = None
    ) -> Explanation | Entry:
        """Return what every parameter means, with its estimate; with a name, that one in detail.

        An entry has its sentence, its scale and its exact weights on the cells of the design.
        Raises `DataError` with the nearest names.

        >>> fit.explain("recipe[B]").sentence
        'B minus A'
        """
        explanation = explain_fit(self.drawn, ci_prob)
        return explanation if name is None else explanation[name]

    def r2(
        self, scale: Literal["response", "latent"] = "response", *, ci_prob: float | None = None
    ) -> pd.DataFrame:
        """Return R2 with the groups' deviations (`conditional`) and without (`marginal`).

        Bayesian R2 of the responses, of counts out of trials that of proportions, or with "latent"
        that of Nakagawa and Schielzeth on the scale of the linear predictor. See
        `mixwell.interpret.sizes.explained_variance.explained_variance`.
        Sources: Gelman, Goodrich, Gabry and Vehtari (2019); Nakagawa and Schielzeth (2013).

        >>> fit.r2()["estimate"].round(1).tolist()
        [0.7, 0.1]
        """
        return explained_variance(self.drawn, scale, ci_prob=ci_prob)

    def part_r2(self, *, partial: bool = False, ci_prob: float | None = None) -> pd.DataFrame:
        """Return what each term of the fixed effects alone adds to the variance explained.

        Its share of all variance on the latent scale, or with `partial` of itself and what fixed
        effects leave. See `mixwell.interpret.sizes.explained_variance.explained_by_terms`.
        Source: Stoffel, Nakagawa and Schielzeth (2021).

        >>> fit.part_r2()["term"].tolist()
        ['recipe', 'temp']
        """
        return explained_by_terms(self.drawn, partial=partial, ci_prob=ci_prob)

    def icc(
        self,
        scale: Literal["latent", "response"] = "latent",
        *,
        adjusted: bool = True,
        ci_prob: float | None = None,
    ) -> pd.DataFrame:
        """Return each grouping factor's share of the variance that fixed effects leave.

        On the scale of the linear predictor, or with "response" on that of the responses; with
        `adjusted=False` of all variance. See
        `mixwell.interpret.sizes.intraclass.intraclass_correlation`. Raises `DataError` for a model
        without groups, and where a scale has no residual variance.
        Source: Nakagawa, Johnson and Schielzeth (2017).

        >>> fit.icc()["factor"].tolist()
        ['replicate']
        """
        return intraclass_correlation(self.drawn, scale, adjusted=adjusted, ci_prob=ci_prob)

    def design_effects(
        self, scale: Literal["latent", "response"] = "latent", *, ci_prob: float | None = None
    ) -> pd.DataFrame:
        """Return by what factor groups widen the variance of a mean of all rows.

        1 + (m - 1) icc, where m is the size that groups of the same size would have; `effective` is
        how many independent rows say as much. See
        `mixwell.interpret.sizes.intraclass.design_effects`. Source: Kish (1965).

        >>> fit.design_effects()["groups"].tolist()
        [15]
        """
        return design_effects(self.drawn, scale, ci_prob=ci_prob)
