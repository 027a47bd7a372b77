"""A result is read back from its row."""

import json
from dataclasses import replace

import numpy as np

import lime_core as lc


def test_a_row_is_read_back_as_it_was_written(job, picture, planted):
    result = replace(job, faithfulness=False).run(picture, planted)
    row = json.loads(json.dumps(result.row, allow_nan=False))
    again = lc.PictureResult.of_row(result.summary, row)
    assert str(again.figures) == str(result.figures)  # NaN is not equal to itself
    assert np.isnan(again.figures[0].deletion)
    assert again.row == result.row
