"""Lessons: files that teach by predicting first, the figures that they speak of, and guesses that are scored."""
