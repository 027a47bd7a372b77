"""The real app with a small model whose classes have hostile names.

python -m tests.support.hostile_server run app.py --server.port 8501
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

import lime_core as lc
from tests.support.hostile import HOSTILE

SIDE = 64
CLASSES = tuple(text.replace("\ud800", "") for text in HOSTILE)


def scores(pictures: Any) -> Any:
    """(n, k) logits that depend on how bright each of as many strips of the picture is."""
    strips = np.array_split(pictures.mean(axis=(2, 3)) / 25.5, len(CLASSES), axis=1)
    return np.stack([strip.mean(axis=1) for strip in strips], axis=1)


def main() -> None:
    load_model = lc.load_model

    def load(name: str, precision: str = "auto", download: bool = True) -> lc.Classifier:
        if not name.startswith("efficientnet"):
            return load_model(name, precision=precision, download=download)
        return lc.wrap_model(scores, CLASSES, kind="logits", input_size=(SIDE, SIDE), name=name)

    lc.load_model = load  # type: ignore[assignment]

    from streamlit.web.cli import main as streamlit

    sys.argv = ["streamlit", *sys.argv[1:]]
    streamlit()


if __name__ == "__main__":
    main()
