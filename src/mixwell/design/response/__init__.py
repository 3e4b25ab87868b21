"""The left side of a formula as numbers; start with `left_hand_side`."""
