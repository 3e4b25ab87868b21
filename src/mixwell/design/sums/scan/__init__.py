"""Rows of a table added up, in one scan or by queries; start with `row_scan`."""
