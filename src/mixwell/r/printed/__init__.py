"""Prints in the layouts that R users know. Begin with `layout_lme4.py`."""
