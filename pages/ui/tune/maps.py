"""The map of a setting: from the samples of the search while they are kept, and where the pointer is in a chart."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import streamlit as st

import lime_core as lc
from lime_core.drawing.overlay import png_bytes
from lime_core.tuning.trying import spec_in
from pages.ui.figures import sentences
from pages.ui.figures.maps import map_picture
from pages.ui.runs import caches

HOVERED = 12
"""Maps that a chart holds for its points, at most."""

SMALL = 4
"""Every so many of the drawn map's pixels one is taken for a chart."""

VIEW = lc.View(numbers=False)

_SHOW = """
const started = new WeakMap();

function start(data) {
  const own = { data };
  const shown = document.createElement("div");
  shown.className = "map-at-the-pointer";
  Object.assign(shown.style, {
    position: "fixed", zIndex: 1000, width: "190px", height: "190px", borderRadius: "8px", pointerEvents: "none",
    display: "none", background: "center / contain no-repeat", filter: "drop-shadow(0 2px 8px rgba(0, 0, 0, 0.5))",
  });
  document.body.append(shown);
  let chart = null;
  const over = (event) => {
    const source = own.data.maps[event.points[0].customdata];
    if (!source) return;
    const { clientX, clientY } = event.event;
    shown.style.backgroundImage = `url(${source})`;
    shown.style.left = `${Math.max(4, Math.min(clientX + 18, window.innerWidth - 200))}px`;
    shown.style.top = `${clientY > window.innerHeight / 2 ? clientY - 215 : clientY + 25}px`;
    shown.style.display = "block";
  };
  const out = () => { shown.style.display = "none"; };
  const looking = setInterval(() => {
    const found = document.querySelector(`.st-key-${own.data.chart} .js-plotly-plot`);
    if (found && found !== chart && found.on) {
      chart = found;
      chart.on("plotly_hover", over);
      chart.on("plotly_unhover", out);
    }
  }, 200);
  own.end = () => {
    clearInterval(looking);
    shown.remove();
  };
  return own;
}

export default function ({ data, parentElement }) {
  const own = started.get(parentElement) ?? start(data);
  own.data = data;
  started.set(parentElement, own);
  return () => {
    own.end();
    started.delete(parentElement);
  };
}
"""
"""Shows a picture beside the pointer.  It is called at every drawing, and the chart may come later, and anew."""


def show_where_the_pointer_is(chart: str, losses: lc.Losses, places: Sequence[int], case: lc.Case) -> None:
    """Have the points of a chart show their maps of a photo, those of which the samples are still there.

    chart : the key of the container that the chart is in
    places : of settings, the first `HOVERED` of which have a map
    """
    maps = {}
    for place in places[:HOVERED]:
        e = explained(losses.settings[place], case)
        if e is not None:
            pixels = np.ascontiguousarray(drawn(e)[::SMALL, ::SMALL])
            maps[str(place)] = f"data:image/png;base64,{base64.b64encode(png_bytes(pixels)).decode()}"
    hovering = st.components.v2.component("maps_where_the_pointer_is", js=_SHOW)
    hovering(key=f"{chart}-maps", data={"chart": chart, "maps": maps}, height=1)


def explained(setting: lc.Setting, case: lc.Case, seed: int | None = None) -> lc.Explanation | None:
    """The explanation of a case from the samples that are there; None where they are not, or there can be none."""
    try:
        probe = caches.store().get(spec_of(setting, case, seed))
    except lc.LimeError:  # the setting does not cut this photo
        return None
    if probe is None:
        return None
    wanted = probe.spec.reachable(setting.num_samples, probe.scene.counts)
    if len(probe) < wanted:
        return None
    return lc.fit(probe.first(wanted), replace(setting.fitting, class_index=case.class_index))


def spec_of(setting: lc.Setting, case: lc.Case, seed: int | None = None) -> lc.ProbeSpec:
    """What the samples of a setting depend on, with its own seed or another one."""
    spec = spec_in(caches.store(), setting, case)
    return spec if seed is None else replace(spec, seed=seed)


def show_map(e: lc.Explanation, told: str) -> None:
    """The map, as Explain draws it at first, and what is said of it."""
    pixels = png_bytes(drawn(e))
    st.image(pixels, width="stretch", output_format="PNG", alt=sentences.summary(e), caption=sentences.sentence(told))


def drawn(e: lc.Explanation) -> np.ndarray:
    """The pixels of the map."""
    return map_picture(e, VIEW, e.color_limit(VIEW))
