"""The parts of the translator: what R's variables are, and each kind of call as Python."""
