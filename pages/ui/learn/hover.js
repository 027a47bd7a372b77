// Draws what the map says against what the model says of each sample, and the picture of the one that is pointed at:
// the crop where a superpixel is shown, its hidden version where it is not.  Nothing is sent back.

const LEFT = 56, BOTTOM = 44, TOP = 12, RIGHT = 12;
const HAND = 24; // pixels within which a sample is the one that is pointed at

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Every array is unpacked once, however often the page is drawn: most stay as they are.  The page may be drawn anew
// while one is unpacked, so what is known changes at the end alone.
async function arrays(root, data) {
  const known = root.known ?? {}, now = {};
  for (const name of ["image", "hidden", "labels", "masks"]) {
    const text = data[name];
    now[name] = known[name]?.text === text ? known[name] : { text, bytes: await unpacked(text) };
  }
  root.known = now;
  const { image, hidden, labels, masks } = now;
  return { image: image.bytes, hidden: hidden.bytes, labels: labels.bytes, masks: masks.bytes };
}

// Round numbers from low to high, about five of them.
function ticks(low, high) {
  const rough = (high - low) / 5, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  const found = [];
  for (let place = Math.ceil(low / step); place * step <= high; place++) found.push(place * step);
  return found;
}

function written(value) {
  return Number(value.toPrecision(6)).toString().replace("-", "−");
}

export default function (component) {
  const { parentElement: root, data } = component;
  const part = (name) => root.querySelector(`.${name}`);
  const chart = part("chart"), picture = part("picture"), words = part("words");
  const number = part("number"), slide = part("slide");
  const last = data.scores.length - 1;
  const first = data.telling.length ? data.telling[0] : last;
  let row = Math.min(root.row ?? first, last), parts = null, ended = false;

  chart.setAttribute("aria-label", data.alt);
  for (const control of [number, slide]) control.max = last;
  picture.width = data.width;
  picture.height = data.height;

  const all = [...data.scores, ...data.predicted];
  let low = all[0], high = all[0];
  for (const value of all) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const margin = 0.05 * (high - low || Math.abs(high) || 1);
  low -= margin;
  high += margin;
  const marked = new Set(data.telling);

  const across = (value) => LEFT + ((value - low) / (high - low)) * (chart.clientWidth - LEFT - RIGHT);
  const up = (value) => TOP + ((high - value) / (high - low)) * (chart.clientHeight - TOP - BOTTOM);

  function drawChart() {
    const ratio = window.devicePixelRatio || 1, style = getComputedStyle(chart);
    chart.width = Math.round(chart.clientWidth * ratio);
    chart.height = Math.round(chart.clientHeight * ratio);
    const pen = chart.getContext("2d"), text = style.color;
    pen.scale(ratio, ratio);
    pen.font = `13px ${style.fontFamily}`;
    pen.fillStyle = text;
    pen.strokeStyle = data.colors.line;
    pen.lineWidth = 1;
    for (const tick of ticks(low, high)) {
      pen.globalAlpha = 0.25;
      pen.beginPath();
      pen.moveTo(across(tick), TOP);
      pen.lineTo(across(tick), up(low));
      pen.moveTo(LEFT, up(tick));
      pen.lineTo(across(high), up(tick));
      pen.stroke();
      pen.globalAlpha = 0.9;
      pen.textAlign = "center";
      pen.fillText(written(tick), across(tick), up(low) + 16);
      pen.textAlign = "right";
      pen.fillText(written(tick), LEFT - 6, up(tick) + 4);
    }
    pen.globalAlpha = 1;
    pen.textAlign = "center";
    pen.fillText(`the map says, ${data.axis}`, (LEFT + across(high)) / 2, chart.clientHeight - 6);
    pen.save();
    pen.translate(13, (TOP + up(low)) / 2);
    pen.rotate(-Math.PI / 2);
    pen.fillText(`the model says, ${data.axis}`, 0, 0);
    pen.restore();
    pen.setLineDash([4, 4]);
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.moveTo(across(low), up(low));
    pen.lineTo(across(high), up(high));
    pen.stroke();
    pen.setLineDash([]);

    const dot = (each, color, size, alpha) => {
      pen.globalAlpha = alpha;
      pen.fillStyle = color;
      pen.beginPath();
      pen.arc(across(data.predicted[each]), up(data.scores[each]), size, 0, 2 * Math.PI);
      pen.fill();
    };
    for (let each = 0; each <= last; each++) {
      if (!marked.has(each)) dot(each, data.colors.sample, 2 + 3 * data.weights[each], 0.65);
    }
    for (const each of marked) dot(each, data.colors.telling, 5.5, 1);
    pen.globalAlpha = 1;
    pen.strokeStyle = text;
    pen.lineWidth = 2.5;
    pen.beginPath();
    pen.arc(across(data.predicted[row]), up(data.scores[row]), 9, 0, 2 * Math.PI);
    pen.stroke();
  }

  function drawPicture() {
    const { image, hidden, labels, masks } = parts, size = data.width * data.height;
    const pixels = new ImageData(data.width, data.height), begin = row * data.d;
    for (let place = 0; place < size; place++) {
      const superpixel = labels[2 * place] + 256 * labels[2 * place + 1];
      const from = masks[begin + superpixel] > 127 ? image : hidden;
      for (let channel = 0; channel < 3; channel++) pixels.data[4 * place + channel] = from[3 * place + channel];
      pixels.data[4 * place + 3] = 255;
    }
    picture.getContext("2d").putImageData(pixels, 0, 0);
  }

  function show(wanted) {
    row = Math.max(0, Math.min(last, Math.round(wanted)));
    const told = row ? "superpixels are shown" : "superpixels are shown, the full picture";
    const said = `Sample ${row}: ${data.shown[row]} ${told}. The model says ${data.model[row]}, the map says ` +
      `${data.map[row]}. It counts ${data.counts[row]}.`;
    words.textContent = said;
    picture.setAttribute("aria-label", said);
    slide.value = row;
    if (root.activeElement !== number) number.value = row;
    drawChart();
    if (parts) drawPicture();
  }

  // Where nobody has chosen, the first of those above is shown, whatever samples there are.
  function choose(wanted) {
    show(wanted);
    root.row = row;
  }

  function nearest(event) {
    const box = chart.getBoundingClientRect();
    const x = event.clientX - box.left, y = event.clientY - box.top;
    let best = -1, least = HAND ** 2;
    for (let each = 0; each <= last; each++) {
      const apart = (across(data.predicted[each]) - x) ** 2 + (up(data.scores[each]) - y) ** 2;
      if (apart < least) [best, least] = [each, apart];
    }
    if (best >= 0 && best !== row) choose(best);
  }

  chart.onpointermove = chart.onpointerdown = nearest;
  slide.oninput = () => choose(Number(slide.value));
  number.oninput = () => {
    if (number.value !== "") choose(Number(number.value));
  };
  number.onchange = () => { number.value = row; };

  const watch = new ResizeObserver(() => drawChart());
  watch.observe(chart);
  number.value = row;
  show(row);
  arrays(root, data).then((found) => {
    if (ended) return;
    parts = found;
    drawPicture();
  });
  return () => {
    ended = true;
    watch.disconnect();
  };
}
