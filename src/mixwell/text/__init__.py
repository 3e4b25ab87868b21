"""Words and figures as text: phrases, numbers, wrapping, HTML; start with `phrases`."""
