"""Reading lessons: one Markdown file each, with settings in TOML above it.  What is wrong is one sentence."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from lime_core.arguments import near, number, path_of, shown, whole
from lime_core.errors import BadLesson
from lime_core.files.names import printable
from lime_core.files.untrusted import contents_of, untrusted
from lime_core.lessons.lesson import PAGES, Lesson, LessonMap
from lime_core.lessons.question import Question, Statement, value_or_figure
from lime_core.sharing.link import read_link

MAX_LESSON = 100_000
"""Bytes of a file."""

LONGEST = 2_000
"""Characters of a title, a question, an answer or an explanation."""

SECTIONS = ("before", "after", "take home")
"""The headings of the text, in their order, whatever its language."""

_ENDING = re.compile(r"(?P<name>[a-z0-9][a-z0-9-]{0,79})(\.(?P<language>[a-z]{2}))?\.md")
_FENCE = "+++"
_KEYS = ("title", "minutes", "order", "link", "page", "planted", "holds", "maps", "questions")
_OF_MAP = ("title", "change")
_OF_QUESTION = ("kind", "text", "when", "options", "answer", "tolerance", "explanation")

_FOREIGN = re.compile(r"<|!\[|\]\(|\]\[|\]:|://|www\.|[$`]", re.IGNORECASE)
"""What could load or link something, or is no plain text: HTML, pictures, links, formulas and code."""


def read_lesson(path: str | Path) -> Lesson:
    """Read a lesson.

    Parameters
    ----------
    path : str or Path
        A file such as `how-many-samples.md`, or `how-many-samples.de.md` in another language than English.

    Returns
    -------
    Lesson
        The lesson.

    Raises
    ------
    BadLesson
        When it cannot be read, or something in it cannot be used: names the file, the line or key, and what it would
        have to be.
    ValueError, TypeError
        For what is no path.
    """
    path = path_of("path", path)
    file = printable(path.name)
    ending = _ENDING.fullmatch(path.name)
    with untrusted(BadLesson, f"{file}: the lesson cannot be read."):
        if not ending:
            raise BadLesson(
                f"{file}: a lesson's file is called such as how-many-samples.md, or how-many-samples.de.md."
            )
        contents = contents_of(path, f"lesson {file}", MAX_LESSON, BadLesson)
        try:
            text = contents.decode("utf-8-sig")  # some editors begin a file with a mark
            settings, body, above = _parted(file, text.replace("\r\n", "\n"))
            data = tomllib.loads(settings)
        except UnicodeDecodeError as error:
            raise BadLesson(f"{file}: it must be text in UTF-8, and byte {error.start} is not.") from error
        except tomllib.TOMLDecodeError as error:
            # The fence is a line of its own above the settings.
            said = re.sub(r"line (\d+)", lambda found: f"line {int(found[1]) + 1}", str(error))
            raise BadLesson(f"{file}: its settings are no TOML: {said}.") from error
        named = file, ending["name"], ending["language"] or "en"
        return _lesson(*named, data, _sections(file, body, above), contents)


def _parted(file: str, text: str) -> tuple[str, str, int]:
    lines = text.split("\n")
    ends = [place for place, line in enumerate(lines) if line.rstrip() == _FENCE]
    if len(ends) < 2 or ends[0] != 0:
        raise BadLesson(f"{file}, line 1: a lesson begins with a line {_FENCE}, its settings, and another {_FENCE}.")
    return "\n".join(lines[1 : ends[1]]), "\n".join(lines[ends[1] + 1 :]), ends[1] + 1


def _sections(file: str, body: str, above: int) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for place, line in enumerate(body.split("\n"), above + 1):
        if line.startswith("# "):
            heading = line[2:].strip()
            if len(found) == len(SECTIONS) or heading != SECTIONS[len(found)]:
                raise BadLesson(
                    f"{file}, line {place}: the headings are {', '.join(f'# {name}' for name in SECTIONS)}, in this "
                    "order; others begin with ##."
                )
            found[heading] = []
        elif found:
            if foreign := _FOREIGN.search(line):
                raise BadLesson(f"{file}, line {place}: {_no_plain(foreign[0])}.")
            list(found.values())[-1].append(line)
        elif line.strip():
            raise BadLesson(f"{file}, line {place}: the text begins with the heading # before.")
    texts = {heading: "\n".join(lines).strip() for heading, lines in found.items()}
    if missing := [heading for heading in SECTIONS if not texts.get(heading)]:
        raise BadLesson(f"{file}: there is no text below the heading # {missing[0]}.")
    return texts


def _no_plain(what: str) -> str:
    return f"{shown(what)} cannot stand here: texts are plain Markdown without HTML, pictures, links and code"


@contextmanager
def _about(where: str) -> Iterator[None]:
    """What goes wrong is about one place of the file."""
    try:
        yield
    except (ValueError, TypeError) as error:
        raise BadLesson(f"{where}: {error}.") from error


def _lesson(
    file: str, name: str, language: str, data: Mapping[str, Any], sections: Mapping[str, str], contents: bytes
) -> Lesson:
    with _about(f"{file}, settings"):
        _check_keys(data, _KEYS)
        base = dict(_query(_text(data, "link")))
        entries = _tables(data, "maps") or [{"title": "The map"}]
    maps = []
    for place, entry in enumerate(entries, 1):
        with _about(f"{file}, maps {place}"):
            _check_keys(entry, _OF_MAP)
            link, problems = read_link(base | dict(_query(_text(entry, "change", ""))))
            if problems:
                raise ValueError(problems[0].rstrip("."))
            maps.append(LessonMap(_text(entry, "title"), link))
    questions = []
    for place, entry in enumerate(_tables(data, "questions"), 1):
        with _about(f"{file}, questions {place}"):
            questions.append(_question(entry, len(maps)))
    with _about(f"{file}, settings"):
        holds = tuple(Statement.read(text, len(maps)) for text in _texts(data, "holds"))
        return Lesson(
            name=name,
            language=language,
            title=_text(data, "title"),
            minutes=whole("minutes", data.get("minutes"), 1, 999),
            order=whole("order", data.get("order"), 1, 999),
            maps=tuple(maps),
            questions=tuple(questions),
            before=sections["before"],
            after=sections["after"],
            takeaway=sections["take home"],
            holds=holds,
            planted=_text(data, "planted", ""),
            page=_text(data, "page", PAGES[0]),
            digest=hashlib.sha256(contents).hexdigest(),
        )


def _question(entry: Mapping[str, Any], maps: int) -> Question:
    _check_keys(entry, _OF_QUESTION)
    answer = entry.get("answer", "")
    if entry.get("kind") == "number":
        answer = float(answer) if isinstance(answer, int | float) else value_or_figure(_text(entry, "answer"), maps)
    elif answer != "":
        answer = _text(entry, "answer")
    tolerance = float(number("tolerance", entry.get("tolerance", 0.0), 0))
    kind, text, when = _text(entry, "kind"), _text(entry, "text"), _text(entry, "when", "before")
    explanation = _text(entry, "explanation", "")
    return Question(kind, text, when, tuple(_texts(entry, "options")), answer, tolerance, explanation)


def _query(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True, strict_parsing=True, max_num_fields=30) if text else []


def _check_keys(data: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in set(data) - set(known):
        meant = near(key, known)
        raise ValueError(f"there is no key {shown(key)}" + (f"; is {meant} meant?" if meant else ""))


def _text(data: Mapping[str, Any], key: str, otherwise: str | None = None) -> str:
    if key not in data and otherwise is not None:
        return otherwise
    text = data.get(key)
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
        raise ValueError(f"{key} must be a text of 1 to {LONGEST} characters, got {shown(text)}")
    if (foreign := _FOREIGN.search(text)) and key not in ("link", "change"):
        raise ValueError(f"{key}: {_no_plain(foreign[0])}")
    return text.strip()


def _texts(data: Mapping[str, Any], key: str) -> list[str]:
    listed = data.get(key, [])
    if not isinstance(listed, list) or len(listed) > 30:
        raise ValueError(f"{key} must be a list of at most 30 texts, got {shown(listed)}")
    return [_text({key: each}, key) if key != "holds" else str(each) for each in listed]


def _tables(data: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    listed = data.get(key, [])
    if not isinstance(listed, list) or len(listed) > 30 or not all(isinstance(each, dict) for each in listed):
        raise ValueError(f"{key} must be tables, each below a line [[{key}]]")
    return listed
