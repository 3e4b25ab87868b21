"""The specification: every choice of a model, frozen and printable, before anything is compiled."""
