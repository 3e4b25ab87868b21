"""Tables of a fit: its parameters, what they mean, what they explain."""

import pandas as pd

from mixwell.answers.held_draws import HeldDraws
from mixwell.interpret.sentences.explain import explain_fit
from mixwell.interpret.sentences.explanation import Entry, Explanation
from mixwell.posterior import parameter_tables as tables
from mixwell.posterior.explained_variance import explained_variance, intraclass_correlation
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

    def ranef(self, *, ci_prob: float | None = None) -> pd.DataFrame:
        """Return the deviations: one row a grouping factor (`factor`), `level` and `effect`.

        >>> fit.ranef()["estimate"].round(0).tolist()[:2]
        [14.0, 13.0]
        """
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

    def r2(self, *, ci_prob: float | None = None) -> pd.DataFrame:
        """Return Bayesian R2 with the groups' deviations (`conditional`) and without (`marginal`).

        Of counts out of trials it is that of the proportions.
        Source: Gelman, Goodrich, Gabry and Vehtari (2019).

        >>> fit.r2()["estimate"].round(1).tolist()
        [0.7, 0.1]
        """
        return explained_variance(self.drawn, ci_prob)

    def icc(self, *, ci_prob: float | None = None) -> pd.DataFrame:
        """Return each grouping factor's share of the variance not due to fixed effects.

        On the link scale. Raises `DataError` where that scale has no residual variance.

        >>> fit.icc()["factor"].tolist()
        ['replicate']
        """
        return intraclass_correlation(self.drawn, ci_prob)
