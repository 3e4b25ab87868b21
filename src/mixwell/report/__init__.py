"""What a fit prints as a whole: its summary page and its report; start with `fit_page`."""
