"""Tuning: which settings, for these photos and models, and what of that holds for others."""
