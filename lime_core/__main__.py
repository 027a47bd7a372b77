"""`python -m lime_core`, the same as `lime-core`."""

from lime_core.cli.main import run

if __name__ == "__main__":
    run()
