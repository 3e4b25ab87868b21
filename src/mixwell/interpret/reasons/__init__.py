"""Why a table's numbers are what they are: the weights of rows behind each; start with `why`."""
