"""What texts of the command line stand for: options with their settings, and photos."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any

from lime_core.console.terminal import UsageError
from lime_core.drawing.view import View
from lime_core.errors import BadPicture
from lime_core.files.option_texts import settings_of, value_of
from lime_core.files.records import made, name_of
from lime_core.pictures.gallery import GALLERY, gallery_picture
from lime_core.pictures.picture import Picture, load_picture
from lime_core.presets.preset import Preset
from lime_core.presets.table import PRESETS, RECOMMENDED
from lime_core.reports.manifest import TABLES
from lime_core.superpixels.segmentations import least_samples
from lime_core.superpixels.segmenter import Segmenter

DEFAULTS = {role: name_of(option, TABLES[role]) for role, option in RECOMMENDED.options.items()}
"""What is taken from each table when its option is left out, and no preset is given."""

POOLS = ("local", "ray")
"""Where many pictures are computed: in processes of this machine, or by Ray."""


def preset_of(arguments: Namespace) -> Preset:
    """Look the preset up, the recommended one where none is given."""
    return PRESETS[arguments.preset] if arguments.preset else RECOMMENDED


def num_samples_of(arguments: Namespace, segmenter: Segmenter) -> int:
    """Read how many samples are asked for: those of the preset where nothing is said.

    Raises UsageError where they are too few for the segmentations.
    """
    number = preset_of(arguments).num_samples if arguments.num_samples is None else int(arguments.num_samples)
    if number < (least := least_samples(segmenter)):
        several = f"{least - 1} segmentations" if least > 2 else "one segmentation"
        raise UsageError(f"--num-samples must be at least {least} for {several}, got {number}")
    return number


def view_of(arguments: Namespace) -> View:
    """Make the view of the preset, with what is given beside it."""
    given = {"style": arguments.view, "num_features": arguments.num_features, "show": arguments.show}
    given = {name: value for name, value in given.items() if value is not None}
    return replace(preset_of(arguments).view, numbers=arguments.numbers, **given)


def options_of(arguments: Namespace) -> dict[str, Any]:
    """Make the option of each table, by the table's name in a manifest: of the preset, or given, with those of --set.

    Raises UsageError for settings that cannot be.
    """
    if arguments.label_map and arguments.segmenter:
        raise UsageError("--label-map and --segmenter both say which superpixels to take; give one")
    roles = {name: role for role, table in TABLES.items() for name in table if settings_of(table[name])}
    preset = preset_of(arguments).options
    usual = {role: name_of(option, TABLES[role]) for role, option in preset.items()}
    names = {role: getattr(arguments, role) or name for role, name in usual.items()}
    given: dict[str, dict[str, Any]] = {role: {} for role in DEFAULTS}
    for text in arguments.settings:
        key, equals, value = text.partition("=")
        name, _, setting = key.partition(".")
        settings = {f.name: f for f in settings_of(TABLES[roles[name]][name])} if name in roles else {}
        if not equals or setting not in settings:
            near = [name] if settings else list(names.values())
            listed = [f"{n}.{f.name}" for n in near if n in roles for f in settings_of(TABLES[roles[n]][n])]
            wrong = f"no setting {key!r}" if equals else f"not KEY=VALUE: {text!r}"
            raise UsageError(f"--set: {wrong}; known settings are {', '.join(listed)}")
        if names[roles[name]] != name or (arguments.label_map and roles[name] == "segmenter"):
            raise UsageError(f"--set {key}: {name} is not in use; add --{roles[name].replace('_', '-')} {name}")
        given[roles[name]][setting] = value_of(settings[setting], value)
    try:
        return {
            role: replace(preset[role], **given[role])
            if names[role] == usual[role]
            else made(names[role], given[role], table)
            for role, table in TABLES.items()
        }
    except ValueError as error:
        raise UsageError(f"--set: {error}") from error


def picture_named(photo: str) -> Picture:
    """Read a photo, or a sample photo as gallery:NAME; raise UsageError where there is none."""
    if not photo.startswith("gallery:"):
        try:
            return load_picture(Path(photo))
        except BadPicture as error:
            raise UsageError(str(error)) from error
    name = photo.removeprefix("gallery:")
    if name not in GALLERY:
        raise UsageError(f"there is no sample photo {name!r}; there are {', '.join(GALLERY)}")
    return gallery_picture(name)
