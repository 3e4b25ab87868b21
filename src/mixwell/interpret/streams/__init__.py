"""Answers of tables of any size, written as they are made; start with `predicted_table`."""
