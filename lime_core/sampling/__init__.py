"""Masks: which superpixels each sample shows, and how much each sample counts."""
