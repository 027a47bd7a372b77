"""Stores: what models have answered, kept for many users who ask in turns."""
