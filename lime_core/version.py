"""The version of this package, written into every manifest."""

__version__ = "0.1.0"
