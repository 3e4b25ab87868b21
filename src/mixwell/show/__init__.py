"""Text, HTML, tables and figures of a fit."""
