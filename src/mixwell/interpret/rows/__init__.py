"""Rows that are averaged over: the data's own or a population's; start with `weighed_rows`."""
