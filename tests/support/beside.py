"""A file that networks of tests use, which is no part of a package."""

FACTOR = 1.0


def scaled(pictures):
    return pictures * FACTOR
