"""Words and figures as text: phrases, numbers, columns, wrapping, HTML; start with `phrases`."""
