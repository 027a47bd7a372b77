"""Classifiers: what a network sees, what its answers are, and what superpixels look like to it."""
