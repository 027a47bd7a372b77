"""Lessons: files that teach by predicting first, guesses that are scored, and what a learner hands in."""
