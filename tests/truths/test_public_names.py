"""The public names stand in one list, and bring no more of the core than is used."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import lime_core as lc

STUB = Path(lc.__file__).with_suffix(".pyi")
BROUGHT = """\
import sys
import lime_core as lc
{use}
print(*sorted(sys.modules))
"""


def brought(use: str = "") -> set[str]:
    """Modules that a new process has after these lines."""
    command = [sys.executable, "-c", BROUGHT.format(use=use)]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_what_type_checkers_are_told_is_what_there_is():
    tree = ast.parse(STUB.read_text("utf-8"))
    imported = [alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names]
    [listed] = [ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign)]
    assert sorted(imported) == sorted(listed) == sorted(lc.__all__) == sorted(dir(lc))
    assert all(hasattr(lc, name) for name in listed)


def test_a_name_that_is_not_there_is_an_error_of_the_usual_kind():
    assert not hasattr(lc, "expalin")


def test_the_package_itself_brings_neither_torch_nor_numpy():
    assert not brought() & {"torch", "numpy", "sklearn", "skimage", "scipy"}


def test_a_model_brings_no_surrogate_and_no_method_beside_lime():
    there = brought("lc.load_model, lc.load_isolated")
    assert "torch" in there
    assert not there & {"sklearn", "captum", "xaitk_saliency", "optuna", "lime_core.explanation.fitting"}


ALONE = [
    "e = lc.explain_image(lc.GALLERY['coffee'].open(), lambda p: p.mean((1, 2, 3))[:, None] / 255, num_samples=20)\n"
    "e.save({out!r})",
    "lc.RidgeWithPrior\nlc.FitSettings(prior={prior!r})",
]


@pytest.mark.parametrize("use", ALONE, ids=["save", "prior"])
def test_what_a_result_can_do_needs_no_other_name_to_be_used_before(use, tmp_path):
    prior = Path(__file__).parents[2] / "assets" / "priors"
    brought(use.format(out=str(tmp_path / "out"), prior=str(sorted(prior.glob("*.npz"))[0])))
