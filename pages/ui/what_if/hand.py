"""What a visitor has done by hand on the page: superpixels that are hidden or selected, and edits."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

import lime_core as lc
from lime_core.arrays import Labels
from pages.ui.explain.view import cut_as_chosen
from pages.ui.runs import caches
from pages.ui.sidebar.probe import Plan

UNDONE = 20
"""Edits that can be taken back."""


@dataclass
class Hand:
    """Of one photo, as it is cut.

    of : what was edited: the photo, what the model sees of it, and what cut it
    maps : the superpixels after each edit; none as it was
    forgotten : whether there were edits before these, which "As it was" alone takes back
    hidden, picked : superpixels that are hidden, and selected for an edit
    turn, ordered : how often the picture was told what is hidden and selected, and what; it knows its own presses
    edition : how often the superpixels have changed
    since : the turn with which the picture was told of these superpixels
    problem : what was wrong with the last edit
    """

    of: Hashable = None
    maps: list[lc.LabelMap] = field(default_factory=list)
    forgotten: bool = False
    hidden: set[int] = field(default_factory=set)
    picked: set[int] = field(default_factory=set)
    turn: int = 0
    ordered: tuple[list[int], list[int]] = ([], [])
    edition: int = 0
    since: int = 0
    problem: str = ""

    def plan(self, plan: Plan, chosen: caches.Chosen) -> Plan:
        """The plan with the edited superpixels; of several segmentations those of the first are edited."""
        base = cut_as_chosen(plan.segmentation, 0)
        of = chosen.picture.digest, chosen.model.preprocessing, base.made_by
        if self.of != of:
            self.of = of
            self.as_it_was()
        if not self.maps:
            return plan
        cut = caches.store().segmentation(chosen.picture, chosen.model, self.maps[-1])
        spec = replace(plan.spec, segmenter=cut.made_by)
        return replace(
            plan,
            spec=spec,
            segmentation=cut,
            num_samples=spec.reachable(plan.num_samples, cut.counts),
            settle=min(plan.settle, cut.in_photo - 1),
            segmenter=cut.made_by,
        )

    def hide(self, superpixels: Iterable[int]) -> None:
        """Hide these and no others."""
        self.hidden = set(superpixels)
        self.order()

    def pick(self, superpixels: Iterable[int]) -> None:
        """Select these and no others."""
        self.picked = set(superpixels)
        self.order()

    def take(self, name: str, said: Any) -> None:
        """What was pressed on the picture, as the browser says it: `hidden` or `picked`."""
        if said["turn"] >= self.since:  # else these are numbers of superpixels that are no more
            setattr(self, name, {number for number in said["which"] if type(number) is int and number >= 0})
        if said["turn"] != self.turn:  # it was pressed before the picture was told something else
            self.order()

    def order(self) -> None:
        """Tell the picture what is hidden and selected."""
        self.turn += 1
        self.ordered = sorted(self.hidden), sorted(self.picked)

    def keep_told(self) -> None:
        """A picture that is drawn anew knows none of its presses: tell it, where there were any."""
        if self.ordered != (sorted(self.hidden), sorted(self.picked)):
            self.order()

    def edit(self, labels: Labels) -> None:
        """Take these superpixels in place of those that are there.  Raises LimeError where there is no room for it."""
        made = lc.LabelMap.of(labels)
        caches.kept().take(made, made.nbytes)
        made_of = [*self.maps, made]
        self.maps = made_of[-UNDONE - 1 :]  # with what the first of those was made of that can be taken back
        self.forgotten |= len(made_of) > len(self.maps)
        self._anew()

    @property
    def can_undo(self) -> bool:
        """Whether it is known what there was before the last edit."""
        return len(self.maps) > self.forgotten

    def undo(self) -> None:
        """Take the last edit back, where that is known."""
        if self.can_undo:
            self.maps = self.maps[:-1]
            self._anew()

    def as_it_was(self) -> None:
        """Take all edits back."""
        self.maps, self.forgotten = [], False
        self._anew()

    def _anew(self) -> None:
        """Other superpixels: none of them is hidden or selected."""
        self.hidden, self.picked, self.problem = set(), set(), ""
        self.edition += 1
        self.order()
        self.since = self.turn


def hand() -> Hand:
    """That of this session."""
    found: Hand = st.session_state.setdefault("what-if-hand", Hand())
    return found
