"""Superpixels of somebody else: label maps, and the files that they come in."""
