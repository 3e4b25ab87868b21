"""Diagnosis of draws: measures against thresholds, each finding with advice; start with `check`."""

from mixwell.diagnose.check import check
from mixwell.diagnose.findings import Finding, Findings

__all__ = ["Finding", "Findings", "check"]
