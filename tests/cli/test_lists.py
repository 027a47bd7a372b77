"""Lists name every option, every setting and every model."""

import re

import pytest

import lime_core as lc
from lime_core.files.option_texts import settings_of
from lime_core.reports.manifest import TABLES


def test_options_lists_every_option_and_every_setting(run):
    code, out, _ = run("options")
    assert code == 0
    for role, table in TABLES.items():
        assert f"--{role.replace('_', '-')}\n" in out
        for name, option in table.items():
            assert re.search(rf"^  {name}( \(default\))?: \S", out, re.MULTILINE)
            for f in settings_of(option):
                assert f"    {name}.{f.name}  " in out
    assert "slic.n_segments  whole number from 2 to 400, default 50. About how many" in out
    assert "lasso.alpha  number from 1e-05 to 1.0, default none. Larger leaves fewer" in out
    assert "lasso.share  number from 0.0001 to 0.99, default 0.05. The penalty as a share" in out
    assert out.count("(default)") == len(TABLES)


def test_models_says_which_are_ready_and_which_file_is_missing(run):
    code, out, _ = run("models")
    assert code == 0
    assert len(out.splitlines()) == len(lc.MODELS) + 1
    assert re.search(r"^efficientnet_lite0 +bundled +ready$", out, re.MULTILINE)
    for name, entry in lc.MODELS.items():
        if not entry.ready:
            assert re.search(rf"^{name} +\w+ +missing: {re.escape(str(entry.weights))}$", out, re.MULTILINE)


def test_models_lists_those_of_timm_whose_weights_are_here(run, monkeypatch, tmp_path):
    pytest.importorskip("timm", reason="timm is not installed")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    weights = lc.find_model("timm/test_vit").weights
    weights.parent.mkdir(parents=True)
    weights.write_bytes(b"weights")
    for arguments in (["models"], ["models", "--all"]):
        code, out, _ = run(*arguments)
        assert code == 0
        assert re.findall(r"^timm/test_vit +timm +(.*)$", out, re.MULTILINE) == ["ready"]
    assert out.count("\ntimm/") > 1000
