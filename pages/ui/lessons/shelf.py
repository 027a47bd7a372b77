"""Which lessons there are, and how far a learner is in each; answers stay in the session."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

import lime_core as lc
from lime_core.hand_ins.hand_in import LessonDone
from lime_core.lessons.lesson_folder import lesson_files
from pages.ui.runs import caches

FOLDERS = "LIME_LESSONS"
"""The environment variable with a folder of lessons, or several as in PATH."""

OURS = Path(__file__).parents[3] / "assets" / "lessons"
"""The lessons that come with the app."""

LANGUAGES = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "it": "Italiano", "pt": "Português"}
"""How languages call themselves; others stand by their letters."""


Given = str | float | int
"""An answer as its control gives it: of a choice its place among the options."""


@dataclass
class Progress:
    """How far a learner is in a lesson, whatever its language.

    begun : when it was opened
    asks : what the lesson asked then, see `Lesson.asks`
    shown : whether the maps were asked for, after which a prediction stays as it is
    given : answers that stay as they are, by the place of their question
    guess : the parts that were marked
    done : what is handed in, once all is answered
    """

    begun: str
    asks: object
    shown: bool = False
    given: dict[int, Given] = field(default_factory=dict)
    guess: tuple[int, ...] = ()
    done: LessonDone | None = None


def now() -> str:
    """The time as hand-ins have it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def all_lessons() -> tuple[tuple[lc.Lesson, ...], tuple[str, ...]]:
    """The lessons of the app and of the folders of LIME_LESSONS, and what is wrong with some; read when one changed."""
    folders = [OURS, *map(Path, dict.fromkeys(filter(None, os.environ.get(FOLDERS, "").split(os.pathsep))))]
    written = [(path, _written(path)) for folder in folders for path in lesson_files(folder)]
    kept, key = caches.shared("lessons"), (*folders, *written)
    if kept.get("key") != key:
        kept["lessons"] = lc.lessons_in(folders)
        kept["key"] = key
    read: tuple[tuple[lc.Lesson, ...], tuple[str, ...]] = kept["lessons"]
    return read


def _written(path: Path) -> int:
    """When a file was written; 0 where nobody knows, as of a link to nothing: what reads it says what is wrong."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def by_name(lessons: tuple[lc.Lesson, ...]) -> dict[str, dict[str, lc.Lesson]]:
    """Each lesson by its languages."""
    found: dict[str, dict[str, lc.Lesson]] = {}
    for lesson in lessons:
        found.setdefault(lesson.name, {})[lesson.language] = lesson
    return found


def progress(name: str) -> Progress | None:
    """How far the learner is; None for a lesson that was never opened."""
    found: Progress | None = _all().get(name)
    return found


def begun(lesson: lc.Lesson) -> Progress:
    """The same, begun now where it was not."""
    return _all().setdefault(lesson.name, Progress(now(), lesson.asks))


def forget_others(lesson: lc.Lesson) -> bool:
    """Begin a lesson anew whose file asks something else by now than what was answered; whether that is so."""
    there = progress(lesson.name)
    changed = there is not None and there.asks != lesson.asks
    if changed:
        forget(lesson.name)
    return changed


def key_of(name: str, what: str) -> str:
    """The key of what a page keeps of a lesson; no name holds a dot, so that none begins with another one's."""
    return f"lesson-{name}.{what}"


def forget(name: str) -> None:
    """Begin a lesson anew."""
    _all().pop(name, None)
    for key in [key for key in st.session_state if str(key).startswith(key_of(name, ""))]:
        del st.session_state[key]


def all_done() -> list[LessonDone]:
    """What is handed in, in the order in which it was done."""
    return sorted((each.done for each in _all().values() if each.done), key=lambda done: done.finished)


def _all() -> dict[str, Progress]:
    found: dict[str, Progress] = st.session_state.setdefault("lessons", {})
    return found


def open_lesson(name: str, language: str) -> None:
    """Show a lesson; its address opens it again."""
    st.query_params["lesson"] = name
    if language == "en":
        st.query_params.pop("lang", None)
    else:
        st.query_params["lang"] = language


def close_lesson() -> None:
    """Show the list."""
    for key in ("lesson", "lang"):
        st.query_params.pop(key, None)


def called(language: str) -> str:
    """How a language calls itself."""
    return LANGUAGES.get(language, language)


def open_now(lessons: tuple[lc.Lesson, ...]) -> tuple[lc.Lesson | None, str]:
    """The lesson of the address, in its language or else in one that there is; and what is wrong with the address."""
    name = st.query_params.get("lesson", "")
    languages = by_name(lessons).get(name)
    if not languages:
        return None, f"There is no lesson {name!r}." if name else ""
    wanted = st.query_params.get("lang", "en")
    lesson = languages.get(wanted) or languages.get("en") or next(iter(languages.values()))
    return lesson, ""
