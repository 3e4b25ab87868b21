"""Rows wherever they lie, behind one door; start with `frame`."""
