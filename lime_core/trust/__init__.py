"""What the samples of one run say about a map beyond its own fit."""
