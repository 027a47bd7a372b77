"""What takes long and what stays: caches, growing, the run of a session, its priors, and errors as messages."""
