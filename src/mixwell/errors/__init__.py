"""Exceptions that say what is wrong, where, and the nearest valid choice; start with `exceptions`.

Everything of it is imported from here.
"""

from mixwell.errors.exceptions import (
    DataError,
    FormulaError,
    MixwellError,
    MixwellWarning,
    PriorError,
    SamplingError,
    warn,
)
from mixwell.errors.requirements import (
    LARGEST,
    is_finite,
    is_number,
    is_truth,
    listed_values,
    require_choice,
    require_known,
    require_mapping,
    require_seed,
    require_text,
    require_texts,
    require_truth,
    require_whole,
    shown,
)
from mixwell.errors.spelling import did_you_mean, nearest

__all__ = [
    "LARGEST",
    "DataError",
    "FormulaError",
    "MixwellError",
    "MixwellWarning",
    "PriorError",
    "SamplingError",
    "did_you_mean",
    "is_finite",
    "is_number",
    "is_truth",
    "listed_values",
    "nearest",
    "require_choice",
    "require_known",
    "require_mapping",
    "require_seed",
    "require_text",
    "require_texts",
    "require_truth",
    "require_whole",
    "shown",
    "warn",
]

for _public in (DataError, FormulaError, MixwellError, MixwellWarning, PriorError, SamplingError):
    _public.__module__ = __name__  # as tracebacks name it, and as it is imported
