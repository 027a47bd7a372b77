"""What the package requires, from the files that list it for `pip install -r`; the rest is in pyproject.toml."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from setuptools import setup

HERE = Path(__file__).parent


def listed(lines: str) -> list[str]:
    """Requirements, one a line; empty lines and comments are left out."""
    return [line for line in lines.splitlines() if line and not line.startswith("#")]


core, dashboard = (HERE / "requirements.txt").read_text("utf-8").split("# The dashboard\n")
testing = listed((HERE / "tests" / "requirements.txt").read_text("utf-8"))
optional = {re.split("[<=>]", line)[0]: line for line in testing}

with TemporaryDirectory() as scratch:  # a build/ beside this file would go on to pack modules that have since moved
    setup(
        install_requires=listed(core),
        extras_require={
            "app": listed(dashboard),
            "timm": [optional["timm"]],
            "ray": [optional["ray"]],
        },
        options={"build": {"build_base": scratch}},
    )
