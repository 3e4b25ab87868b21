"""Tables that stay where they lie, asked by queries; start with `lazy_table`, then `open_table`."""
