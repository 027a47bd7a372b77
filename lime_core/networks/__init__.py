"""Torch modules as people bring them: copied, asked on trial, and run in whatever way they can be."""
