"""R's verbs that test terms, by lmerTest, car and emmeans; start with `term_verbs`."""
