"""Photos, archives of them, and what a refusal has to be."""

from __future__ import annotations

import io
import zipfile

import pytest
from PIL import Image, ImageFile

import lime_core as lc
from tests.support.badfiles import blocks, encoded

PHOTO = blocks()
GOOD = encoded(blocks())
OTHER = encoded(blocks(seed=1))
FORMATS = {
    "PNG": {},
    "BMP": {},
    "TIFF": {},
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"lossless": True},
    "GIF": {},
    "AVIF": {"quality": 95, "subsampling": "4:4:4"},
}
LOSSLESS = ["PNG", "BMP", "TIFF", "WEBP", "GIF"]


def refusal(source: object) -> str:
    """The text of BadPicture, checked to be a sentence for people."""
    with pytest.raises(lc.BadPicture) as caught:
        lc.load_picture(source)  # type: ignore[arg-type]
    text = str(caught.value)
    assert text.endswith(".")
    assert text[0].isupper()
    assert len(text) < 400
    for strange in ("\n", "Error", "Traceback", "PIL", "object at 0x"):
        assert strange not in text
    return text


@pytest.fixture
def no_decoding(monkeypatch):
    """Fails the test when the pixels of any picture are decoded."""

    def decode(self: Image.Image) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decode)
    monkeypatch.setattr(ImageFile.ImageFile, "load_prepare", decode)


def archive(*members, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in members:
            file.writestr(name, content)
    return buffer.getvalue()


def only(found):
    (one,) = found
    assert (one.picture is None) == bool(one.error)
    assert not one.error or one.error.endswith(".")
    return one
