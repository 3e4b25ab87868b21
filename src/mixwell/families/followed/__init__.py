"""Texts of functions followed with other values than numbers; start with `derivatives`."""
