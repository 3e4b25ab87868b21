"""The one result value of interpretation; start with `estimates`."""
