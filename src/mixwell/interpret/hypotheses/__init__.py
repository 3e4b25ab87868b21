"""Hypotheses on named draws: their language and how probable they are; start with `verdicts`."""
