"""How far OpenVINO's answers lie from torch's: every photo of the gallery, 1000 samples, lite0, f32 and bf16."""

from __future__ import annotations

import lime_core as lc
from tests.benchmarks.speed import difference, probed


def run() -> list[dict[str, object]]:
    """One row for each photo and precision."""
    reference = lc.load_model("efficientnet_lite0", device="cpu", precision="f32", engine="torch")
    models = [lc.load_model("efficientnet_lite0", device="cpu", precision=precision) for precision in ("f32", "bf16")]
    rows: list[dict[str, object]] = []
    for name in lc.GALLERY:
        picture = lc.gallery_picture(name)
        segmentation = lc.segment(reference.view(picture), lc.Quickshift())
        expected = probed(reference, picture, segmentation)
        for model in models:
            found = difference(probed(model, picture, segmentation), expected)
            rows.append({"photo": name, "with": model.engine.description} | found)
    return rows
