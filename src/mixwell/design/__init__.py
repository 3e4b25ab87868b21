"""Formula and data to columns, blocks and a response, learned once; start with `design`."""

from mixwell.design.blocks.group_block import GroupBlock
from mixwell.design.codings.choices import (
    Contrast,
    Custom,
    Deviation,
    Full,
    Helmert,
    Hypotheses,
    Poly,
    Simple,
    SuccessiveDifferences,
    Sum,
    Treatment,
)
from mixwell.design.columns.fixed_effects import FixedEffects
from mixwell.design.design import Design, build_design
from mixwell.design.predictor import Predictor
from mixwell.design.response.response import Response

__all__ = [
    "Contrast",
    "Custom",
    "Design",
    "Deviation",
    "FixedEffects",
    "Full",
    "GroupBlock",
    "Helmert",
    "Hypotheses",
    "Poly",
    "Predictor",
    "Response",
    "Simple",
    "SuccessiveDifferences",
    "Sum",
    "Treatment",
    "build_design",
]
