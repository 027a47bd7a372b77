"""Folders of lessons: which files are lessons, and which lesson stands for which name and language.

A file without a language in its name is the lesson, and takes the place of all that was called the same; others are
translations of it, which must ask the same, for a learner's answers stay where the language changes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from lime_core.arguments import path_of, shown
from lime_core.errors import BadLesson
from lime_core.files.names import printable
from lime_core.lessons.lesson import Lesson
from lime_core.lessons.lesson_file import read_lesson


def lesson_files(folder: Path) -> list[Path]:
    """Find the files of a folder that are to be lessons.

    Parameters
    ----------
    folder : Path
        It may be missing.

    Returns
    -------
    list of Path
        All `*.md` by name, also what cannot be read; but for README.md, and for names that begin with a dot, with
        which editors and systems put locks and copies beside a file.
    """
    if not os.path.isdir(folder):  # False for what cannot be looked at too, where Path raises
        return []
    return sorted(path for path in folder.glob("*.md") if path.name != "README.md" and not path.name.startswith("."))


def lessons_in(folders: Iterable[str | Path]) -> tuple[tuple[Lesson, ...], tuple[str, ...]]:
    """Read all lessons of some folders.

    Parameters
    ----------
    folders : iterable of str or Path
        A lesson of a later folder takes the place of one that is called the same, in every language; a translation
        there that of one in its language.

    Returns
    -------
    lessons : tuple of Lesson
        By their order, then by name; translations follow each other.
    problems : tuple of str
        A sentence for each file, or folder, that cannot be used.

    Raises
    ------
    TypeError, ValueError
        For what is no path.
    """
    if isinstance(folders, str | bytes | Path) or not isinstance(folders, Iterable):
        raise TypeError(f"folders must be the paths of folders, got {shown(folders)}")
    found: dict[str, dict[str, Lesson]] = {}
    problems = []
    for folder in [path_of("folders", each) for each in folders]:
        if not os.path.isdir(folder):
            problems.append(f"There is no folder of lessons {shown(printable(folder.name))}.")
            continue
        read = []
        for path in lesson_files(folder):
            try:
                read.append(read_lesson(path))
            except BadLesson as error:
                problems.append(error.public)
        for lesson in sorted(read, key=lambda each: each.language != "en"):
            if lesson.language == "en":
                found.pop(lesson.name, None)
            languages = found.setdefault(lesson.name, {})
            others = [each for language, each in languages.items() if language != lesson.language]
            if others and (unlike := lesson.unlike(others[0])):
                problems.append(f"{lesson.file}: {unlike}.")
            else:
                languages[lesson.language] = lesson
    lessons = (each for languages in found.values() for each in languages.values())
    in_order = sorted(lessons, key=lambda lesson: (lesson.order, lesson.name, lesson.language != "en"))
    return tuple(in_order), tuple(problems)
