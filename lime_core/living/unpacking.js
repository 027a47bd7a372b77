/* From the texts of lime_core/living/packing.py and contents.py back to arrays. */

function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function floats(text) {
  return new Float64Array(bytesOf(text).buffer);
}

function unpackedLabels(text, size) {
  const runs = new Uint16Array(bytesOf(text).buffer);
  const labels = new Uint16Array(size);
  for (let run = 0, start = 0; run < runs.length; run += 2) {
    labels.fill(runs[run + 1], start, start + runs[run]);
    start += runs[run];
  }
  return labels;
}

function unpackedMasks(masks, count) {
  if (masks.floats) return Float64Array.from(new Float32Array(bytesOf(masks.floats).buffer));
  const bits = bytesOf(masks.bits);
  return Float64Array.from({ length: count }, (_, i) => (bits[i >> 3] >> (7 - (i & 7))) & 1);
}

function unpackedPart(part, size) {
  const labels = unpackedLabels(part.labels, size);
  const sizes = new Float64Array(part.d);
  labels.forEach((label) => (sizes[label] += 1));
  if (!part.masks) return { d: part.d, labels, sizes };
  return {
    ...part,
    labels,
    sizes,
    masks: unpackedMasks(part.masks, part.n * part.d),
    distance: part.distance && floats(part.distance),
    sampleWeights: part.sampleWeights && floats(part.sampleWeights),
    clusters: part.clusters && new Uint32Array(bytesOf(part.clusters).buffer),
    inert: bytesOf(part.inert),
    scores: part.scores.map(floats),
    rounding: floats(part.rounding),
    expected: part.expected.map((text) => text && floats(text)),
  };
}

/* The fit of a class as it was made. */
function unpackedClass(packed) {
  const [intercept, r2, localPrediction, modelScore, effectiveSamples] = floats(packed.figures);
  const figures = { intercept, r2, localPrediction, modelScore, effectiveSamples };
  const { index, name, called } = packed;
  const made = { weights: floats(packed.weights), errors: floats(packed.errors), share: floats(packed.share) };
  if (packed.entered) made.entered = new Uint32Array(bytesOf(packed.entered).buffer);
  return { index, name, called, made: { ...made, ...figures, parts: packed.parts.map(floats) } };
}

function unpackedLoop(text) {
  const points = new Float32Array(bytesOf(text).buffer);
  const path = new Path2D();
  let length = 0;
  for (let i = 0; i < points.length; i += 2) {
    const before = i ? i - 2 : points.length - 2;
    length += Math.hypot(points[i] - points[before], points[i + 1] - points[before + 1]);
    path.lineTo(points[i], points[i + 1]);
  }
  path.closePath();
  return { path, length };
}

function unpacked(data) {
  const size = data.height * data.width;
  const parts = data.parts.map((part) => unpackedPart(part, size));
  parts.forEach((part) => (part.shares = sharesOf(part.labels, part.d, parts[0].labels, parts[0].d)));
  return {
    ...data,
    parts,
    classes: data.classes.map(unpackedClass),
    inert: bytesOf(data.inert),
    centers: floats(data.centers),
    photoShares: floats(data.photoShares),
    outlines: data.outlines.map((loops) => loops.map(unpackedLoop)),
  };
}

/* The photo's pixels, four numbers each. */
async function pixelsOf(data) {
  const image = new Image();
  image.src = data.image;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = data.width;
  canvas.height = data.height;
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  return pen.getImageData(0, 0, data.width, data.height).data;
}
