"""Families made of others: with more zeros, or without any; start with `zero_inflated`."""
