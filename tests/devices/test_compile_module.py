"""What compiles in a process of its own: it is told where CUDA is, and says in one line what went wrong."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from lime_core.devices import compile_module
from lime_core.devices.compile_module import LONGEST, OUTPUT, PASSING, REASON, passes, reason, surroundings

CUDA = torch.device("cuda")
HEADERS = ("cuda_runtime.h", "crt/host_defines.h", "nv/target")
NV_TARGET = "/opt/include/cuda_fp16.h:4492:10: fatal error: nv/target: No such file or directory"
NO_LIBRARY = "/usr/bin/ld: cannot find -lcuda"


class InvalidCxxCompiler(RuntimeError):
    """As torch's compiler has it."""


def failed(output):
    """What torch's compiler raises of a C++ compiler that has written so."""
    error = torch._inductor.exc.CppCompileError(["g++", "-c", "main.cpp"], f"In file included from main.cpp:\n{output}")
    return torch._inductor.exc.InductorError(error, "Error")


@pytest.mark.parametrize(
    ("met", "passing"),
    [
        (OSError(28, "No space left on device"), True),
        (torch.OutOfMemoryError("CUDA out of memory."), True),
        (InvalidCxxCompiler("No working C++ compiler found"), True),
        (failed(NV_TARGET), True),
        (failed(f"{NO_LIBRARY}\ncollect2: error: ld returned 1 exit status"), True),
        (failed("main.cpp:1:1: error: expected declaration"), False),
        (NotImplementedError("aten::something"), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_passes_is_told_from_what_a_compiler_cannot_do(met, passing):
    def wrapped(error):
        return torch._inductor.exc.InductorError(error, "Error")

    assert passes(met) is passing
    assert passes(wrapped(met)) is passing
    outer = RuntimeError("while compiling")
    outer.__cause__ = met
    assert passes(outer) is passing


@pytest.mark.parametrize(
    ("met", "line"),
    [
        (failed(f"{NV_TARGET}\n  4492 | #include <nv/target>\ncompilation terminated."), NV_TARGET),
        (failed(f"{NO_LIBRARY}\ncollect2: error: ld returned 1 exit status"), NO_LIBRARY),
        (failed("main.cpp:1:1: error: expected declaration\nmore"), "main.cpp:1:1: error: expected declaration"),
        (failed(f"/{'folder/' * 40}{NV_TARGET}"), f"/{'folder/' * 40}{NV_TARGET}"[-LONGEST:]),
        (NotImplementedError("aten::something\nerror: no"), "NotImplementedError: aten::something"),
        (torch._inductor.exc.InductorError(KeyError("x" * 300), "Error"), f"KeyError: '{'x' * 300}"[:LONGEST]),
        (ValueError(), "ValueError: "),
    ],
    ids=["header", "library", "other", "long", "no compiler", "wrapped", "nothing said"],
)
def test_what_went_wrong_is_one_line(met, line):
    assert reason(met) == line


def test_what_tritons_compiler_wrote_counts_where_it_failed():
    missing = "driver.c:9:10: fatal error: Python.h: No such file or directory"
    error = subprocess.CalledProcessError(1, ["gcc", "driver.c"])
    assert passes(error, missing)
    assert not passes(error, "a warning")
    assert reason(error, f"a warning\n{missing}") == missing
    assert reason(RuntimeError(f"In another process:\n{error!r}"), missing) == missing
    assert not passes(NotImplementedError("aten::something"), missing)


def test_a_process_that_fails_leaves_what_went_wrong(tmp_path):
    command = [sys.executable, "-P", "-m", "lime_core.devices.compile_module", str(tmp_path), str(tmp_path / "package")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
    with open(tmp_path / OUTPUT, "wb") as output:
        done = subprocess.run(command, env=environment, stderr=output)
    assert done.returncode == PASSING
    assert (tmp_path / REASON).read_text("utf-8").startswith("FileNotFoundError: ")


def written(folder, *headers):
    for header in headers:
        (folder / header).parent.mkdir(parents=True, exist_ok=True)
        (folder / header).write_text("")
    return folder


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine without CUDA, and with no variable that names it; its folder, and what `nvcc` is on it."""
    for name in ("CUDA_HOME", "CUDA_PATH", "CPATH", "LIBRARY_PATH"):
        monkeypatch.delenv(name, raising=False)
    found = {}
    monkeypatch.setattr(compile_module.shutil, "which", found.get)
    monkeypatch.setattr(torch, "__file__", str(tmp_path / "torch" / "__init__.py"))
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.setattr(compile_module, "_USUAL", tmp_path / "usual")
    monkeypatch.setattr(compile_module, "_MAPS", tmp_path / "maps")
    (tmp_path / "scratch").mkdir()

    def tell(nvcc=None):
        if nvcc:
            found["nvcc"] = str(nvcc)
        return surroundings(CUDA, tmp_path / "scratch")

    return tmp_path, tell


def test_a_machine_without_cuda_is_told_nothing(machine):
    _, tell = machine
    assert tell() == {}


def test_of_a_toolkit_nobody_but_cuda_is_told(machine):
    folder, tell = machine
    written(folder / "usual" / "include", *HEADERS)
    assert tell() == {"CUDA_HOME": str(folder / "usual")}
    assert surroundings(torch.device("cpu"), folder) == {}


@pytest.mark.parametrize("missing", HEADERS)
def test_a_toolkit_that_lacks_a_header_is_passed_over(machine, missing):
    folder, tell = machine
    written(folder / "usual" / "include", *(header for header in HEADERS if header != missing))
    assert tell() == {}
    written(folder / "nvidia" / "cu13" / "include", *HEADERS)
    assert tell() == {"CUDA_HOME": str(folder / "nvidia" / "cu13")}


def test_a_whole_toolkit_is_not_hidden_by_the_part_that_torch_brings(machine):
    folder, tell = machine
    written(folder / "nvidia" / "cu13" / "include", "cuda_runtime.h")
    written(folder / "usual" / "include", *HEADERS)
    assert tell() == {"CUDA_HOME": str(folder / "usual")}


def test_the_toolkit_of_nvcc_comes_first_if_it_is_one(machine):
    folder, tell = machine
    written(folder / "usual" / "include", *HEADERS)
    wrapper = written(folder / "local" / "bin", "nvcc") / "nvcc"  # a script that calls another
    assert tell(wrapper) == {"CUDA_HOME": str(folder / "usual")}
    real = written(folder / "cuda-13.0" / "bin", "nvcc") / "nvcc"
    written(folder / "cuda-13.0" / "include", *HEADERS)
    link = folder / "linked"
    link.symlink_to(real)
    assert tell(link) == {"CUDA_HOME": str(folder / "cuda-13.0")}


def test_headers_that_cuda_13_has_deeper_are_named_behind_what_the_user_has(machine, monkeypatch):
    folder, tell = machine
    include = written(folder / "usual" / "include", *HEADERS[:2], f"cccl/{HEADERS[2]}")
    assert tell()["CPATH"] == str(include / "cccl")
    monkeypatch.setenv("CPATH", "/own/include")
    assert tell()["CPATH"] == os.pathsep.join(["/own/include", str(include / "cccl")])
    monkeypatch.setenv("CUDA_HOME", str(folder / "usual"))
    assert tell() == {"CPATH": os.pathsep.join(["/own/include", str(include / "cccl")])}


def test_what_torchs_packages_lack_triton_and_others_have(machine):
    folder, tell = machine
    own = written(folder / "nvidia" / "cu13" / "include", "cuda_runtime.h")
    triton = written(folder / "triton" / "backends" / "nvidia" / "include", *HEADERS[:2])
    assert tell() == {"CUDA_HOME": str(own.parent)}  # the compiler says what is wanting
    written(own / "cccl", "nv/target")
    assert tell() == {"CUDA_HOME": str(own.parent), "CPATH": os.pathsep.join([str(triton), str(own / "cccl")])}


def test_packages_of_cuda_12_have_a_folder_each(machine, monkeypatch):
    folder, tell = machine
    monkeypatch.setattr(torch.version, "cuda", "12.8")
    packages = [folder / "nvidia" / name for name in ("cuda_runtime", "cuda_nvcc", "cuda_cccl")]
    for package, header in zip(packages, HEADERS, strict=True):
        written(package / "include", header)
    further = os.pathsep.join(str(package / "include") for package in packages[1:])
    assert tell() == {"CUDA_HOME": str(packages[0]), "CPATH": further}


def test_what_the_user_has_named_stays(machine, monkeypatch):
    folder, tell = machine
    written(folder / "usual" / "include", *HEADERS)
    for name in ("CUDA_HOME", "CUDA_PATH"):
        with monkeypatch.context() as patch:
            patch.setenv(name, "/opt/cuda")
            assert tell() == {}


def test_the_driver_is_linked_to_from_where_it_runs(machine, monkeypatch):
    folder, tell = machine
    driver = written(folder, "lib/libcuda.so.580.65") / "lib" / "libcuda.so.580.65"
    maps = [f"7f00-7f01 r-xp 00000000 08:01 11    {folder}/lib/libcudart.so.13", "7f02-7f03 rw-p 00000000 00:00 0"]
    (folder / "maps").write_text("\n".join([*maps, f"7f04-7f05 r-xp 00000000 08:01 12    {driver}"]))
    assert tell() == {"LIBRARY_PATH": str(folder / "scratch")}
    assert (folder / "scratch" / "libcuda.so").resolve() == driver
    (folder / "scratch" / "libcuda.so").unlink()
    monkeypatch.setenv("LIBRARY_PATH", "/own/lib")
    assert tell() == {"LIBRARY_PATH": os.pathsep.join(["/own/lib", str(folder / "scratch")])}


@pytest.mark.skipif(shutil.which("g++") is None, reason="there is no C++ compiler")
def test_a_compiler_that_is_told_so_finds_headers_and_driver(machine):
    folder, tell = machine
    include = written(folder / "usual" / "include", *HEADERS[:2], f"cccl/{HEADERS[2]}")
    driver = folder / "libcuda.so.580.65"
    source = folder / "main.cpp"
    source.write_text("int cuInit() { return 0; }")
    subprocess.run(["g++", "-shared", "-fPIC", "-Wl,-soname,libcuda.so.1", "-o", driver, source], check=True)
    (folder / "maps").write_text(f"7f04-7f05 r-xp 00000000 08:01 12    {driver}")
    names = "".join(f"#include <{header}>\n" for header in HEADERS)
    source.write_text(f"{names}int cuInit();\nint main() {{ return cuInit(); }}")
    command = ["g++", f"-I{include}", source, "-lcuda", "-o", folder / "main"]
    alone = subprocess.run(command, capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
    assert "No such file or directory" in alone.stderr
    assert Path(folder / "main").exists() is False
    subprocess.run(command, check=True, env={"PATH": os.environ["PATH"], **tell()})
    assert Path(folder / "main").exists()
