"""Settings as Python writes them: read, they are the same."""

from dataclasses import fields

import numpy as np
import pytest

import lime_core as lc
from lime_core.reports.manifest import TABLES
from lime_core.takeaway.settings_in_words import labels_of, written

OWN = lc.LabelMap.of(np.arange(64).reshape(8, 8) // 16)
OTHER = lc.LabelMap.of(np.arange(64).reshape(8, 8) // 8)


def test_every_setting_is_written_out():
    for table in TABLES.values():
        for cls in table.values():
            if cls is lc.LabelMap:
                continue
            option = cls()
            text = written(option)
            assert labels_of(option) == {}
            assert eval(text, {"lc": lc}) == option
            assert all(f"{f.name}=" in text for f in fields(option) if f.compare)


@pytest.mark.parametrize("segmenter", [OWN, lc.Segmentations((OWN, lc.Grid(2, 2), OTHER))], ids=["alone", "several"])
def test_labels_of_your_own_go_beside_what_is_written(segmenter):
    setting = lc.Setting(lc.ProbeSettings(segmenter=segmenter))
    arrays = labels_of(setting)
    read = eval(written(setting), {"lc": lc, "arrays": arrays})
    assert read == setting
    assert len(arrays) == (1 if segmenter is OWN else 2)
    for labels in arrays.values():
        assert labels.dtype == np.int32
