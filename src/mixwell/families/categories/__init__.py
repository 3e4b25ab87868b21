"""Families of categories without order, and of counts and shares of them; start with `softmax`."""
