"""Files that hold one table together, found, compared and read; start with `file_tables`."""
