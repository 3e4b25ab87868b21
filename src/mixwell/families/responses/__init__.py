"""Whether a family can have a response, and why not; start with `response_check`."""
