"""How large things are: shares of variance, design effects; start with `components`."""
