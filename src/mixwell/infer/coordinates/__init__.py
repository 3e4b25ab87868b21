"""Which coordinates NUTS sees of the random effects; start with `choice`."""
