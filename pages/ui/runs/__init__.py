"""What takes long: caches, growing, the run of a session, and errors as messages."""
