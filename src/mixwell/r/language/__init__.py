"""R's language: text to tokens, tokens to a tree, the tree back to text. Begin with `reader.py`."""
