"""Classifiers: what a network sees, what its answers are, and plain functions in its place."""
