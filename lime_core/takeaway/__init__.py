"""Results as files that others open: one archive, a card, a script that computes the same, and back again."""
