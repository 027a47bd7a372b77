"""Choosing a photo: from the gallery, by upload, or with the camera; and the page while there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

import lime_core as lc
from lime_core.arrays import Pixels
from pages.ui.figures.maps import crop_preview
from pages.ui.figures.sentences import sentence
from pages.ui.runs import caches
from pages.ui.sidebar.controls import row

SOURCES = {"gallery": "Gallery", "upload": "Upload", "camera": "Camera"}
FORMATS = "JPEG, PNG, WebP, BMP, GIF, TIFF or AVIF, up to 20 MB and 50 megapixels."


@dataclass(frozen=True)
class PhotoPlaces:
    """Where the sidebar shows the photo: small beside its control, and large among the details."""

    small: DeltaGenerator
    details: DeltaGenerator

    def show(self, picture: lc.Picture, box: tuple[float, float, float, float]) -> None:
        """The photo, what the model sees of it bright."""
        told = f"{picture.name}; the part that the model sees is bright."
        self.small.image(crop_preview(picture, box, 88), width=44, alt=f"The photo {told}")
        self.details.image(crop_preview(picture, box), width=320, alt=f"All of {told}")


def choose_photo() -> tuple[lc.Picture | None, PhotoPlaces]:
    """The controls of the sidebar, and where the photo is shown; None while none is chosen.

    Raises BadPicture for a file that is none.
    """
    st.session_state.setdefault("photo-source", "gallery")
    source = st.segmented_control(
        "Photo",
        list(SOURCES),
        format_func=SOURCES.__getitem__,
        required=True,
        key="photo-source",
        label_visibility="collapsed",
        persist_state="session",
    )
    if source == "gallery":
        places, place = _places()
        name = place.selectbox(
            "Gallery",
            list(lc.GALLERY),
            index=None,
            format_func=lambda name: lc.GALLERY[name].title,
            placeholder="Choose a photo",
            label_visibility="collapsed",
            key="photo-gallery",
            persist_state="session",
        )
        places.details.caption(sentence(f"Photo: {lc.GALLERY[name].credit}") if name else "Nothing is chosen yet.")
        return lc.gallery_picture(name) if name else None, places
    own = "upload" if source == "upload" else "camera"
    places, place = _places()
    if own == "upload":
        upload = place.file_uploader(
            "Upload a photo",
            key="photo-upload",
            max_upload_size=20,
            label_visibility="collapsed",
            on_change=_forget,
            args=(own,),
        )
    else:
        upload = place.camera_input(
            "Take a photo", key="photo-camera", label_visibility="collapsed", on_change=_forget, args=(own,)
        )
    places.details.caption(f"{FORMATS} It is kept in memory only.")
    return (_read(own, upload) if upload else _given_before(own, place, places.details)), places


def source_of(digest: str) -> str | None:
    """Where a photo of one's own stands that this session keeps; None where it keeps none of this digest."""
    kept = {source: _last(source)[1] for source in SOURCES}
    return next((source for source, picture in kept.items() if picture and picture.digest == digest), None)


def _places() -> tuple[PhotoPlaces, DeltaGenerator]:
    """Where the photo is shown, and what stands beside it."""
    place, details = row("Photo", "photo")
    with place, st.container(horizontal=True, vertical_alignment="center", gap="xsmall", wrap=False):
        small = st.container(width="content")
        return PhotoPlaces(small, details), st.container()


def _last(source: str) -> tuple[str, lc.Picture | None, str]:
    """The last file of a source by its id: its picture, or why there is none."""
    last: tuple[str, lc.Picture | None, str] = st.session_state.get(f"photo-{source}-read", ("", None, ""))
    return last


def _forget(source: str) -> None:
    """Forget the picture, unless another file has come in its place."""
    if not st.session_state.get(f"photo-{source}"):
        st.session_state.pop(f"photo-{source}-read", None)


def _given_before(source: str, place: DeltaGenerator, details: DeltaGenerator) -> lc.Picture | None:
    """The picture that stays when Streamlit has forgotten its file, as it does where the upload is not drawn."""
    picture = _last(source)[1]
    if picture is not None:
        place.caption(f"{sentence(picture.name)}, given before.")
        details.button("Forget it", type="tertiary", key=f"photo-{source}-forget", on_click=_forget, args=(source,))
    return picture


def _read(source: str, upload: UploadedFile) -> lc.Picture:
    """The picture of an uploaded file, decoded once in a session, whatever comes of it."""
    if _last(source)[0] != upload.file_id:
        st.session_state[f"photo-{source}-read"] = (upload.file_id, *_decoded(upload))
    _, picture, refused = _last(source)
    if picture is None:
        raise lc.LimeError(refused)
    return picture


def _decoded(upload: UploadedFile) -> tuple[lc.Picture | None, str]:
    """The picture, or why there is none."""
    try:
        picture = lc.load_picture(upload.getvalue(), name=upload.name)
        caches.kept().take(picture, picture.nbytes)
    except lc.LimeError as error:
        return None, error.public
    return picture, ""


def show_gallery(above: Callable[[], None] | None = None) -> None:
    """The empty state: every photo of the gallery, to be chosen by a click, and what else there is to begin with."""
    st.header("What did the model look at?", anchor=False)
    st.markdown(
        "Choose a photo, or upload one at the left: LIME hides parts of it hundreds of times, asks the model each "
        "time, and shows which parts speak for the class and which against it."
    )
    if above is not None:
        above()
    grid = st.grid(4, min_column_width=150)
    for name, item in lc.GALLERY.items():
        with grid.cell():
            st.image(_thumbnail(name), width="stretch", alt=item.title)
            st.button(item.title, key=f"choose-{name}", on_click=_take, args=(name,), width="stretch")
    st.caption("Photos: " + " · ".join(f"{item.title}: {item.credit}" for item in lc.GALLERY.values()))


def _take(name: str) -> None:
    st.session_state["photo-source"] = "gallery"
    st.session_state["photo-gallery"] = name


def _thumbnail(name: str) -> Pixels:
    """The middle square of a gallery photo, 320 pixels wide."""
    pixels = lc.gallery_picture(name).pixels
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return lc.Preprocessing(320, 320, 320).view(pixels[top : top + side, left : left + side])
