"""The sample photos: there without a network, with their credits, and the same every time."""

import socket
from importlib.resources import files

import numpy as np
import pytest
from PIL import Image

import lime_core as lc

NAMES = ["chelsea", "coffee", "rocket", "astronaut", "china", "flower", "cat_and_coffee"]


def test_the_photos_come_in_their_order():
    assert list(lc.GALLERY) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_photo_opens_without_a_network(name, monkeypatch):
    def refuse(*_: object) -> None:
        raise AssertionError("a sample photo asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    picture = lc.GALLERY[name].open()
    assert picture.name == name == lc.GALLERY[name].name
    assert min(picture.height, picture.width) >= 300
    assert picture.pixels.std() > 20


@pytest.mark.parametrize("name", NAMES)
def test_a_photo_is_read_once_and_cannot_be_changed(name):
    picture = lc.gallery_picture(name)
    assert picture is lc.gallery_picture(name)
    assert picture == lc.GALLERY[name].open()
    with pytest.raises(ValueError, match="read-only"):
        picture.pixels[0, 0] = 0


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match=r"chelsea, .*cat_and_coffee, got 'dog'"):
        lc.gallery_picture("dog")


@pytest.mark.parametrize("name", ["chelsea", "coffee", "astronaut"])
def test_a_photo_has_the_very_pixels_of_its_package(name):
    with Image.open(str(files("skimage").joinpath(f"data/{name}.png"))) as image:
        np.testing.assert_array_equal(lc.gallery_picture(name).pixels, np.asarray(image))
    assert lc.gallery_picture(name).notice == ()


@pytest.mark.parametrize("name", ["china", "flower"])
def test_the_credit_of_a_cc_by_photo_is_the_one_its_package_gives(name):
    told = files("sklearn").joinpath("datasets/images/README.txt").read_text()
    author, licence, address = lc.GALLERY[name].credit.split(", ")
    assert licence == "CC BY 2.0"
    assert "https://creativecommons.org/licenses/by/2.0/" in told
    assert address in told
    assert f"/{author}/" in address


def test_every_photo_has_its_own_title_and_a_credit_with_a_licence():
    assert len({item.title for item in lc.GALLERY.values()}) == len(NAMES)
    for item in lc.GALLERY.values():
        assert item.credit.endswith(("CC0", "public domain")) or "CC BY 2.0" in item.credit


def test_cat_and_coffee_is_square_with_the_cat_above_the_cup():
    both = lc.gallery_picture("cat_and_coffee")
    assert both.height == both.width
    cat = lc.gallery_picture("chelsea").pixels
    np.testing.assert_array_equal(both.pixels[:230], cat[57:287])
    cup = Image.fromarray(lc.gallery_picture("coffee").pixels[16:310]).resize((451, 221), Image.Resampling.BOX)
    assert np.abs(both.pixels[230:].astype(float) - np.asarray(cup, dtype=float)).mean() < 3


def test_the_real_model_sees_both_the_cat_and_the_cup(lite0):
    seen = {name for _, name, _ in lite0.top(lc.gallery_picture("cat_and_coffee"), 5)}
    assert seen & {"tiger cat", "Egyptian cat", "tabby"}
    assert seen & {"espresso", "cup", "coffee mug"}
