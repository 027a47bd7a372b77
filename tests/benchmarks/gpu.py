"""This project on a CUDA GPU: quickshift's tree, precisions, compiled or not, many visitors, a prior; says so where
there is none.

    make bench PART=gpu PHOTOS=folder

Without PHOTOS the photos are those of the gallery.  Each figure stands beside the one that is aimed at on an H100.
"""

from __future__ import annotations

import copy
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from skimage import segmentation as skimage_segmentation
from torch import nn
from torchvision.models import get_model

import lime_core as lc
from lime_core.cli.main import main
from lime_core.devices.density_tree import density_tree
from lime_core.superpixels import quickshift
from tests.benchmarks.bare import BATCHES, alone, compiling
from tests.benchmarks.photos import chosen, read
from tests.benchmarks.speed import SAMPLES, difference, timed

Row = dict[str, object]
Visit = tuple[lc.ProbeSpec, lc.Picture, lc.Classifier, int]

REPEATS = 5
SIDES = {224: "20", 300: ""}
MODEL, LARGE = "efficientnet_lite0", "resnet101"
NETWORKS = (MODEL, "resnet50", LARGE, "vit_b_16")
VISITORS, SCENES = 30, 6
FRESH = """\
import time
import lime_core as lc
model, picture = lc.load_model({model!r}, {device!r}), lc.gallery_picture("chelsea")
start = time.perf_counter()
lc.explain_image(picture, model, num_samples={samples})
print(time.perf_counter() - start)
"""


def run() -> list[Row]:
    """One row for each figure."""
    if not torch.cuda.is_available():
        return [{"gpu": "none on this machine, nothing was measured"}]
    pictures = [picture for picture, _ in read(chosen(50))] or [lc.gallery_picture(name) for name in lc.GALLERY]
    card = {"card": f"{torch.cuda.get_device_name()}, torch {torch.__version__}"}
    rows = []
    for row in figures("cuda", pictures, SAMPLES):
        print(row, flush=True)  # the time on a GPU may end before the last of them
        rows.append(card | row)
    return rows


def figures(device: str, pictures: list[lc.Picture], samples: int) -> Iterator[Row]:
    """All rows, on any device; a test measures little of each on the processor.

    A part that fails is a row that says so, and the others go on.
    """
    parts: list[Callable[[], Iterator[Row]]] = [
        *(partial(_tree, device, pictures, side, aim) for side, aim in SIDES.items()),
        partial(_walls, device, pictures[0], samples),
        partial(_fresh, device, samples),
        partial(_crowd, device, pictures, samples),
        partial(_moved, device, pictures, samples),
        partial(_prior, device, pictures, samples),
        *(partial(_precisions, device, name, pictures[0], samples) for name in NETWORKS),  # the longest
    ]
    for part in parts:
        try:
            yield from part()
        except Exception as error:
            given = [str(each) for each in part.args if isinstance(each, str | int)]
            yield _row(f"{part.func.__name__.strip('_')} ({', '.join(given)}) failed", repr(error), "")


def _row(what: str, found: object, aim: str) -> Row:
    return {"what": what, "found": found, "aimed at": aim}


def _tree(device: str, pictures: list[lc.Picture], side: int, aim: str) -> Iterator[Row]:
    seen = lc.Preprocessing(side, side)
    durations, differing = [], 0
    for picture in pictures:
        image = seen.view(picture.pixels)
        density_tree(image, 4.0, 0.2, 0.0, device)
        start = time.perf_counter()
        parents, _ = density_tree(image, 4.0, 0.2, 0.0, device)
        durations.append(1000 * (time.perf_counter() - start))
        _, expected, _ = skimage_segmentation.quickshift(image, kernel_size=4, ratio=0.2, return_tree=True)
        differing += int((np.asarray(expected).ravel() != parents).sum())
    yield _row(f"quickshift's tree at {side}, ms", statistics.median(durations), aim)
    yield _row(f"pixels with another parent at {side}, {len(pictures)} photos", differing, "0")


def _network(name: str) -> tuple[nn.Module, lc.Preprocessing]:
    """Lite0 with its weights, others with random ones: that is as fast.

    Residual blocks begin as nothing, for in evaluation mode their sums would grow beyond what f16 holds; and a head of
    zeros, as a vision transformer's begins, would give the same answers to everything.
    """
    if name == MODEL:
        module, seen, _ = (entry := lc.find_model(name)).build(entry.weights)
        return module.eval(), seen
    torch.manual_seed(0)
    module = get_model(name, weights=None, **({"zero_init_residual": True} if name.startswith("resnet") else {}))
    if name.startswith("vit"):
        nn.init.normal_(module.heads.head.weight, std=0.02)
    return module.eval(), lc.Preprocessing(224, 224)


def _precisions(device: str, name: str, picture: lc.Picture, samples: int) -> Iterator[Row]:
    module, seen = _network(name)
    expected: lc.Probe | None = None
    for precision in lc.precisions_of(device)[1:]:
        for engine in ("torch", "auto"):
            own, compiled = copy.deepcopy(module), engine == "auto"
            how = f"{name}, {precision}{', compiled' * compiled}"
            model = lc.torch_classifier(name, own, seen, (), device, precision, engine, "logits")
            if compiled and (state := compiling(model, picture)) != "compiled":
                yield _row(how, state, "compiled")
                continue
            opened = lc.open_probe(lc.ProbeSettings().spec(picture, model), picture, model)
            grow = partial(_grown, opened, model, samples)
            rate = samples / _median(grow)
            yield _row(f"{how}, samples/s", rate, "")
            rows = model.engine.batch_size
            bare = BATCHES * rows / _median(alone(own, seen, device, precision, rows, compiled))
            yield _row(f"{how}, share of the bare network", rate / bare, "0.9")
            expected = expected or grow()  # f32, as it is
            moved = difference(grow(), expected)
            yield _row(f"{how}, most a weight moves, standard errors", moved["max |dw| in se"], "")
        if torch.device(device).type == "cuda":
            torch.cuda.empty_cache()


def _grown(opened: lc.Probe, model: lc.Classifier, samples: int) -> lc.Probe:
    *_, probe = lc.grow(opened, samples, model)
    return probe


def _median(step: Callable[[], object]) -> float:
    step()
    return statistics.median(timed(step) for _ in range(REPEATS))


def _walls(device: str, picture: lc.Picture, samples: int) -> Iterator[Row]:
    model, plain = lc.load_model(MODEL, device), lc.load_model(MODEL, device, engine="torch")
    yield _row("lite0, auto", model.engine.description, "")

    def explained(model: lc.Classifier) -> object:
        quickshift._tree.cache_clear()
        return lc.explain_image(picture, model, num_samples=samples)

    yield _row("lite0, segmented, asked and fitted, s", _median(lambda: explained(plain)), "0.10")
    module, seen = _network(LARGE)
    large = lc.torch_classifier(LARGE, module, seen, (), device, engine="torch", kind="logits")
    yield _row(f"{LARGE}, auto", large.engine.description, "")
    found = _median(lambda: lc.explain_image(picture, large, num_samples=samples // 2))
    yield _row(f"{LARGE}, half the samples, s", found, "0.12")
    state = compiling(model, picture)  # last, for nothing is to be measured beside a compiler
    found = _median(lambda: explained(model)) if state == "compiled" else state
    yield _row("lite0, the same compiled, s", found, "0.06")


def _fresh(device: str, samples: int) -> Iterator[Row]:
    command = [sys.executable, "-c", FRESH.format(model=MODEL, device=device, samples=samples)]
    seconds = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    yield _row("lite0, first explanation of a process, s", seconds, "3")


def _crowd(device: str, pictures: list[lc.Picture], samples: int) -> Iterator[Row]:
    """The samples a second of many visitors together, by those of one; each has the weights of who asks alone."""
    model = lc.load_model(MODEL, device, engine="torch")  # which nothing is compiled beside
    photos = [pictures[number % len(pictures)] for number in range(SCENES)]
    specs = [lc.ProbeSettings().spec(photo, model) for photo in photos]
    opened = lc.open_probe(specs[0], photos[0], model)  # the others' photos are cut before they are asked about too
    alone = samples / _median(partial(_grown, opened, model, samples))
    store = _cut(specs, photos, model)
    visits = [(specs[number % SCENES], photos[number % SCENES], model, samples) for number in range(VISITORS)]
    found = {}
    together = timed(lambda: found.update(enumerate(_at_once(store, visits))))
    owns = [lc.explain(lc.probe_image(photo, model, samples)) for photo in photos]
    for number, probe in found.items():
        own = owns[number % SCENES]
        np.testing.assert_allclose(lc.explain(probe, own.settings.class_index).weights, own.weights, atol=0.01)
    share = len(set(specs)) * samples / together / alone
    yield _row(f"lite0, {VISITORS} visitors, {SCENES} photos, share of one", share, "0.9")
    few = max(1, samples // 32)
    seeds = [lc.ProbeSettings(seed=number).spec(photos[number % SCENES], model) for number in range(VISITORS)]
    visits = [(spec, photos[number % SCENES], model, few) for number, spec in enumerate(seeds)]
    store = _cut(specs, photos, model)
    turns = timed(lambda: [_at_once(store, [visit]) for visit in visits])
    store = _cut(specs, photos, model)
    probes: list[lc.Probe] = []
    together = timed(lambda: probes.extend(_at_once(store, visits)))
    for probe, (spec, photo, *_) in zip(probes, visits, strict=True):
        own = lc.probe_image(photo, model, few, seed=spec.seed)
        np.testing.assert_allclose(probe.scores(0, "probability"), own.scores(0, "probability"), atol=0.01)
    faster = turns / together
    yield _row(f"lite0, {VISITORS} visitors with {few} samples each, times as fast as in turn", faster, "above 1")


def _cut(specs: list[lc.ProbeSpec], photos: list[lc.Picture], model: lc.Classifier) -> lc.ProbeStore:
    """A store in which the photos are cut, and nothing is asked."""
    store = lc.ProbeStore()
    for spec, photo in zip(specs, photos, strict=True):
        store.segmentation(photo, model, spec.segmenter)
    return store


def _at_once(store: lc.ProbeStore, visits: list[Visit]) -> list[lc.Probe]:
    """The probes of visitors who come at the same moment, each in a thread."""
    with ThreadPoolExecutor(len(visits)) as threads:
        return [*threads.map(lambda visit: [*store.grow(*visit)][-1], visits)]


def _moved(device: str, pictures: list[lc.Picture], samples: int) -> Iterator[Row]:
    model, exact = lc.load_model(MODEL, device), lc.load_model(MODEL, device, "f32", "torch")
    found = [
        difference(lc.probe_image(picture, model, samples), lc.probe_image(picture, exact, samples))
        for picture in pictures
    ]
    what = f"lite0, auto beside f32, {len(pictures)} photos"
    yield _row(f"{what}, most a weight moves, standard errors", max(each["max |dw| in se"] for each in found), "0.2")
    yield _row(f"{what}, share with the same top five", statistics.mean(each["same top 5"] for each in found), "1")


def _prior(device: str, pictures: list[lc.Picture], samples: int) -> Iterator[Row]:
    durations, files = [], []
    with tempfile.TemporaryDirectory() as folder:
        for number, picture in enumerate(pictures):
            Image.fromarray(picture.pixels).save(Path(folder, f"{number}.png"))
        for out in (Path(folder, "one.npz"), Path(folder, "two.npz")):
            build = ["prior", "build", f"{folder}/*.png", "--num-samples", str(samples), "--out", str(out)]
            build += ["--work", str(out.with_suffix("")), "--model", MODEL, "--no-faithfulness", "--device", device]
            durations.append(timed(lambda build=build: main(build)))
            files.append(out.read_bytes())
    yield _row(f"prior of {len(pictures)} photos, s", min(durations), "90 for 800 photos")
    yield _row("the same prior twice", files[0] == files[1], "True")
