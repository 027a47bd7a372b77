"""The models that have a name: where their weights are, how they are fetched, read and built."""
