"""The result of one fit, its settings, and how it is drawn."""
