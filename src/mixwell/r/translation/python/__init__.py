"""Python as the translator writes it: expressions, lines, scripts. Begin with `pycode.py`."""
