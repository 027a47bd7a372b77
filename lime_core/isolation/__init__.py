"""Models of visitors, each in a process of its own that may hang or die."""
