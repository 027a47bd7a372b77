"""Settings under one name: those of other packages, and methods that are compared over repeats."""
