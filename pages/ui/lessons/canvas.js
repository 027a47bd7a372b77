// A picture whose parts are marked by a click.  The texts and pictures that it gets are data, never markup.
const started = new WeakMap();

function start(root) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas.style, { width: "100%", height: "auto", display: "block", borderRadius: "8px" });
  canvas.setAttribute("role", "img");
  root.append(canvas);
  // A lesson begins at its beginning, however far down in the list, or in the lesson before, it was opened.
  document.querySelector('[data-testid="stMain"]')?.scrollTo({ top: 0, behavior: "instant" });
  const own = { canvas, photo: new Image(), labels: new Image(), ids: null };
  const part = (event) => {
    if (!own.ids) return -1;
    const box = canvas.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * own.ids.width);
    const row = Math.floor(((event.clientY - box.top) / box.height) * own.ids.height);
    if (column < 0 || row < 0 || column >= own.ids.width || row >= own.ids.height) return -1;
    const at = 4 * (row * own.ids.width + column);
    return own.ids.data[at] + 256 * own.ids.data[at + 1];
  };
  canvas.onclick = (event) => {
    if (!own.locked && part(event) >= 0) own.send(part(event));
  };
  const ready = () => {
    if (!own.photo.naturalWidth || !own.labels.naturalWidth) return;
    const hidden = new OffscreenCanvas(own.labels.naturalWidth, own.labels.naturalHeight).getContext("2d");
    hidden.drawImage(own.labels, 0, 0);
    own.ids = hidden.getImageData(0, 0, own.labels.naturalWidth, own.labels.naturalHeight);
    draw(own);
  };
  own.photo.onload = own.labels.onload = ready;
  return own;
}

function draw(own) {
  const { canvas, photo, ids } = own;
  if (!ids) return;
  canvas.width = photo.naturalWidth;
  canvas.height = photo.naturalHeight;
  const pen = canvas.getContext("2d");
  pen.drawImage(photo, 0, 0);
  const cover = new OffscreenCanvas(ids.width, ids.height);
  const paint = cover.getContext("2d");
  const tint = paint.createImageData(ids.width, ids.height);
  const marked = new Set(own.marked);
  for (let at = 0; at < ids.data.length; at += 4) {
    if (!marked.has(ids.data[at] + 256 * ids.data[at + 1])) continue;
    tint.data.set([142, 60, 176, 140], at);
  }
  paint.putImageData(tint, 0, 0);
  pen.drawImage(cover, 0, 0, canvas.width, canvas.height);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const own = started.get(parentElement) ?? start(parentElement);
  started.set(parentElement, own);
  own.marked = data.marked;
  own.locked = data.locked;
  own.send = (part) => setTriggerValue("part", part);
  own.canvas.setAttribute("aria-label", data.alt);
  own.canvas.style.cursor = data.locked ? "default" : "pointer";
  if (own.photo.src !== data.photo) own.photo.src = data.photo;
  if (own.labels.src !== data.labels) own.labels.src = data.labels;
  draw(own);
}
