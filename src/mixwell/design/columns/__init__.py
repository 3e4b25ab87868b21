"""The fixed-effect columns, how they are planned, and their rank; start with `column_plan`."""
