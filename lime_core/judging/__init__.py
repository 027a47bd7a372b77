"""Whether the model itself finds important what a map calls important."""
