"""The parts of the translator, each kind of call in a room: begin with `statements.py`."""
