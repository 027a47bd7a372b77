"""Models by name, by a file that describes them, or as a function: loaded, listed, and looked at once."""
