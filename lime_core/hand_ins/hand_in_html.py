"""A hand-in as one HTML page that stands alone, loads nothing and runs nothing; its sentences are those of the page."""

from __future__ import annotations

from html import escape

from lime_core.hand_ins.hand_in import HandIn, LessonDone, Marked
from lime_core.reports.html import document
from lime_core.reports.numbers import score_text
from lime_core.reports.sentences import count

RIGHT = {True: "right", False: "not right", None: ""}
"""What is said of an answer."""


def marked_in_words(marked: Marked, class_name: str) -> tuple[str, str, str]:
    """Say how good a guess was.

    Parameters
    ----------
    marked : Marked
        The guess and its scores.
    class_name : str
        What is explained.

    Returns
    -------
    tuple of str
        Three sentences: what it shares with the map, what it catches of it, and what the model says without it.
    """
    score, name = marked.score, class_name.split(",")[0]
    given, top = (", ".join(str(part) for part in parts) or "none" for parts in (score.guess, score.top))
    shares = (
        f"You marked {given}; the map has {top} at the top. You share {score.shared} of {len(score.top)}; marks at "
        f"random share {score.chance:.1f} on average."
    )
    catches = f"Your parts carry {score.caught:.0%} of all weight on the map, its own top {score.best:.0%}."
    return shares, catches, f"{_fall(marked, name)} {_judged(marked)}"


def _fall(marked: Marked, name: str) -> str:
    falls = marked.fall, marked.fall_of_top, marked.fall_by_chance
    own, top, chance = (_amount(fall, marked.unit) for fall in falls)
    return f"Hiding your parts takes {own} from “{name}”, hiding the map's top takes {top}, as many at random {chance}."


def _amount(fall: float, unit: str) -> str:
    return count(round(100 * fall), "point") if unit == "probability" else score_text(fall, unit)


def _judged(marked: Marked) -> str:
    # What nobody sees in the sentence before is no difference: less than a point, or values that read alike.
    if marked.unit == "probability":
        alike = abs(marked.fall - marked.fall_of_top) < 0.01
    else:
        alike = _amount(marked.fall, marked.unit) == _amount(marked.fall_of_top, marked.unit)
    if alike:
        return "For the model both matter alike."
    return "The model misses yours more." if marked.fall > marked.fall_of_top else "The model misses the map's more."


def hand_in_html(hand_in: HandIn) -> str:
    """Write a hand-in to be read.

    Parameters
    ----------
    hand_in : HandIn
        From anybody.

    Returns
    -------
    str
        The contents of an HTML file; all that anybody wrote is escaped.
    """
    title = f"Lessons of {hand_in.learner}" if hand_in.learner else "Lessons"
    done = "\n".join(_lesson(lesson) for lesson in hand_in.lessons)
    return document(title, done)


def _lesson(lesson: LessonDone) -> str:
    minutes = f"{lesson.begun.replace('T', ' ').replace('Z', '')} to {lesson.finished[11:19]} UTC"
    told = [f"<h2>{escape(lesson.title)}</h2>", f'<p class="soft">{escape(f"{lesson.model} · {minutes}")}</p>']
    if lesson.marked:
        told += [f"<p>{escape(sentence)}</p>" for sentence in marked_in_words(lesson.marked, lesson.class_name)]
    rows = (
        f"<tr><td>{escape(each.question)}</td><td>{escape(each.given)}</td><td>{escape(each.truth)}</td>"
        f"<td>{RIGHT[each.right]}</td></tr>"
        for each in lesson.answers
    )
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Question", "Answer", "Right answer", ""))
    body = "\n".join(rows)
    table = f'<div class="scroll"><table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>'
    return "\n".join([*told, table])
