"""What a model sees of a photo, as a visitor says it: size, fit, and which numbers its pixels become."""

from __future__ import annotations

import streamlit as st

import lime_core as lc

SIDES = ("Height in pixels", "Width in pixels")
FITS = {"crop": "Crop", "squash": "Squash", "pad": "Pad"}
BORDERS = {"mean": "Mean", "black": "Black", "white": "White"}
FILLS = {"mean": None, "black": (0, 0, 0), "white": (255, 255, 255)}
INTERPOLATIONS = ("bilinear", "bicubic", "nearest", "box", "lanczos")
PIXELS = "Its pixels are"
PUBLISHED = "as its published weights"
SCALINGS = {
    "": PUBLISHED,
    "imagenet": "ImageNet's mean and standard deviation",
    "0..1": "0 to 1",
    "-1..1": "−1 to 1",
    "0..255": "0 to 255",
    "other": "a mean and standard deviation of each channel",
}
NUMBERS = {"mean": "Mean of each channel", "std": "Standard deviation of each channel"}


def describe_input(guess: lc.FileGuess, key: str) -> lc.ModelInput:
    """The input as the controls describe it.  Raises ValueError where it cannot be so."""
    onnx = guess.form == "onnx"
    sides = _sides(guess, key)
    fit, resize, border = _fit("none" if onnx or sides[0] else PUBLISHED, key)
    left, right = st.columns(2)
    interpolation = left.selectbox(
        "Interpolation",
        INTERPOLATIONS,
        index=0 if onnx else None,
        placeholder=PUBLISHED,
        key=f"{key}-interpolation",
        help="How pixels are made where a photo is scaled.",
    )
    channels, order = guess.channels or 3, "RGB"
    if channels == 3:
        order = right.segmented_control(
            "Order of channels", ["RGB", "BGR"], default="RGB", required=True, key=f"{key}-order",
            help="BGR is that of Caffe and OpenCV.",
        )  # fmt: skip
    white = st.number_input(
        "White in files of more than 8 bits", min_value=255, max_value=65_535, value=None,
        placeholder="by the bits that are used", key=f"{key}-white",
        help="What stood for white in the training, such as 4095 for scans of 12 bits. Photos do not need it.",
    )  # fmt: skip
    scaling, mean, std = _scaling(onnx, channels, key)
    return lc.ModelInput(
        None if onnx and guess.size else _both(sides),
        fit,
        resize,
        interpolation or "",
        FILLS[border] if border else None,
        channels,
        "" if order == "RGB" else order,
        scaling,
        mean,
        std,
        white,
    )


def _sides(guess: lc.FileGuess, key: str) -> list[int | None]:
    onnx = guess.form == "onnx"
    return [
        column.number_input(
            label,
            min_value=1,
            max_value=16_384,
            value=(guess.size or (224, 224))[index] if onnx else None,
            placeholder=PUBLISHED,
            disabled=bool(onnx and guess.size),
            key=f"{key}-side-{index}",
        )
        for column, label, index in zip(st.columns(2), SIDES, (0, 1), strict=True)
    ]


def _both(sides: list[int | None]) -> tuple[int, int] | None:
    height, width = sides
    if height and width:
        return height, width
    if height or width:
        raise ValueError("give both height and width, or neither for those of the published weights")
    return None


def _fit(usual: str, key: str) -> tuple[str, int | None, str | None]:
    """The fit, the side before cropping or squashing, and the border where it pads."""
    left, right = st.columns(2)
    fit = left.segmented_control(
        "How a photo is made to fit",
        list(FITS),
        default="crop",
        format_func=FITS.__getitem__,
        required=True,
        key=f"{key}-fit",
        help="Crop cuts the middle out of it, squash changes its proportions, pad adds a border.",
    )
    if fit == "pad":
        border = right.segmented_control(
            "Border", list(BORDERS), default="mean", format_func=BORDERS.__getitem__, required=True,
            key=f"{key}-border", help="The mean is zero for the model.",
        )  # fmt: skip
        return fit, None, border
    resize = right.number_input(
        "Shorter side before the middle is cut", min_value=1, max_value=16_384, value=None, placeholder=usual,
        key=f"{key}-resize", help="In pixels, often 256 for an input of 224.",
    )  # fmt: skip
    return fit, resize, None


def _scaling(onnx: bool, channels: int, key: str) -> tuple[str, tuple[float, ...], tuple[float, ...]]:
    """The scaling, or mean and standard deviation."""
    scaling = st.selectbox(
        PIXELS,
        [name for name in SCALINGS if not (onnx and not name) and not (channels == 1 and name == "imagenet")],
        index=None if onnx else 0,
        placeholder="Choose what it was trained with",
        format_func=SCALINGS.__getitem__,
        key=f"{key}-scaling",
        help="No file says it, and with a wrong one the answers are wrong.",
    )
    if scaling is None:
        raise ValueError(f"choose under {PIXELS!r} what the network was trained with: no ONNX file says it")
    if scaling != "other":
        return scaling, (), ()
    texts = {
        name: column.text_input(
            title,
            key=f"{key}-{name}",
            placeholder=f"such as {', '.join(['0.5'] * channels)}",
            help="For values 0 to 1.",
        )
        for column, (name, title) in zip(st.columns(2), NUMBERS.items(), strict=True)
    }
    return "", _read("mean", texts["mean"]), _read("std", texts["std"])


def _read(name: str, text: str) -> tuple[float, ...]:
    """Numbers with commas between them."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"{name} must be numbers with commas between them, got {text[:60]!r}") from None
