"""Fitting, arrays in and arrays out: kernels, selection, linear models, the tree, the pull towards a prior."""
