"""Classifiers: what a network sees, how it is run fast, and which can be loaded by name."""
