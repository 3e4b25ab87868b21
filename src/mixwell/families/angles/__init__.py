"""Families of angles; start with `von_mises`."""
