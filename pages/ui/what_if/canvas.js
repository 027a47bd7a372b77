// The crop with its superpixels, to be pressed.  What stands where a superpixel is hidden is there already, so a press
// shows at once; only the numbers of hidden or selected superpixels go to the server, and pictures come once.

const WHITE = "#ffffff";
const BLACK = "#14171b";
const NEAR = 4; // pixels on the screen that a stroke must have, else it was a press

export default function (component) {
  const { data, parentElement: root } = component;
  const state = (root.whatIf ??= mounted(root));
  state.component = component;
  const does = state.canvas.dataset;
  if (does.mode !== data.mode || does.shape !== data.shape) state.stroke = []; // it was begun as something else
  Object.assign(does, { mode: data.mode, shape: data.shape });
  if (state.turn !== data.turn) {
    // Something else than a press on this picture has changed it.
    state.turn = data.turn;
    state.off = new Set(data.off);
    state.picked = new Set(data.picked);
    state.stroke = [];
  }
  if (state.cut !== data.cut) load(state, data);
  else redraw(state);
}

const draws = (mode) => mode === "split" || mode === "draw";

function mounted(root) {
  const frame = document.createElement("div");
  frame.className = "frame";
  const canvas = document.createElement("canvas");
  const said = document.createElement("p");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  said.setAttribute("role", "status");
  frame.append(canvas);
  root.append(frame, said);
  const state = { canvas, said, off: new Set(), picked: new Set(), stroke: [], at: -1, keyed: false };
  canvas.addEventListener("click", (event) => pressed(state, event));
  canvas.addEventListener("keydown", (event) => typed(state, event));
  canvas.addEventListener("blur", () => ((state.keyed = false), point(state, -1)));
  canvas.addEventListener("pointerleave", () => state.keyed || point(state, -1));
  canvas.addEventListener("pointerdown", (event) => strokeBegins(state, event));
  canvas.addEventListener("pointermove", (event) => strokeGoesOn(state, event));
  canvas.addEventListener("pointerup", () => strokeEnds(state));
  canvas.addEventListener("pointercancel", () => ((state.stroke = []), redraw(state)));
  return state;
}

async function load(state, data) {
  state.cut = data.cut;
  const [shown, hidden, coded] = await Promise.all([data.shown, data.hidden, data.labels].map(pixels));
  if (state.cut !== data.cut) return; // a newer one has come meanwhile
  const { width, height } = shown;
  const labels = new Uint16Array(width * height);
  for (let i = 0; i < labels.length; i++) labels[i] = coded.data[4 * i] + 256 * coded.data[4 * i + 1];
  Object.assign(state, { shown, hidden, labels, width, height, scale: Math.max(1, Math.ceil(640 / Math.max(width, height))) });
  state.mixed = new ImageData(width, height);
  state.small = Object.assign(document.createElement("canvas"), { width, height });
  state.canvas.width = width * state.scale;
  state.canvas.height = height * state.scale;
  state.edges = edges(state);
  state.at = -1;
  redraw(state);
}

async function pixels(png) {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, image.width, image.height);
}

// The lines around each superpixel, by its number, and all of them under -1.
function edges({ labels, width, height, scale }) {
  const paths = new Map([[-1, new Path2D()]]);
  const line = (label, x0, y0, x1, y1) => {
    if (!paths.has(label)) paths.set(label, new Path2D());
    paths.get(label).moveTo(x0 * scale, y0 * scale);
    paths.get(label).lineTo(x1 * scale, y1 * scale);
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const here = labels[y * width + x];
      const right = x + 1 < width ? labels[y * width + x + 1] : -2;
      const below = y + 1 < height ? labels[(y + 1) * width + x] : -2;
      if (right !== here) {
        line(here, x + 1, y, x + 1, y + 1);
        if (right >= 0) { line(right, x + 1, y, x + 1, y + 1); line(-1, x + 1, y, x + 1, y + 1); }
      }
      if (below !== here) {
        line(here, x, y + 1, x + 1, y + 1);
        if (below >= 0) { line(below, x, y + 1, x + 1, y + 1); line(-1, x, y + 1, x + 1, y + 1); }
      }
      if (x === 0) line(here, 0, y, 0, y + 1);
      if (y === 0) line(here, x, 0, x + 1, 0);
    }
  }
  return paths;
}

function redraw(state) {
  const { canvas, shown, hidden, labels, mixed, off, picked, at, scale, stroke } = state;
  const { data } = state.component;
  describe(state);
  if (!labels) return;
  const from = new Uint32Array(shown.data.buffer), instead = new Uint32Array(hidden.data.buffer);
  const to = new Uint32Array(mixed.data.buffer);
  for (let i = 0; i < labels.length; i++) to[i] = off.has(labels[i]) ? instead[i] : from[i];
  state.small.getContext("2d").putImageData(mixed, 0, 0);
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(state.small, 0, 0, canvas.width, canvas.height);
  const drawLine = (label, color, width, dash = []) => {
    context.setLineDash(dash);
    context.lineWidth = width;
    context.strokeStyle = color;
    context.stroke(state.edges.get(label));
  };
  context.globalAlpha = 0.55;
  drawLine(-1, WHITE, 1);
  context.globalAlpha = 1;
  for (const label of off) {
    if (!state.edges.has(label)) continue;
    drawLine(label, WHITE, scale); // dashed: hidden
    drawLine(label, BLACK, scale, [2 * scale, 2 * scale]);
  }
  for (const label of picked) {
    if (!state.edges.has(label)) continue;
    drawLine(label, BLACK, 3 * scale); // solid: selected
    drawLine(label, WHITE, 1.5 * scale);
  }
  if (at >= 0) {
    drawLine(at, BLACK, 2.5 * scale);
    drawLine(at, state.color ??= getComputedStyle(canvas).getPropertyValue("--st-primary-color") || WHITE, 1.5 * scale);
  }
  if (stroke.length > 1) {
    const points = data.mode === "draw" && data.shape !== "free" ? box(stroke, data.shape) : stroke;
    context.beginPath();
    points.forEach(([row, column]) => context.lineTo(column * scale, row * scale));
    if (data.mode === "draw") context.closePath();
    for (const [color, dash] of [[WHITE, []], [BLACK, [3 * scale, 2 * scale]]]) {
      context.setLineDash(dash);
      context.lineWidth = 1.5 * scale;
      context.strokeStyle = color;
      context.stroke();
    }
  }
}

// What the picture shows, for those who do not see it.
function describe({ canvas, off, component: { data } }) {
  const hidden = [...off].sort((a, b) => a - b);
  const what = hidden.length ? `Hidden: ${hidden.join(", ")}.` : "All are shown.";
  canvas.setAttribute("aria-label", `${data.about} ${what} ${data.help}`);
}

function place(state, event) {
  const box = state.canvas.getBoundingClientRect();
  const row = ((event.clientY - box.top) / box.height) * state.height;
  const column = ((event.clientX - box.left) / box.width) * state.width;
  return [row, column];
}

function under(state, event) {
  const [row, column] = place(state, event).map(Math.floor);
  const inside = row >= 0 && column >= 0 && row < state.height && column < state.width;
  return inside ? state.labels[row * state.width + column] : -1;
}

function point(state, label) {
  if (label !== state.at) {
    state.at = label;
    redraw(state);
  }
  const { data } = state.component;
  if (label < 0) state.said.textContent = "";
  else if (label === data.border) state.said.textContent = "The border around the photo, which is never hidden.";
  else state.said.textContent = `Superpixel ${label}${data.told[label] ?? ""} · ${state.off.has(label) ? "hidden" : "shown"}`;
}

function toggle(state, label) {
  const { data, setStateValue } = state.component;
  if (label < 0 || label === data.border || data.mode === "draw") return;
  const name = data.mode === "hide" ? "off" : "picked";
  const set = state[name];
  if (set.has(label)) set.delete(label);
  else {
    if (data.mode === "split") set.clear(); // one is cut at a time
    set.add(label);
  }
  redraw(state);
  point(state, label);
  setStateValue(name, { turn: state.turn, which: [...set] });
}

function pressed(state, event) {
  if (!state.labels || state.wasStroke) return;
  state.keyed = false;
  toggle(state, under(state, event));
}

// The superpixel whose middle lies nearest in a direction, and not far aside of it.
function beside({ at, component: { data } }, down, across) {
  const [row, column] = data.centers[at];
  let best = at, least = Infinity;
  data.centers.forEach(([r, c], label) => {
    const along = (r - row) * down + (c - column) * across;
    const aside = Math.abs((r - row) * across) + Math.abs((c - column) * down);
    if (label !== data.border && along > 0 && aside <= along && along + aside < least) [best, least] = [label, along + aside];
  });
  return best;
}

function typed(state, event) {
  const ways = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  if (!state.labels) return;
  if (event.key === "Escape") { state.stroke = []; redraw(state); return; }
  if (!(event.key in ways) && event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  event.stopPropagation();
  state.keyed = true;
  if (state.at < 0) point(state, state.labels[state.width * (state.height >> 1) + (state.width >> 1)]);
  else if (event.key in ways) point(state, beside(state, ...ways[event.key]));
  else toggle(state, state.at);
}

function strokeBegins(state, event) {
  state.wasStroke = false;
  if (!state.labels || !draws(state.component.data.mode) || event.button) return;
  state.stroke = [place(state, event)];
  state.canvas.setPointerCapture(event.pointerId);
}

function strokeGoesOn(state, event) {
  if (!state.labels) return;
  const { mode, shape } = state.component.data;
  if (!state.stroke.length) {
    if (event.pointerType === "mouse") { state.keyed = false; point(state, under(state, event)); }
    return;
  }
  const here = place(state, event);
  if (mode === "draw" && shape === "free") state.stroke.push(here);
  else state.stroke = [state.stroke[0], here];
  redraw(state);
}

function strokeEnds(state) {
  const { stroke } = state;
  if (!stroke.length) return;
  const { data, setTriggerValue } = state.component;
  state.stroke = [];
  const side = state.canvas.getBoundingClientRect().width / state.width;
  const far = Math.max(...stroke.map(([r, c]) => Math.hypot(r - stroke[0][0], c - stroke[0][1]))) * side;
  state.wasStroke = far >= NEAR;
  redraw(state);
  if (!state.wasStroke) return;
  if (data.mode === "split") setTriggerValue("line", [stroke[0], stroke.at(-1)]);
  else setTriggerValue("stroke", data.shape === "free" ? thinned(stroke) : corners(stroke));
}

// As many points as an outline needs, however slowly it was drawn.
function thinned(stroke, most = 400) {
  const step = Math.max(1, stroke.length / most);
  return Array.from({ length: Math.min(stroke.length, most) }, (_, i) => stroke[Math.floor(i * step)]);
}

function corners(stroke) {
  const rows = stroke.map(([row]) => row), columns = stroke.map(([, column]) => column);
  return [[Math.min(...rows), Math.min(...columns)], [Math.max(...rows), Math.max(...columns)]];
}

function box(stroke, shape) {
  const [[top, left], [bottom, right]] = corners(stroke);
  if (shape === "rectangle") return [[top, left], [top, right], [bottom, right], [bottom, left]];
  return Array.from({ length: 64 }, (_, i) => {
    const angle = (i * Math.PI) / 32;
    return [
      (top + bottom) / 2 + ((bottom - top) / 2) * Math.sin(angle),
      (left + right) / 2 + ((right - left) / 2) * Math.cos(angle),
    ];
  });
}
