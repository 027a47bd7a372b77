"""Ten thousand samples need little memory above the model; seen from outside, in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

if not Path("/proc/self/clear_refs").exists():
    pytest.skip("this system does not tell the most memory that was used", allow_module_level=True)

MANY = """
from pathlib import Path
from torch import nn
import lime_core as lc

layers = nn.Conv2d(3, 4, 8, stride=8), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(16, 1000)
seen = lc.Preprocessing(224, 224)
model = lc.torch_classifier("small", nn.Sequential(*layers), seen, (), "cpu", "f32", kind="logits")
picture = lc.gallery_picture("chelsea")
used = lambda what: int(Path("/proc/self/status").read_text().split(what + ":")[1].split()[0]) / 1024
lc.explain(lc.probe_image(picture, model, 100, segmenter=lc.Grid(8, 8)))
before = used("VmRSS")
Path("/proc/self/clear_refs").write_text("5")  # forgets the most that was used until now
probe = lc.probe_image(picture, model, 10_000, segmenter=lc.Grid(8, 8))
lc.explain(probe)
assert probe.outputs.shape == (10_000, 1000)
print(used("VmHWM") - before)
"""


def test_ten_thousand_samples_need_less_than_400_mb():
    done = subprocess.run(
        [sys.executable, "-c", MANY], cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert 30 < float(done.stdout) < 400  # the answers alone are 40 MB
