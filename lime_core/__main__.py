"""`python -m lime_core`, the same as `lime-core`."""

import sys

from lime_core.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
