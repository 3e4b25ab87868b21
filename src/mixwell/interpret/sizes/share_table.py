"""Tables of shares and of sizes: a row each, on a named scale."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.draws import diagnostics, estimates, interval_settings
from mixwell.posterior.posterior import Posterior
from mixwell.specify.spec import Spec

__all__ = ["share_table"]


def share_table(
    rows: Mapping[str, FloatArray],
    posterior: Posterior,
    name: str,
    scale: str,
    ci_prob: float | None,
    kind: Mapping[str, str] = MappingProxyType({}),
) -> pd.DataFrame:
    """Summarize draws `(sample,)` by label; the column `scale` names the scale that they are on.

    `name` is what the labels are called; `kind` has further columns that say what the numbers are.
    """
    draws = np.stack([values.reshape(posterior.shape) for values in rows.values()], axis=2)
    settings = interval_settings(ci_prob)
    columns = {**estimates(draws, settings), **diagnostics(draws)}
    said = {**kind, "scale": _scale_words(posterior.spec, scale)}
    about = "before truncation" if posterior.spec.response.truncated else ""
    return settings.said(pd.DataFrame({name: list(rows), **said, **columns}), about)


def _scale_words(spec: Spec, scale: str) -> str:
    linear = spec.family.linear_scale if scale == "latent" else ""
    return f"{scale} ({linear})" if linear else scale
