"""Torch on a GPU or a processor: engines, digits, what is compiled meanwhile, and quickshift's tree."""
