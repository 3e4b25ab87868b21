"""Families of outcomes, counts out of trials, and proportions; start with `binomial`."""
