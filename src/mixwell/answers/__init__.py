"""What a fit answers, each answer one call into the rooms below; start with `average_answers`."""
