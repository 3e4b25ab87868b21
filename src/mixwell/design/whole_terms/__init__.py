"""The terms of the fixed effects as hypotheses, whatever their coding; start with `hypotheses`."""
