"""The versions that a result depends on, written into every manifest."""

from __future__ import annotations

import contextlib
import platform
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from types import MappingProxyType

__version__ = "0.1.0"


@cache
def versions(engine: str = "") -> Mapping[str, str]:
    """Versions of what the numbers depend on.

    Parameters
    ----------
    engine : str, default ""
        The description of what ran the model: that of ONNX Runtime has its version, on which no other model depends.

    Returns
    -------
    mapping of str to str
        "lime_core", "python" and the packages that are installed, by name; read-only.
    """
    names = ("numpy", "scipy", "scikit-learn", "scikit-image", "pillow", "torch", "torchvision", "openvino", "timm")
    runtimes = ("onnxruntime-gpu", "onnxruntime") if engine.startswith("ONNX Runtime") else ()
    installed = {}
    for name in (*names, *runtimes):
        with contextlib.suppress(metadata.PackageNotFoundError):
            installed[name.removesuffix("-gpu")] = metadata.version(name)
    return MappingProxyType({"lime_core": __version__, "python": platform.python_version(), **installed})
