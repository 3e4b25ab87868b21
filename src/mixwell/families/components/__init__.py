"""What a family is made of: parameters, a support, functions of a row; start with `parameter`."""
