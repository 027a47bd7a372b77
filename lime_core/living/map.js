/* The map: the weights on the photo, as lime_core/drawing/overlay.py draws them, at the resolution of the screen. */

const GREY = [128, 128, 128]; // in the place of what is hidden

/* heatmap.ranked: the superpixels worth drawing, strongest first; of equal weights the lower number comes first. */
function ranked(weights, show, top, least) {
  const sign = { both: Math.abs, for: (value) => value, against: (value) => -value }[show];
  const strength = Array.from(weights, sign);
  const worth = strength.map((_, i) => i).filter((i) => strength[i] > 0 && strength[i] >= least);
  return worth.sort((a, b) => strength[b] - strength[a]).slice(0, top);
}

/* heatmap.symmetric_limit: the end of the scale that fits these weights. */
function symmetricLimit(weights) {
  return weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) || 1;
}

/* What NumPy's quantile says: linear between the two values that are nearest. */
function quantileOf(values, share) {
  const sorted = Float64Array.from(values).sort();
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (place - low) * (sorted[high] - sorted[low]);
}

/* The weight of a hundredth of the photo at each pixel: the mean of the maps of all segmentations. */
function pixelWeights({ parts, pixelsInPhoto }, weightsOfParts) {
  const spread = new Float64Array(parts[0].labels.length);
  const hundredth = pixelsInPhoto / 100 / parts.length;
  parts.forEach((part, number) => {
    const each = weightsOfParts[number].map((weight, i) => (weight * hundredth) / part.sizes[i]);
    part.labels.forEach((label, pixel) => (spread[pixel] += each[label]));
  });
  return spread;
}

/* palette.diverging, of one number in [-1, 1]. */
function diverging(anchors, value) {
  const place = ((Math.min(Math.max(value, -1), 1) + 1) / 2) * (anchors.length - 1);
  const low = Math.min(Math.floor(place), anchors.length - 2);
  return anchors[low].map((channel, c) => channel + (place - low) * (anchors[low + 1][c] - channel));
}

function channelsOf(color) {
  return [1, 3, 5].map((start) => parseInt(color.slice(start, start + 2), 16));
}

/* overlay._duotone, for one brightness: from dark through the tint to light. */
function duotone(grey, tint, texture) {
  const end = grey < 127 ? 0 : 255;
  const along = grey < 127 ? 1 - grey / 127 : (grey - 127) / 128;
  return tint.map((channel) => channel + along * texture * (end - channel));
}

class LivingMap {
  constructor(canvas, data, photo) {
    this.canvas = canvas;
    this.data = data;
    this.photo = photo;
    this.labels = data.parts[0].labels;
    this.anchors = data.drawing.scale.map(channelsOf);
    this.grey = Uint8ClampedArray.from(this.labels, (_, pixel) => {
      return 0.299 * photo[4 * pixel] + 0.587 * photo[4 * pixel + 1] + 0.114 * photo[4 * pixel + 2];
    });
    this.width = 0; // on the screen, which the page tells whenever it changes: to ask would lay it out anew
  }

  /* Whether each pixel has a weight of its own: the mean of several segmentations has no superpixels. */
  byPixel(view) {
    return view.style === "heatmap" && this.data.parts.length > 1;
  }

  /* The end of the color scale, see Drawn.color_limit. */
  limit(view, result) {
    if (!this.byPixel(view)) return symmetricLimit(result.weights);
    const { border } = this.data; // of a padded photo, which is no part of it
    const inPhoto = pixelWeights(this.data, result.parts).filter((_, pixel) => this.labels[pixel] !== border);
    return quantileOf(inPhoto.map(Math.abs), 0.99) || 1;
  }

  /* The superpixels that are drawn, strongest first; a heat map has all of them. */
  drawn(view, result) {
    const most = view.style === "heatmap" ? result.weights.length : view.top;
    return ranked(result.weights, view.show, most, view.least);
  }

  /* Draws everything anew; `marked` is the superpixel that is pointed at, or null. */
  draw(view, result, marked) {
    const { canvas, data } = this;
    const width = Math.max(1, Math.round(this.width * window.devicePixelRatio));
    if (canvas.width !== width) {
      canvas.width = width;
      canvas.height = Math.round((width * data.height) / data.width);
    }
    const pen = canvas.getContext("2d");
    const scale = canvas.width / data.width;
    pen.imageSmoothingQuality = "high";
    pen.drawImage(this.ground(view, result), 0, 0, canvas.width, canvas.height);
    const drawn = this.drawn(view, result);
    if (view.style !== "heatmap") this.outline(pen, scale, view, result, drawn);
    if (view.numbers) drawn.slice(0, view.top).forEach((i) => this.number(pen, scale, i));
    if (marked !== null) this.mark(pen, scale, marked);
  }

  /* The photo with its colors at its own resolution, as a canvas. */
  ground(view, result) {
    const { data } = this;
    const layer = document.createElement("canvas");
    layer.width = data.width;
    layer.height = data.height;
    const pixels = new Uint8ClampedArray(this.photo);
    if (view.style === "heatmap") this.heat(pixels, view, result);
    else if (view.style !== "outline") this.tint(pixels, view, result);
    layer.getContext("2d").putImageData(new ImageData(pixels, data.width, data.height), 0, 0);
    return layer;
  }

  flattened(pixels) {
    const { flat } = this.data.drawing;
    for (let pixel = 0; pixel < this.grey.length; pixel++) {
      const value = flat + (1 - (2 * flat) / 255) * this.grey[pixel];
      pixels[4 * pixel] = pixels[4 * pixel + 1] = pixels[4 * pixel + 2] = value;
    }
  }

  heat(pixels, view, result) {
    if (view.grey) this.flattened(pixels);
    const limit = this.limit(view, result);
    const weights = this.byPixel(view) ? pixelWeights(this.data, result.parts) : null;
    const sign = { both: () => true, for: (w) => w > 0, against: (w) => w < 0 }[view.show];
    const shown = new Set(this.drawn(view, result));
    this.labels.forEach((label, pixel) => {
      const weight = weights ? weights[pixel] : shown.has(label) ? result.weights[label] : 0;
      if (weight !== 0 && sign(weight)) mix(pixels, pixel, diverging(this.anchors, weight / limit), view.opacity);
    });
  }

  /* Colors of the superpixels that are drawn, or what stands for the others. */
  tint(pixels, view, result) {
    const { weakest, texture } = this.data.drawing;
    const drawn = new Set(this.drawn(view, result));
    if (view.style === "tint" && view.grey && drawn.size) this.flattened(pixels);
    const limit = symmetricLimit(result.weights);
    const strength = result.weights.map((weight) => weakest + (1 - weakest) * Math.min(Math.abs(weight) / limit, 1));
    const shades = Array.from({ length: 256 }, (_, grey) => view.colors.map((color) => duotone(grey, color, texture)));
    const faded = Array.from({ length: 256 }, (_, grey) => Array(3).fill(grey + 0.6 * (255 - grey)));
    this.labels.forEach((label, pixel) => {
      const grey = this.grey[pixel];
      if (view.style === "tint" && drawn.has(label)) {
        mix(pixels, pixel, shades[grey][result.weights[label] > 0 ? 1 : 0], strength[label] * view.opacity);
      } else if (view.style === "hide" && !drawn.has(label)) {
        mix(pixels, pixel, GREY, 1);
      } else if (view.style === "block" && !drawn.has(label)) {
        mix(pixels, pixel, faded[grey], 1);
      }
    });
  }

  /* Solid lines for the class, dashed ones against it, both in a light and a dark casing: one stands out anywhere. */
  outline(pen, scale, view, result, drawn) {
    const width = Math.max(1, this.data.drawing.line * Math.max(this.canvas.width, this.canvas.height));
    const casing = Math.max(1, 0.4 * width);
    pen.save();
    pen.lineJoin = pen.lineCap = "round";
    for (const [around, color] of [[4 * casing, "rgba(0,0,0,0.75)"], [2 * casing, "rgba(255,255,255,0.9)"], [0, null]]) {
      pen.lineWidth = width + around;
      for (const superpixel of drawn) {
        const speaksFor = result.weights[superpixel] > 0;
        pen.strokeStyle = color || `rgb(${view.colors[speaksFor ? 1 : 0]})`;
        for (const loop of this.data.outlines[superpixel]) {
          pen.setLineDash(speaksFor ? [] : dashOf(loop.length * scale, 4 * (width + 2 * casing)));
          pen.stroke(scaledPath(loop.path, scale));
        }
      }
    }
    pen.restore();
  }

  /* A superpixel that is pointed at stands out by a double line, whatever it weighs. */
  mark(pen, scale, superpixel) {
    pen.save();
    pen.lineJoin = "round";
    for (const [width, color] of [[9, "#000"], [6, "#fff"], [2, "#000"]]) {
      pen.lineWidth = width * window.devicePixelRatio;
      pen.strokeStyle = color;
      for (const loop of this.data.outlines[superpixel]) pen.stroke(scaledPath(loop.path, scale));
    }
    pen.restore();
    this.number(pen, scale, superpixel);
  }

  /* marks.with_texts: the number of a superpixel, on its middle. */
  number(pen, scale, superpixel) {
    const [row, column] = this.data.centers.subarray(2 * superpixel, 2 * superpixel + 2);
    const size = Math.max(11 * window.devicePixelRatio, this.canvas.width / 42);
    const [x, y] = [(column + 0.5) * scale, (row + 0.5) * scale];
    pen.save();
    pen.font = `${size}px system-ui, sans-serif`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    const half = pen.measureText(superpixel).width / 2 + 0.4 * size;
    pen.fillStyle = "rgba(20,20,24,0.84)";
    pen.beginPath();
    pen.roundRect(x - half, y - 0.8 * size, 2 * half, 1.6 * size, 0.3 * size);
    pen.fill();
    pen.fillStyle = "#fff";
    pen.fillText(superpixel, x, y);
    pen.restore();
  }

  /* The superpixel under a pointer. */
  under(event) {
    const frame = this.canvas.getBoundingClientRect();
    const row = Math.floor(((event.clientY - frame.top) / frame.height) * this.data.height);
    const column = Math.floor(((event.clientX - frame.left) / frame.width) * this.data.width);
    const inside = row >= 0 && row < this.data.height && column >= 0 && column < this.data.width;
    return inside ? this.labels[row * this.data.width + column] : null;
  }
}

function mix(pixels, pixel, color, share) {
  for (let c = 0; c < 3; c++) {
    const place = 4 * pixel + c;
    pixels[place] = Math.round(pixels[place] + share * (color[c] - pixels[place]));
  }
}

/* outlines.dashes: stretched so that the last gap meets the first dash. */
function dashOf(length, period) {
  const step = length / Math.max(2, Math.round(length / period));
  return [0.45 * step, 0.55 * step];
}

function scaledPath(path, scale) {
  const scaled = new Path2D();
  scaled.addPath(path, new DOMMatrix([scale, 0, 0, scale, 0, 0]));
  return scaled;
}
