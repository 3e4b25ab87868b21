"""Renderers: plain values as text, HTML and figures; they know no record. Start with `page`."""
