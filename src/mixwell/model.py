"""`Model`: the user's handle on a formula, data and choices; it delegates."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike

from mixwell.design.design import Design
from mixwell.design.frame import read_frame
from mixwell.errors import SamplingError
from mixwell.fit import Fit
from mixwell.infer.engine import choose_engine, pymc_model, run
from mixwell.infer.geometry import resolve_geometry
from mixwell.interpret.explain import explain_model
from mixwell.interpret.explanation import Entry, Explanation
from mixwell.recipe import Recipe, as_formulas
from mixwell.specify.families import Family
from mixwell.specify.spec import Spec

if TYPE_CHECKING:
    import pymc as pm


class Model:
    """A mixed model: everything is read and checked here, nothing is compiled yet.

    `formula` is a text, or several of which the first is for the mean and the others for further
    parameters (`"sigma ~ x"`). `data` is a pandas frame or any table that narwhals reads. `priors`
    replaces defaults by name, `contrasts` codings by column; `weights` is a column or one number a
    row; `missing="error"` refuses rows with gaps, which are dropped and counted otherwise;
    `functions` adds functions for use in the formula.

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
        family: str | Family = "gaussian",
        *,
        link: str | None = None,
        priors: Mapping[str, object] | None = None,
        contrasts: Mapping[str, object] | None = None,
        weights: str | ArrayLike | None = None,
        missing: str = "drop",
        functions: Mapping[str, Callable[..., object]] | None = None,
    ) -> None:
        self._recipe = Recipe(
            formulas=as_formulas(formula),
            data=read_frame(data),
            family=family,
            link=link,
            priors=priors,
            contrasts=contrasts,
            weights=weights,
            missing=missing,
            functions=functions,
        )
        self._spec = self._recipe.specify()

    @property
    def formula(self) -> str:
        """The formulas as text, one a line."""
        return "\n".join(self._spec.formulas)

    @property
    def spec(self) -> Spec:
        """Every choice of the model; printing it shows the whole model in text."""
        return self._spec

    @property
    def design(self) -> Design:
        """The design: `.common` (fixed-effect columns by name) and `.blocks` (random effects)."""
        return self._spec.design

    @property
    def priors(self) -> pd.DataFrame:
        """The prior of every parameter with the reason for it."""
        return self._spec.priors.frame

    def explain(self, name: str | None = None) -> Explanation | Entry:
        """Return what every parameter will mean, before any sampling; with a name, that one.

        Raises `DataError` with the nearest names.

        >>> import mixwell as mw
        >>> model = mw.Model("breaks ~ wool * tension", mw.load_data("warpbreaks"))
        >>> model.explain("wool[B]").sentence
        'B minus A, at tension = L'
        """
        explanation = explain_model(self._spec)
        return explanation if name is None else explanation[name]

    @cached_property
    def pymc(self) -> "pm.Model":
        """The model in PyMC, built on first use: open it, add to it, sample it by hand."""
        return pymc_model(self._spec)

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
        **sampler: Any,
    ) -> Fit:
        """Draw from the posterior and return the fit; nothing is printed but a progress bar.

        `progressbar=None` shows one on a terminal and in a notebook only. The same `seed` gives the
        same draws. `sampler` passes on to `pm.sample`. After an interrupt (Ctrl-C) the draws so far
        are kept, with a warning that says how many.

        Raises `DataError` or `SamplingError` for arguments that cannot be, before anything is
        compiled, and `SamplingError` when no draw could be made.
        """
        check_settings(self._spec, engine, parameterization, draws, tune, chains, target_accept)
        # A user may have added to the model that `pymc` shows: that one is sampled.
        built = self.pymc if parameterization == "auto" else None
        try:
            idata = run(
                self._spec,
                engine=engine,
                parameterization=parameterization,
                draws=draws,
                tune=tune,
                chains=chains,
                seed=seed,
                progressbar=progressbar,
                target_accept=target_accept,
                model=built,
                **sampler,
            )
        except RuntimeError as error:  # what nutpie and PyMC raise when no draw can be made
            raise SamplingError(
                "The sampler failed.",
                where=str(error).strip().split("\n")[0],
                hint="Look at print(model.spec): priors or data may give no finite density.",
            ) from error
        return Fit(self._spec, idata, _made_by(engine, idata), self._recipe)

    def __repr__(self) -> str:
        design = self._spec.design
        factors = [
            f"{factor} {len(levels)} levels"
            for factor, levels in self._spec.layout.factor_levels.items()
        ]
        size = "; ".join([f"{design.n} observations", *factors])
        lines = self.formula.replace("\n", "\n       ")
        notes = [f"Note: {note}" for note in self._spec.notes]
        return "\n".join([f"Model: {lines}", f"{self._spec.family.name}, {size}", *notes])


def check_settings(
    spec: Spec,
    engine: str,
    parameterization: object,
    draws: int,
    tune: int,
    chains: int,
    target_accept: float | None,
) -> None:
    """Refuse arguments of `Model.fit` that cannot be, before PyMC is even imported.

    Raises `DataError` for unknown names and `SamplingError` for numbers out of range and for what
    is not available.
    """
    choose_engine(spec, engine)
    resolve_geometry(parameterization, spec.layout)
    numbers: dict[str, object] = {"draws": draws, "tune": tune, "chains": chains}
    for name, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
            raise SamplingError(
                f"{name} is {value!r}.", where=name, hint="Give a whole number from 1 on."
            )
    if target_accept is not None and not 0 < target_accept < 1:
        raise SamplingError(
            f"target_accept is {target_accept!r}.",
            where="target_accept",
            hint="Give a number between 0 and 1, such as 0.95.",
        )


def _made_by(asked: str, idata: xr.DataTree) -> dict[str, str]:
    """Say which engine made the draws, how, and why that one."""
    notes = idata["posterior"].attrs
    name = str(notes.get("engine", "nuts"))
    coordinates = str(notes.get("parameterization", ""))
    label = f"{name.upper() if name == 'nuts' else name}, {coordinates}".removesuffix(", ")
    if "tuning_steps" in notes:
        label += f", after {notes['tuning_steps']} warmup draws a chain"
    reason = "chosen automatically" if asked == "auto" else "asked for"
    return {"name": name, "reason": reason, "parameterization": coordinates, "label": label}
