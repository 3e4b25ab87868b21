"""Numeric cores that know no model: arrays in, arrays out; start with `arrays`."""
