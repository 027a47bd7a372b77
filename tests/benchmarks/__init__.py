"""Figures, never tests: `make bench` prints them and writes them to bench.json."""
