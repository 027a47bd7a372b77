"""A lesson: texts, questions and the maps that it is about."""

from __future__ import annotations

from dataclasses import dataclass

from lime_core.arguments import one_of
from lime_core.lessons.figure import Figure, figures_in
from lime_core.lessons.guess import Seen
from lime_core.lessons.planted import PLANTED
from lime_core.lessons.question import Question, Statement
from lime_core.pictures.gallery import gallery_picture
from lime_core.pictures.picture import Picture
from lime_core.sharing.link import Link
from lime_core.superpixels.segmentations import Segmentations
from lime_core.surrogates.with_prior import with_prior

MOST_MAPS = 4
"""Maps of one lesson."""

PAGES = ("explain", "compare", "stability")
"""Pages on which a lesson can be looked at further."""


@dataclass(frozen=True)
class LessonMap:
    """One map of a lesson.

    Parameters
    ----------
    title : str
        What it shows.
    link : Link
        Photo, model, class and settings.

    Raises
    ------
    ValueError
        For several segmentations, whose parts have no numbers of their own, or a prior beside a surrogate that takes
        none.
    """

    title: str
    link: Link

    def __post_init__(self) -> None:
        if isinstance(self.link.setting.probing.segmenter, Segmentations):
            raise ValueError("s must be one segmentation, such as slic: parts that are marked need one numbering")
        if self.link.prior:
            with_prior(self.link.setting.fitting.surrogate)


@dataclass(frozen=True)
class Lesson:
    """A lesson, as `read_lesson` reads it.

    Parameters
    ----------
    name : str
        By which it is opened: that of its file, without endings.
    language : str
        Of its texts, such as "en".
    title : str
        What it is called.
    minutes : int
        How long it takes.
    order : int
        Its place among lessons.
    maps : tuple of LessonMap
        What is shown once the learner has predicted; what is marked is marked on the first.
    questions : tuple of Question
        In their order; at most one is of the kind "mark", and the first, and one at least is asked before.
    before, after, takeaway : str
        Texts as Markdown: until the maps are shown, beside them with figures in curly brackets, and at the end.
    holds : tuple of Statement, default ()
        What it says of its figures.
    planted : str, default ""
        A key of `PLANTED`, whose photo and model are taken; empty for those of the links.
    page : str, default "explain"
        One of `PAGES`.
    digest : str, default ""
        SHA-256 of its file.

    Raises
    ------
    ValueError
        For parts that do not belong together; says which.
    """

    name: str
    language: str
    title: str
    minutes: int
    order: int
    maps: tuple[LessonMap, ...]
    questions: tuple[Question, ...]
    before: str
    after: str
    takeaway: str
    holds: tuple[Statement, ...] = ()
    planted: str = ""
    page: str = "explain"
    digest: str = ""

    def __post_init__(self) -> None:
        one_of("page", self.page, PAGES)
        if self.planted:
            one_of("planted", self.planted, PLANTED)
        if not 1 <= len(self.maps) <= MOST_MAPS:
            raise ValueError(f"maps must be 1 to {MOST_MAPS}, got {len(self.maps)}")
        marks = [question.kind == "mark" for question in self.questions]
        if not any(question.when == "before" for question in self.questions):
            raise ValueError("questions must hold one that is asked before the maps are shown")
        if any(marks[1:]):
            raise ValueError("questions must begin with the one of the kind mark, and hold no other of it")
        if list(self.questions) != sorted(self.questions, key=lambda question: question.when == "after"):
            raise ValueError("questions must have those that are asked before the maps are shown first")
        for text in (self.before, self.takeaway, *(question.text for question in self.questions)):
            if figures_in(text, len(self.maps)):
                raise ValueError("figures can stand in the section after and in explanations alone")
        for which in self.maps:
            if self.planted and (which.link.photo or which.link.model):
                raise ValueError("link must be without p and m: photo and model are planted")
            if not (self.planted or which.link.photo):
                raise ValueError("link must name a photo of the gallery, with p")
        for figure in self.figures:
            cuts = {self.cut_by(place) for place in figure.maps}
            if len(cuts) > 1:
                raise ValueError(f"{figure.name} needs two maps of one photo and segmentation")

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All that it speaks of, those of its answers and statements too."""
        texts = (self.after, *(question.explanation for question in self.questions))
        stated = [part for each in self.holds for part in (each.left, each.right)]
        stated += [question.answer for question in self.questions if isinstance(question.answer, Figure)]
        named = [figure for text in texts for figure in figures_in(text, len(self.maps))]
        return (*named, *(part for part in stated if isinstance(part, Figure)))

    @property
    def falls_wanted(self) -> frozenset[int]:
        """Places of the maps, from 0, of which it says how far the score falls without their strongest parts."""
        spoken_of = {place - 1 for figure in self.figures if figure.of_falls for place in figure.maps}
        return frozenset(spoken_of | {0} if self.marks else spoken_of)

    @property
    def marks(self) -> bool:
        """Whether parts are marked before the map is shown."""
        return any(question.kind == "mark" for question in self.questions)

    @property
    def file(self) -> str:
        """What its file is called."""
        return f"{self.name}.md" if self.language == "en" else f"{self.name}.{self.language}.md"

    @property
    def asks(self) -> tuple[object, ...]:
        """What an answer depends on, whatever the words: the same of lessons whose answers fit each other."""
        maps = tuple(each.link for each in self.maps)
        return self.planted, maps, tuple(question.asks for question in self.questions)

    def unlike(self, first: Lesson) -> str:
        """Say why its answers do not fit another lesson.

        Parameters
        ----------
        first : Lesson
            The lesson in another language, or as it was before.

        Returns
        -------
        str
            What would have to be another; empty where they ask the same.
        """
        wanted = (
            "planted must be the same",
            "maps must be as many, with the same links",
            "questions must be as many, with the same kind, when, tolerance, number of options and right one",
        )
        unlike = (said for said, own, of in zip(wanted, self.asks, first.asks, strict=True) if own != of)
        return next((f"{said} as in {first.file}" for said in unlike), "")

    def cut_by(self, place: int) -> object:
        """Say what the parts of a map depend on.

        Parameters
        ----------
        place : int
            Of the map, from 1.

        Returns
        -------
        object
            The same for maps whose parts are the same.
        """
        link = self.maps[place - 1].link
        return link.photo, link.model, link.setting.probing.segmenter

    def picture(self, place: int) -> Picture:
        """Read the photo of a map.

        Parameters
        ----------
        place : int
            Of the map, from 0.

        Returns
        -------
        Picture
            Of the gallery, or the planted one.
        """
        return PLANTED[self.planted].picture() if self.planted else gallery_picture(self.maps[place].link.photo)

    def untrue(self, seen: tuple[Seen, ...]) -> tuple[Statement, ...]:
        """Find what the figures contradict.

        Parameters
        ----------
        seen : tuple of Seen
            All maps.

        Returns
        -------
        tuple of Statement
            Those of `holds` that do not.
        """
        return tuple(each for each in self.holds if not each.holds(seen))
