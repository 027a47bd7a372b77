"""Fitting, arrays in and arrays out: selection, linear models, the tree, the pull towards a prior."""
