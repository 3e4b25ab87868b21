"""Hypotheses on named draws: their language, how probable they are; start with `verdicts`."""
