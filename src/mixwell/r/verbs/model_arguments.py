"""R's arguments of a model: family, subset, weights, offset, contrasts, na.action."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mixwell.design.atoms.evaluation import training_frame
from mixwell.design.atoms.values import Logical
from mixwell.errors import DataError, require_choice, warn
from mixwell.families import get_family
from mixwell.formula import parse_expression
from mixwell.model import Model
from mixwell.r.dialect.family_facts import R_NAMES, foreign
from mixwell.recipe import as_formulas
from mixwell.tables.frame import read_frame

# The columns of R's model.frame.
WEIGHTS, OFFSET = "(weights)", "(offset)"
#: Families as R and its packages spell them, without regard to capitals.
FAMILIES = {r_name.lower(): name for r_name, (name, _) in R_NAMES.items()}
#: Links that R takes where none is given, where they differ from mixwell's.
R_LINKS = {name: link for name, link in R_NAMES.values() if link}
MISSING = {"na.omit": "drop", "na.exclude": "drop", "na.fail": "error"}


@dataclass(frozen=True, slots=True)
class ModelArguments:
    """What R's model functions share.

    `weight_kind` is mixwell's own: without it weights are precisions, as in lm and lmer, or where
    the package `multiplies` log likelihoods by them frequencies, which is the same.
    """

    data: object
    family: object = "gaussian"
    subset: object = None
    weights: object = None
    offset: object = None
    contrasts: Mapping[str, object] | None = None
    na_action: str = "na.omit"
    weight_kind: str | None = None
    multiplies: bool = False

    def model(
        self,
        formula: str | Sequence[str],
        *,
        links: Mapping[str, str] | None = None,
        package: str = "",
        priors: Mapping[str, object] | None = None,
        saturated: str = "refuse",
    ) -> Model:
        """Return the `Model` that these arguments mean; raises as `Model`.

        `links` are those of R that differ from the families' own here; a name of a family that
        the `package` lacks or takes for other quantities is refused.
        """
        frame = read_frame(self.data)
        texts = list(as_formulas(formula))
        weights = self.weights
        if weights is not None and not isinstance(weights, str):
            frame, weights = frame.assign(**{WEIGHTS: _column(weights, frame, "weights")}), WEIGHTS
        if self.offset is not None:
            text = self.offset if isinstance(self.offset, str) else f"`{OFFSET}`"
            if not isinstance(self.offset, str):
                frame = frame.assign(**{OFFSET: _column(self.offset, frame, "offset")})
            texts[0] = f"{texts[0]} + offset({text})"
        if self.subset is not None:
            frame = frame[_rows(self.subset, frame)]
        family, link = read_family(self.family, links or {})
        if package and (reason := foreign(str(family), package)):
            raise DataError(
                f"{reason}.",
                where="family",
                hint=f'Write it as mw.Model(..., family="{family}").',
            )
        return Model(
            texts,
            frame,
            family,
            link=link,
            priors=priors or None,
            contrasts=self.contrasts,
            weights=weights,
            weight_kind=self._weight_kind(family),
            missing=_missing(self.na_action),
            saturated=saturated,
        )

    def _weight_kind(self, family: object) -> str | None:
        """Return what the weights are: what was said, or what R's function means by them."""
        if self.weight_kind is None and self.multiplies and self.weights is not None:
            known = get_family(family) if isinstance(family, str) else family
            return "frequency" if getattr(known, "scale", None) is not None else None
        return self.weight_kind


def read_family(family: object, links: Mapping[str, str]) -> tuple[Any, str | None]:
    """Return name and link of a family written as in R; `links` are R's defaults that differ.

    >>> read_family('binomial(link = "probit")', {})
    ('binomial', 'probit')
    >>> read_family("Gamma", {"gamma": "inverse"})
    ('gamma', 'inverse')
    """
    if not isinstance(family, str):
        return family, None
    name, _, rest = family.strip().partition("(")
    given = rest.rpartition("=")[2].strip(" )\"'")
    key = name.strip().lower()
    found = FAMILIES.get(key, key)
    return found, given or links.get(found)


def _missing(action: str) -> str:
    require_choice("na_action", action, MISSING)
    return MISSING[action]


def _column(values: Any, frame: pd.DataFrame, name: str) -> np.ndarray[Any, Any]:
    try:
        column = np.asarray(values)
    except ValueError:  # lists of unequal length
        raise DataError(f"{name}= has no single value a row.", where=name) from None
    if column.shape != (len(frame),):
        raise DataError(f"{name}= has {column.size} values for {len(frame)} rows.", where=name)
    return column


def _rows(subset: Any, frame: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which rows a condition, as text or one truth value a row, keeps."""
    if not isinstance(subset, str):
        rows = _column(subset, frame, "subset")
    else:
        value = training_frame(frame, text=subset).variable(parse_expression(subset))
        rows = value.numbers() == 1 if isinstance(value, Logical) else np.asarray(value)
    if rows.dtype != bool:
        raise DataError(
            "subset= is a condition, or one truth value a row.",
            where="subset",
            hint='For example subset="Days > 1", or subset=data["Days"] > 1.',
        )
    return rows


def without_effect(verb: str, reason: str, **given: object) -> None:
    """Warn in one sentence of arguments that steer what is not used here, where any is given."""
    names = [name for name, value in given.items() if value is not None]
    if names:
        said = ", ".join(f"{name}=" for name in names)
        does = "has" if len(names) == 1 else "have"
        warn(f"{verb}: {said} {does} no effect here: {reason}")
