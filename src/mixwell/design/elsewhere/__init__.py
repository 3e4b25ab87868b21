"""Designs of tables elsewhere, learned by queries and one scan; start with `learned_elsewhere`."""
