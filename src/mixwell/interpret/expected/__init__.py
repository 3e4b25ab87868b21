"""What a fitted model expects at linear predictors, in every draw; start with `taken_back`."""
