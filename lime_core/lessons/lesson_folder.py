"""Folders of lessons: which files are lessons, and which lesson stands for which name and language."""

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
        A lesson of a later folder takes the place of one that is called the same.

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
    found, problems = {}, []
    for folder in [path_of("folders", each) for each in folders]:
        if not os.path.isdir(folder):
            problems.append(f"There is no folder of lessons {shown(printable(folder.name))}.")
            continue
        for path in lesson_files(folder):
            try:
                lesson = read_lesson(path)
                found[lesson.name, lesson.language] = lesson
            except BadLesson as error:
                problems.append(error.public)
    lessons = sorted(found.values(), key=lambda lesson: (lesson.order, lesson.name, lesson.language != "en"))
    return tuple(lessons), tuple(problems)
