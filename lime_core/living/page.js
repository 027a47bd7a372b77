/* The page: holds what is set, and keeps map, figures and table together. */

const Z95 = 1.959963984540054; // half the width of a 95% interval, in standard errors
const PAUSE = 700; // milliseconds without a change before a screen reader is told what came out

const byId = (id) => document.getElementById(id);

class Report {
  constructor(data, photo) {
    this.data = data;
    this.made = {
      place: data.first,
      width: data.kernel.width ?? null,
      alpha: data.penalty.alpha ?? null,
      strength: data.prior?.strength ?? 0,
      ...data.view,
    };
    this.set = { ...this.made };
    this.map = new LivingMap(byId("map"), data, photo);
    this.marked = null;
    this.selected = null;
    this.telling = 0;
    this.prepareControls();
    this.prepareMap();
    this.checkTheFit();
    byId("report").hidden = false;
    this.map.width = byId("map").clientWidth;
    this.refit();
  }

  /* ---- controls ---- */

  prepareControls() {
    const { data } = this;
    data.classes.forEach(({ called, made }, place) => {
      byId("class").append(new Option(`${called} (${scoreText(made.modelScore, data)})`, place));
    });
    const [down, up] = data.values ? ["Lowers the value", "Raises the value"] : ["Against the class", "For the class"];
    for (const [value, text] of [["both", "Both"], ["for", up], ["against", down]]) {
      byId("show").append(new Option(text, value));
    }
    this.hide("show", !data.signed);
    this.hide("strength", !data.prior);
    this.onChoice("class", "place", Number, () => this.refit());
    this.onStops("width", data.kernel, () => this.refit());
    this.onStops("alpha", data.penalty, () => this.refit());
    if (data.prior) this.onStops("strength", data.prior, () => this.refit());
    this.onChoice("show", "show", String, () => this.redraw());
    this.onChoice("style", "style", String, () => this.redraw());
    byId("top").max = data.parts[0].d;
    this.onRange("top", () => this.redraw());
    this.onRange("opacity", () => this.redraw());
    byId("numbers").addEventListener("change", (event) => {
      this.set.numbers = event.target.checked;
      this.redraw();
    });
    byId("again").addEventListener("click", () => {
      this.set = { ...this.made };
      this.refit();
    });
    byId("csv").addEventListener("click", () => this.download());
    this.sayWhy();
  }

  hide(id, hidden) {
    byId(`${id}-row`).hidden = hidden;
  }

  onChoice(id, name, read, then) {
    byId(id).addEventListener("change", (event) => {
      this.set[name] = read(event.target.value);
      then();
    });
  }

  onRange(id, then) {
    byId(id).addEventListener("input", (event) => {
      this.set[id] = Number(event.target.value);
      then();
    });
  }

  /* A slider over the stops of a number; without stops it cannot be moved. */
  onStops(id, { stops }, then) {
    byId(id).disabled = !stops;
    if (!stops) return;
    byId(id).max = stops.length - 1;
    byId(id).addEventListener("input", (event) => {
      this.set[id] = stops[Number(event.target.value)];
      then();
    });
  }

  sayWhy() {
    const { kernel, penalty, prior } = this.data;
    const reasons = new Set([kernel, penalty, prior].flatMap((control) => control?.why ?? []));
    byId("why").textContent = [...reasons].join(" ");
    for (const id of ["width", "alpha", "strength"]) {
      if (byId(id).disabled) byId(id).setAttribute("aria-describedby", "why");
    }
  }

  /* Every control shows what is set. */
  showControls() {
    const { set, data } = this;
    byId("class").value = set.place;
    for (const id of ["show", "style", "top", "opacity"]) byId(id).value = set[id];
    byId("numbers").checked = set.numbers;
    byId("opacity").disabled = !["tint", "heatmap"].includes(set.style);
    byId("top").disabled = set.style === "heatmap" && !set.numbers;
    this.showStops("width", data.kernel);
    this.showStops("alpha", data.penalty);
    if (data.prior) this.showStops("strength", data.prior);
    say("top", String(set.top));
    say("opacity", set.opacity.toFixed(2));
    byId("again").disabled = Object.keys(set).every((name) => set[name] === this.made[name]);
  }

  showStops(id, { stops }) {
    if (stops) byId(id).value = stops.indexOf(this.set[id]);
    say(id, stops ? String(this.set[id]) : "–");
  }

  /* ---- fitting ---- */

  fitted(set) {
    return this.data.why ? this.data.classes[set.place].made : fitAll(this.data.parts, set);
  }

  refit() {
    this.result = this.fitted(this.set);
    byId("title").textContent = document.title = `${this.className}: what ${this.data.model} looked at`;
    this.redraw();
  }

  get className() {
    return this.data.classes[this.set.place].name;
  }

  /* A page that says its numbers are those of the package has looked whether they are. */
  checkTheFit() {
    if (this.data.why) return;
    const furthest = Math.max(...this.data.classes.map(({ made }, place) => {
      const { weights } = this.fitted({ ...this.made, place });
      const largest = symmetricLimit(made.weights);
      return Math.max(...weights.map((weight, i) => Math.abs(weight - made.weights[i]) / largest));
    }));
    const apart = "with the original settings its weights differ from those of lime_core by at most "
      + `${number(furthest, 2)} of the largest.`;
    byId("check").textContent = furthest <= 1e-9
      ? `Refitted in this browser: ${apart}`
      : `This browser computes otherwise: ${apart} Do not rely on what is refitted here.`;
  }

  /* What is shown now, in full digits: for the console, and for whoever checks this page. */
  current() {
    const { weights, errors, share, ...figures } = this.result;
    const { intercept, r2, localPrediction, modelScore, effectiveSamples } = figures;
    const { index, name } = this.data.classes[this.set.place];
    return {
      classIndex: index,
      className: name,
      kernelWidth: this.set.width,
      alpha: this.set.alpha,
      priorStrength: this.set.strength,
      weights: Array.from(weights),
      standardErrors: Array.from(errors),
      priorShare: Array.from(share),
      intercept, r2, localPrediction, modelScore, effectiveSamples,
    };
  }

  /* ---- showing ---- */

  redraw() {
    this.showControls();
    this.draw();
    this.showFigures();
    this.showTable();
    this.showScale();
    this.tell();
  }

  draw() {
    this.map.draw(this.set, this.result, this.marked ?? this.selected);
  }

  showFigures() {
    const { data, result } = this;
    const constant = Number.isNaN(result.r2);
    byId("model-says").textContent = scoreText(result.modelScore, data);
    const predicts = !constant && !Number.isNaN(result.localPrediction);
    byId("map-says").textContent = predicts ? scoreText(result.localPrediction, data) : "–";
    byId("r2").textContent = twoDecimals(result.r2);
    byId("effective").textContent = result.effectiveSamples.toFixed(0);
    byId("nothing").hidden = !constant;
  }

  /* The scale of the colors; lines alone, and what hides the rest, have none. */
  showScale() {
    const { data, set } = this;
    const colored = ["tint", "heatmap"].includes(set.style) && this.result.weights.some((weight) => weight !== 0);
    byId("scale").hidden = !colored;
    if (!colored) return;
    const limit = this.map.limit(set, this.result);
    const scale = set.style === "tint" ? data.drawing.tints : data.drawing.scale;
    const colors = data.signed ? scale : scale.slice(5);
    const [down, up] = data.values ? ["lower", "higher"] : ["against", "for"];
    byId("scale-bar").style.background = `linear-gradient(to right, ${colors.join()})`;
    byId("scale-low").textContent = data.signed ? `${weightText(-limit, data)} ${down}` : "0";
    byId("scale-high").textContent = `${weightText(limit, data)} ${data.signed ? up : "most important"}`;
    byId("scale-about").textContent = this.map.byPixel(set) ? "by hundredth of the picture" : "";
  }

  /* Superpixels by the size of their weight, the largest first. */
  order() {
    const { weights } = this.result;
    return Array.from(weights.keys()).sort((a, b) => Math.abs(weights[b]) - Math.abs(weights[a]));
  }

  showTable() {
    const focused = document.activeElement?.dataset?.superpixel;
    const drawn = new Set(this.map.drawn(this.set, this.result));
    const reach = this.result.weights.reduce((most, weight, i) => {
      return Math.max(most, Math.abs(weight) + Z95 * (this.result.errors[i] || 0));
    }, 0) || 1;
    byId("rows").replaceChildren(...this.order().map((i) => this.row(i, drawn.has(i), reach)));
    byId("share-head").hidden = !this.data.prior;
    if (focused) this.button(focused)?.focus({ preventScroll: true });
    this.showSelected();
  }

  row(i, drawn, reach) {
    const { data, result } = this;
    const [weight, error] = [result.weights[i], result.errors[i]];
    const about = { type: "button", "data-superpixel": i, "aria-label": `Superpixel ${i}` };
    const pointed = element("button", about, String(i));
    pointed.addEventListener("focus", () => this.mark(i));
    pointed.addEventListener("blur", () => this.mark(null));
    pointed.addEventListener("click", () => this.select(i));
    const row = element("tr", { "data-row": i }, [
      element("th", { scope: "row" }, [pointed]),
      element("td", { class: "number" }, weight ? weightText(weight, data) : "0"),
      element("td", { class: "number" }, weight ? sizeText(error, data) : ""),
      element("td", { class: "bar" }, [this.bar(weight, error, reach)]),
      element("td", {}, [...(drawn ? [this.swatch(weight)] : []), this.says(i)]),
      ...(data.prior ? [element("td", { class: "number" }, `${Math.round(100 * result.share[i])}%`)] : []),
    ]);
    row.addEventListener("pointerenter", () => this.mark(i));
    row.addEventListener("pointerleave", () => this.mark(null));
    return row;
  }

  says(i) {
    const weight = this.result.weights[i];
    if (this.data.inert[i]) return "cannot be explained: hiding it changes nothing";
    if (weight === 0) return "nothing";
    if (!this.data.signed) return "important";
    if (this.data.values) return weight > 0 ? "raises the value" : "lowers the value";
    return weight > 0 ? "for the class" : "against the class";
  }

  /* A bar from the middle, to the right for the class, with its 95% interval as a line. */
  bar(weight, error, reach) {
    const at = (value) => 50 + (49 * value) / reach;
    const from = this.data.signed ? at : (value) => 1 + (98 * value) / reach;
    const zero = from(0);
    const drawing = shape("svg", { viewBox: "0 0 100 12", preserveAspectRatio: "none", "aria-hidden": "true" });
    drawing.append(shape("line", { class: "zero", x1: zero, x2: zero, y1: 0, y2: 12 }));
    drawing.append(shape("rect", {
      x: Math.min(zero, from(weight)), width: Math.abs(from(weight) - zero), y: 2, height: 8, fill: this.color(weight),
    }));
    if (weight && error > 0) {
      const interval = { x1: from(weight - Z95 * error), x2: from(weight + Z95 * error), y1: 6, y2: 6 };
      drawing.append(shape("line", { class: "casing", ...interval }), shape("line", { class: "error", ...interval }));
    }
    return drawing;
  }

  /* The line that the superpixel has on the map: solid for the class, dashed against it. */
  swatch(weight) {
    const drawing = shape("svg", { class: "swatch", viewBox: "0 0 24 8", "aria-hidden": "true" });
    const dash = weight > 0 ? {} : { "stroke-dasharray": "5 3" };
    const line = { x1: 1, x2: 23, y1: 4, y2: 4, stroke: this.color(weight), "stroke-width": 4 };
    drawing.append(shape("line", { ...line, ...dash }));
    return drawing;
  }

  color(weight) {
    return `rgb(${this.set.colors[weight > 0 ? 1 : 0]})`;
  }

  /* ---- map and table point at each other ---- */

  prepareMap() {
    const canvas = byId("map");
    canvas.addEventListener("pointermove", (event) => this.mark(this.map.under(event)));
    canvas.addEventListener("pointerleave", () => this.mark(null));
    canvas.addEventListener("click", (event) => {
      const superpixel = this.map.under(event);
      if (superpixel === null) return;
      this.select(superpixel);
      if (this.selected !== null) this.button(superpixel).scrollIntoView({ block: "nearest" });
    });
    new ResizeObserver(([{ contentRect }]) => {
      this.map.width = contentRect.width;
      this.draw();
    }).observe(canvas);
  }

  mark(superpixel) {
    if (superpixel === this.marked) return;
    this.marked = superpixel;
    for (const row of byId("rows").rows) row.classList.toggle("marked", Number(row.dataset.row) === superpixel);
    this.draw();
  }

  /* Selects a superpixel, or lets go of it. */
  select(superpixel) {
    this.selected = this.selected === superpixel ? null : superpixel;
    this.showSelected();
    this.draw();
    this.tell();
  }

  showSelected() {
    for (const row of byId("rows").rows) {
      const selected = Number(row.dataset.row) === this.selected;
      row.classList.toggle("selected", selected);
      row.querySelector("button").setAttribute("aria-pressed", String(selected));
    }
  }

  button(superpixel) {
    return byId("rows").querySelector(`button[data-superpixel="${superpixel}"]`);
  }

  /* ---- for those who do not see the map ---- */

  tell() {
    const strongest = this.map.drawn(this.set, this.result).slice(0, 3);
    const named = strongest.map((i) => `${i} (${weightText(this.result.weights[i], this.data)})`).join(", ");
    const about = `The map of ${this.className}. Strongest superpixels: ${named || "none has a weight"}.`;
    byId("map").setAttribute("aria-label", about);
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      const chosen = this.selected;
      const selected = chosen === null ? "" : ` Selected: superpixel ${chosen}, ${this.says(chosen)}.`;
      byId("status").textContent = `${about} R² ${twoDecimals(this.result.r2)}.${selected}`;
    }, PAUSE);
  }

  /* ---- to take away: the columns of the weights.csv of a saved explanation ---- */

  csv() {
    const { data, result } = this;
    const last = [
      ...(data.prior ? [["prior_share", (i) => result.share[i]]] : []),
      ...(result.entered ? [["entered", (i) => result.entered[i] || ""]] : []),
      ...(data.valueUnit ? [["unit", () => cell(data.unit)]] : []),
    ];
    const head = ["superpixel", "weight", "standard_error", "share", "inert", "center_row", "center_column"];
    const rows = this.order().map((i) => {
      const error = Number.isNaN(result.errors[i]) ? "" : result.errors[i];
      const place = data.centers.subarray(2 * i, 2 * i + 2);
      const row = [i, result.weights[i], error, data.photoShares[i], data.inert[i] ? "yes" : "no", ...place];
      return [...row, ...last.map(([, of]) => of(i))];
    });
    return [[...head, ...last.map(([name]) => name)], ...rows].map((row) => `${row.join()}\n`).join("");
  }

  download() {
    const address = URL.createObjectURL(new Blob([this.csv()], { type: "text/csv" }));
    const link = element("a", { href: address, download: "weights.csv" }, "");
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }
}

/* A text of anybody for a cell of a CSV file, which no spreadsheet takes for a formula: records.harmless. */
function cell(text) {
  const harmless = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/* The value of a slider, beside it and for screen readers. */
function say(id, text) {
  byId(`${id}-value`).textContent = text;
  byId(id).setAttribute("aria-valuetext", text);
}

/* An element with attributes, and with a text or with children: a text never becomes HTML. */
function element(name, attributes, content) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...(Array.isArray(content) ? content : [content]));
  return made;
}

function shape(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

(async () => {
  const data = unpacked(JSON.parse(byId("data").textContent));
  window.livingReport = new Report(data, await pixelsOf(data));
})();
