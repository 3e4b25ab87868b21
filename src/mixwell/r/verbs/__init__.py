"""R's own verbs over this project's calls, with R's arguments and prints: see `model_verbs.py`."""
