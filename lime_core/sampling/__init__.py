"""Masks: which superpixels each sample shows."""
