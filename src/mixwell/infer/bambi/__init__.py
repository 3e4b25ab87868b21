"""A model handed over to bambi; start with `handover`."""
