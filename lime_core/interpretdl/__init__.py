"""Priors of InterpretDL, read without running what they pickle."""
