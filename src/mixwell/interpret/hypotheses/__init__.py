"""The language of hypotheses; start with `hypothesis_text`."""
