"""What a lesson shows once the learner has predicted: its maps, the guess beside them, and what follows from both."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

import lime_core as lc
from lime_core.drawing.heatmap import symmetric_limit
from lime_core.drawing.overlay import png_bytes
from lime_core.hand_ins.hand_in import Marked
from lime_core.hand_ins.hand_in_html import marked_in_words
from lime_core.lessons.figure import filled_in
from lime_core.lessons.guess import Seen
from lime_core.reports.numbers import scale_ends, two_decimals
from lime_core.reports.sentences import of_values
from pages.ui.figures import sentences
from pages.ui.figures.maps import guess_picture, map_picture
from pages.ui.figures.sentences import sentence
from pages.ui.lessons.maps import Prepared
from pages.ui.sharing.arriving import forget_taken

VIEW = lc.View(numbers=True, num_features=8)


def show_maps(lesson: lc.Lesson, maps: Sequence[Prepared], seen: tuple[Seen, ...]) -> None:
    """The maps beside each other; those of one score are on one scale, and R² stands at those of lessons about it."""
    about_r2 = "R²" in lesson.before + lesson.after
    limits: dict[str, float] = {}
    for found in seen:
        reach = 0.0 if found.e.empty else symmetric_limit(found.e.weights)
        limits[found.e.unit] = max(limits.get(found.e.unit, 0.0), reach)
    limits = {unit: limit or 1.0 for unit, limit in limits.items()}
    grid = st.grid(2 if len(maps) > 3 else len(maps), min_column_width=230)
    for each, found in zip(maps, seen, strict=True):
        e = found.e
        said = [each.title, e.class_name.split(",")[0], *([f"R² {two_decimals(e.r2)}"] if about_r2 else [])]
        grid.image(
            png_bytes(map_picture(e, VIEW, limits[e.unit])),
            width="stretch",
            output_format="PNG",
            alt=sentences.summary(e),
            caption=sentence(" · ".join(said)),
        )
    for unit, limit in limits.items():
        which = f"The scale of {unit}" if len(limits) > 1 else "One scale for all" if len(maps) > 1 else "The scale"
        e = next(found.e for found in seen if found.e.unit == unit)
        st.caption(sentence(f"{which}: {_colors_in_words(e, limit)}."))


def _colors_in_words(e: lc.Explanation, limit: float) -> str:
    """What the colors of a map say, up to which weights."""
    low, high = scale_ends(limit, e.unit)
    if not e.signed:
        return f"orange with a solid line is what matters, in whichever direction, up to {high}"
    down, up = ("lowers it", "raises the value") if of_values(e) else ("against it", "speaks for the class")
    points = " (points of 100)" if " pp" in high else ""
    return f"orange with a solid line {up}, up to {high}; blue with a dashed line {down}, down to {low}{points}"


def show_guess(seen: Seen, marked: Marked) -> None:
    """The guess and the map on the same picture."""
    shares, _, _ = marked_in_words(marked, seen.e.class_name)
    st.image(
        png_bytes(guess_picture(seen.e, marked.score.top, marked.score.guess)),
        width="stretch",
        output_format="PNG",
        alt=sentence(f"Your guess and the map on one picture. {shares}"),
        caption="Solid orange: the top of the map. Dashed violet: your guess. Both lines: shared.",
    )


def show_scores(lesson: lc.Lesson, seen: tuple[Seen, ...], marked: Marked) -> None:
    """How good the guess was, by the map and by the model, and what the lesson says of it."""
    st.markdown("#### Your guess")
    st.metric("shared with the map", f"{marked.score.shared} of {len(marked.score.top)}")
    for each in marked_in_words(marked, seen[0].e.class_name):
        st.markdown(sentence(each))
    if said := filled_in(lesson.questions[0].explanation, seen, sentence):
        st.info(said, icon=":material/lightbulb:")


def show_observation(lesson: lc.Lesson, seen: tuple[Seen, ...]) -> None:
    """What there is to see, with the figures of these maps."""
    if untrue := lesson.untrue(seen):
        said = "; ".join(str(each) for each in untrue)
        st.warning(
            sentence(f"On this machine some figures are not what the lesson says of them: {said}. Trust the figures."),
            icon=":material/warning:",
        )
    st.markdown(filled_in(lesson.after, seen, sentence))


def show_takeaway(lesson: lc.Lesson) -> None:
    """What to take home, and where to look further."""
    with st.container(border=True):
        st.caption("Take home")
        st.markdown(lesson.takeaway)
    # No page_link: an address that was taken last is not taken again, and whoever presses twice means it twice.
    if not lesson.planted and st.button(
        f"Open in {lesson.page.capitalize()} with these settings",
        type="tertiary",
        icon=":material/open_in_new:",
        key="lesson-settings",
        on_click=forget_taken,
    ):
        st.switch_page(f"pages/{lesson.page}.py", query_params=lesson.maps[0].link.query())
