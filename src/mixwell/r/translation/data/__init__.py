"""Calls on columns, vectors and data frames, as pandas has them. Begin with `data_frames.py`."""
