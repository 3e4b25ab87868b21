"""`Model`: the user's handle on a formula, data and choices; it delegates."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING, Any

import pandas as pd
from numpy.typing import ArrayLike

from mixwell.design.design import Design
from mixwell.design.elsewhere.summed_seen import sums_of_rows
from mixwell.design.elsewhere.table_seen import TableSeen
from mixwell.design.from_sums.source_of_table import source_of_table
from mixwell.errors import SamplingError
from mixwell.families import Family
from mixwell.fit import Fit, draw
from mixwell.infer.bambi.handover import to_bambi
from mixwell.infer.built_model import BuiltModel
from mixwell.infer.modes.marginal_likelihood import log_marginal_likelihood
from mixwell.infer.modes.point_estimate import PointEstimate
from mixwell.infer.modes.posterior_mode import point_estimate
from mixwell.infer.settings import Settings
from mixwell.interpret.sentences.explain import explain_model
from mixwell.interpret.sentences.explanation import Entry, Explanation
from mixwell.public_calls import public_methods
from mixwell.recipe import Recipe, as_formulas, rows_or_table
from mixwell.specify.spec import Spec
from mixwell.tables.lazy.query_log import Queries

if TYPE_CHECKING:
    import bambi
    import pymc as pm

    from mixwell.design.sums.sums import Sums


@public_methods
class Model:
    """A mixed model: everything is read and checked here, nothing is compiled yet.

    `formula` is a text, or several of which the first is for the mean and the others for further
    parameters (`"sigma ~ x"`) or further responses (`"y2 ~ x"`, each with its own `family` where
    that is a list). `data` is a pandas frame, any table that narwhals reads, a mapping of columns,
    or a path of files: one, a folder, a pattern such as `"trips/*.parquet"`; or the sums that other
    models were reduced to (see `reduction`). `priors` replaces
    defaults by name, `contrasts` codings by column; `weights` is a column or one number a row, and
    `weight_kind` says what they are: "precision" (the default of families with a residual spread,
    whose square they divide), "frequency" (each row counts as so many equal ones) or "survey" (in
    units of their mean they multiply log likelihoods); `missing="error"` refuses rows with gaps,
    which are dropped and counted otherwise; `functions` adds functions for use in the formula.
    `saturated="allow"` takes random effects that are as many as the rows where the family has a
    free residual variance: the data hardly separate the two, and without it they are refused.
    `rescor` lets the residuals of gaussian responses correlate.

    Raises `FormulaError`, `DataError` or `PriorError` with the place and the nearest valid choice.

    >>> import mixwell as mw
    >>> mw.Model("Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"))
    Model: Reaction ~ Days + (Days | Subject)
    gaussian, 180 observations; Subject 18 levels
    """

    def __init__(
        self,
        formula: str | Sequence[str],
        data: object,
        family: str | Family | Sequence[str | Family] = "gaussian",
        *,
        link: str | None = None,
        priors: Mapping[str, object] | None = None,
        contrasts: Mapping[str, object] | None = None,
        weights: str | ArrayLike | None = None,
        weight_kind: str | None = None,
        missing: str = "drop",
        functions: Mapping[str, Callable[..., object]] | None = None,
        saturated: str = "refuse",
        rescor: bool = False,
    ) -> None:
        rows, table, sums = rows_or_table(data)
        self._recipe = Recipe(
            formulas=as_formulas(formula),
            data=rows,
            table=table,
            sums=sums,
            family=family,
            link=link,
            priors=priors,
            contrasts=contrasts,
            weights=weights,
            weight_kind=weight_kind,
            missing=missing,
            functions=functions,
            saturated=saturated,
            rescor=rescor,
        )
        self._spec = self._recipe.specify()
        self._built = BuiltModel(self._spec)

    @property
    def formula(self) -> str:
        """The formulas as text, one a line.

        >>> model.formula
        'angle ~ recipe + temp + (1 | replicate)'
        """
        return "\n".join(self._spec.formulas)

    @property
    def spec(self) -> Spec:
        """Every choice of the model; printing it shows the whole model in text.

        Its notes say what was changed in `model.pymc` by hand.

        >>> print(model.spec)
        Formula: angle ~ recipe + temp + (1 | replicate)
        Family:  gaussian (links: mu identity)
        Rows:    270
        ...
        """
        return self._spec.with_notes(self._built.edits.notes)

    @property
    def design(self) -> Design:
        """The design: `.common` (fixed-effect columns by name) and `.blocks` (random effects).

        >>> list(model.design.common)
        ['Intercept', 'recipe[B]', 'recipe[C]', 'temp']
        >>> [block.factor for block in model.design.blocks]
        ['replicate']
        """
        return self._spec.design

    @property
    def priors(self) -> pd.DataFrame:
        """The prior of every parameter with the reason for it.

        What was changed in `model.pymc` by hand has rows of its own.

        >>> model.priors["parameter"].tolist()
        ['Intercept_centered', 'recipe[B]', 'recipe[C]', 'temp', 'sd_replicate[Intercept]', 'sigma']
        """
        frame, edits = self._spec.priors.frame, self._built.edits
        rows = [(text, "in model.pymc", "", "user", "edited by hand") for text in edits.changes]
        edited = pd.DataFrame(rows, columns=frame.columns)
        return pd.concat([frame, edited], ignore_index=True) if rows else frame

    def explain(self, name: str | None = None) -> Explanation | Entry:
        """Return what every parameter will mean, before any sampling; with a name, that one.

        Raises `DataError` with the nearest names.

        >>> import mixwell as mw
        >>> model = mw.Model("breaks ~ wool * tension", mw.load_data("warpbreaks"))
        >>> model.explain("wool[B]").sentence
        'B minus A, at tension = L'
        """
        self._built.edits.refuse_response("The explanation")
        explanation = explain_model(self._spec)
        return explanation if name is None else explanation[name]

    @property
    def pymc(self) -> "pm.Model":
        """The model in PyMC, built on first use: open it, add to it, sample it by hand.

        Once it was edited, `fit` samples it with NUTS, and what only the formula and the priors can
        answer (the mode, the evidence, bambi's model) is refused. Edits of data, or of what the
        response depends on, are for PyMC's own functions: `fit` refuses them.

        >>> sorted(variable.name for variable in model.pymc.free_RVs)
        ['Intercept_centered', 'b_slopes', 'c_replicate', 'sd_replicate', 'sigma']
        """
        return self._built.model

    @pymc.setter
    def pymc(self, other: object) -> None:
        """Refuse another model in the place of this one's."""
        raise SamplingError(
            "model.pymc cannot be exchanged: formula and priors would not be the other model's.",
            where="model.pymc",
            hint="Edit it in place, or sample the other model with pm.sample() inside it.",
        )

    def geometry(self, parameterization: str | Mapping[str, object] = "auto") -> pd.DataFrame:
        """Return which coordinates NUTS would use for each random effect, and why.

        One row a `factor`, `effect` and `level`: `rows` of data, `ratio` of the information that
        they hold to that of the prior, `choice` ("centered" or "noncentered") and `reason`. The
        rule looks at a quick conditional mode; nothing is sampled. Raises as `fit`.

        >>> import mixwell as mw
        >>> model = mw.Model("Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"))
        >>> model.geometry()["choice"].unique().tolist()
        ['centered']
        """
        return self._built.within(parameterization).geometry.frame.copy()

    def log_marginal_likelihood(
        self,
        *,
        sd: Mapping[str, ArrayLike] | None = None,
        corr: Mapping[str, ArrayLike] | None = None,
        b: Mapping[str, ArrayLike] | ArrayLike | None = None,
        nodes: int | None = None,
        **parameters: Mapping[str, ArrayLike] | ArrayLike,
    ) -> float:
        """Return the log likelihood with the random effects integrated out.

        `sd` and `corr` hold each factor's values in the order of its effects, `parameters` such as
        `sigma` the family's own, or the coefficients of its formula; `b=None` integrates the fixed
        effects of a gaussian model over their priors, flat included (REML). Models that are neither
        gaussian nor of a single factor have Laplace's approximation (`nodes=1`). Raises `DataError`
        for values that are missing or impossible, `SamplingError` for `nodes` that a model has not.

        >>> import mixwell as mw
        >>> flat = {"b": "flat", "Intercept": "flat"}
        >>> data = mw.load_data("sleepstudy")
        >>> model = mw.Model("Reaction ~ Days + (Days | Subject)", data, priors=flat)
        >>> sd, corr = {"Subject": [24.7, 5.92]}, {"Subject": [[1, 0.07], [0.07, 1]]}
        >>> round(model.log_marginal_likelihood(sd=sd, corr=corr, sigma=25.6), 2)
        -871.81
        """
        self._built.edits.refuse("the marginal likelihood")
        return log_marginal_likelihood(self._spec, sd=sd, corr=corr, b=b, nodes=nodes, **parameters)

    def mode(
        self, *, reml: bool = True, flat: bool = False, nodes: int | None = None
    ) -> PointEstimate:
        """Return the posterior mode with standard errors; with `flat`, lmer's fit.

        It is glmer's too, for families without a dispersion: lme4 estimates that otherwise; and
        glmmTMB's, for every family, crossed factors, and formulas of further parameters. `reml`
        integrates the fixed effects of linear models out (else maximum likelihood); `nodes` is
        the number of quadrature nodes of generalized models of one factor (1: Laplace's
        approximation, which others have). `.fixef()` is a table, `.lmer()` the fit in lmer's
        layout; `.coefficients()` and `.joint_tests()` have tests of coefficients and of whole
        terms, with degrees of freedom. Raises `SamplingError` for `nodes` that a model has not, and
        without a mode.

        >>> model.mode(flat=True).fixef()["estimate"].round(1).tolist()
        [1.5, -1.5, -1.5, 0.2]
        """
        self._built.edits.refuse("the mode")
        return point_estimate(self._spec, reml=reml, flat=flat, nodes=nodes)

    def plan(self) -> Queries:
        """Return the queries that were put to the table of this model, printed one a line.

        Each has its purpose, seconds, and the rows of its answer; `.frame` is a table of them. Of
        rows in memory there are none.

        >>> import polars as pl
        >>> import mixwell as mw
        >>> data = pl.from_pandas(mw.load_data("sleepstudy")).lazy()
        >>> mw.options.rows_in_memory = 0
        >>> asked = mw.Model("Reaction ~ Days + (Days | Subject)", data)
        >>> mw.options.rows_in_memory = None
        >>> asked.plan().frame["purpose"].tolist()[-1]
        "sum the columns' products"
        """
        table = self._recipe.table
        none = "rows in memory" if self._recipe.sums is None else "sums"
        return Queries(none) if table is None else table.queries

    def reduction(self) -> "Sums":
        """Return the sums that a gaussian model of a table elsewhere is fitted from.

        They can be saved, added to those of other tables (see `mixwell.combine`), and fitted: they
        stand where data do, `mw.Model(sums.formula, sums)`. What they keep of the data is printed.
        Raises `DataError` for a model whose rows, or counted rows, are in memory.

        >>> import polars as pl
        >>> import mixwell as mw
        >>> data = pl.from_pandas(mw.load_data("sleepstudy")).lazy()
        >>> mw.options.rows_in_memory = 0
        >>> asked = mw.Model("Reaction ~ Days + (Days | Subject)", data)
        >>> mw.options.rows_in_memory = None
        >>> asked.reduction().n
        180
        """
        found = sums_of_rows(self._spec.design)
        seen = self._spec.design.elsewhere
        if not isinstance(seen, TableSeen):
            return found
        source = source_of_table(seen, self._spec.design.mean.formula, self._recipe.columns())
        return replace(found, source=source)

    def to_bambi(self) -> "bambi.Model":
        """Hand the model over to bambi: formula, data, family, priors; not yet built or sampled.

        The design is the same column by column, levels keep their order, priors are handed over.
        A `MixwellWarning` says what is lost: the correlations of random effects, which bambi has
        not, and the names of columns that it would code otherwise (polynomials, sum contrasts,
        splines), which go over as numbers. Raises `DataError` for what would change the likelihood:
        links that bambi has not, weights of a gaussian response, known standard errors, interval
        censoring, priors that are PyMC variables.

        >>> import mixwell as mw
        >>> model = mw.Model("Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"))
        >>> model.to_bambi().formula.main
        'Reaction ~ 1 + Days + (1 | Subject)'
        """
        self._built.edits.refuse("bambi's model")
        return to_bambi(self._spec)

    def fit(
        self,
        engine: str = "auto",
        parameterization: str | Mapping[str, object] = "auto",
        draws: int = 1000,
        tune: int = 1000,
        chains: int = 4,
        seed: int | None = None,
        progressbar: bool | None = None,
        target_accept: float | None = None,
        checkpoint: str | PathLike[str] | None = None,
        min_ess: float | None = None,
        max_time: float | None = None,
        **sampler: Any,
    ) -> Fit:
        """Draw from the posterior and return the fit; nothing is printed but a progress bar.

        `engine="auto"` draws exactly where the random effects can be integrated out and where
        nothing was asked for that only NUTS has; `fit.engine["reason"]` says why.

        `progressbar=None` shows one on a terminal and in a notebook only. The same `seed` gives the
        same draws. `sampler` passes on to `pm.sample`. After an interrupt (Ctrl-C) the draws so far
        are kept, with a warning that says how many.

        `checkpoint="run/"` names a new folder, in which draws are kept while chains run, at most a
        minute apart: when the process is killed, `mixwell.resume("run/")` goes on. The exact
        engine's draws are kept when they are made, all at once.

        `min_ess=2000` goes on drawing, beyond `draws`, until the least effective number of the
        parameters is at least that. `max_time=60` ends sampling after so many seconds: what was
        drawn is kept, as after an interrupt.

        Raises `DataError` or `SamplingError` for arguments that cannot be, before anything is
        compiled, and `SamplingError` when no draw could be made.

        >>> model.fit(seed=1).engine["name"]
        'exact'
        """
        asked = (draws, tune, chains, seed, progressbar, target_accept, sampler, checkpoint)
        settings = Settings(engine, parameterization, *asked, min_ess, max_time)
        return draw(self._spec, self._recipe, settings, self._built)

    def __repr__(self) -> str:
        design = self._spec.design
        factors = [
            f"{factor} {len(levels)} levels"
            for factor, levels in self._spec.layout.factor_levels.items()
        ]
        size = "; ".join([f"{design.observations} observations", *factors])
        lines = self.formula.replace("\n", "\n       ")
        notes = [f"Note: {note}" for note in self.spec.notes]
        return "\n".join([f"Model: {lines}", f"{self._spec.family.name}, {size}", *notes])
