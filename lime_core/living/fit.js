/* The fit itself: what `lime_core.fit` does for ridge, least squares and ridge with a prior, step for step.

   Each function names the one of the package that it follows, so that both can be read side by side. */

const SMALLEST_REST = 1e-3; // one minus leverage, see covariance.py
const SLIGHT = 1e-8; // a penalty as a share of all squares, see covariance.py
const TINY = 2 ** -1022;
const ROUNDED = 2 ** -52;
const SURE = 1e-2; // the least pivot beside the largest

/* exp(-D² / 2 width²) of each sample; what has no width was worked out before. */
function sampleWeightsOf(part, width) {
  if (!part.distance) return part.sampleWeights;
  return part.distance.map((distance) => Math.exp(-((distance / width) ** 2) / 2));
}

function weightedMean(values, weights) {
  return dot(values, weights) / sum(weights);
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

/* stages.samples_of: the columns that can be explained; none where the score does not move beyond rounding. */
function liveColumns(part, scores, weights, rounding) {
  if (still(scores, weights, rounding)) return [];
  return Array.from(part.inert.keys()).filter((column) => !part.inert[column]);
}

function still(scores, weights, rounding) {
  let low = Infinity;
  let high = -Infinity;
  scores.forEach((score, row) => {
    if (!(weights[row] > 0)) return;
    low = Math.min(low, score);
    high = Math.max(high, score);
  });
  return !(high - low > rounding);
}

/* These columns of the masks without their weighted mean, and that mean. */
function centredColumns(part, columns, weights) {
  const total = sum(weights);
  const mean = new Float64Array(columns.length);
  const centred = matrix(part.n, columns.length);
  for (let row = 0; row < part.n; row++) {
    columns.forEach((column, j) => (mean[j] += weights[row] * part.masks[row * part.d + column]));
  }
  mean.forEach((value, j) => (mean[j] = value / total));
  for (let row = 0; row < part.n; row++) {
    columns.forEach((column, j) => {
      centred.at[row * columns.length + j] = part.masks[row * part.d + column] - mean[j];
    });
  }
  return { centred, mean };
}

/* Rows times the factor of each. */
function scaledRows(a, factors) {
  const scaled = matrix(a.rows, a.columns);
  for (let row = 0; row < a.rows; row++) {
    for (let j = 0; j < a.columns; j++) scaled.at[row * a.columns + j] = a.at[row * a.columns + j] * factors[row];
  }
  return scaled;
}

function withPenalty(gram, penalty) {
  const penalised = { ...gram, at: Float64Array.from(gram.at) };
  for (let i = 0; i < gram.rows; i++) penalised.at[i * gram.rows + i] += penalty;
  return penalised;
}

/* linear.ridge_weights: rows and target are scaled by the root of the sample weights.  Where columns may depend on
   each other and no penalty to speak of holds them apart, it is the solution of least norm. */
function ridgeWeights(half, target, alpha) {
  const gram = gramOf(half);
  const lower = cholesky(withPenalty(gram, alpha));
  if (!slight(gram, alpha) || sure(lower)) {
    return solvedBy(lower, crossProduct(half, { rows: half.rows, columns: 1, at: target }).at);
  }
  const turned = triangle([...columnsOf(half), target], half.columns);
  const right = turned.pop();
  const { scaled, axes, values } = singular(turned);
  // Of the squares, which a penalty is added to, rounding hides more than of the columns themselves.
  const share = alpha > 0 ? Math.sqrt(half.columns * ROUNDED) : ROUNDED * Math.max(half.rows, half.columns);
  const smallest = share * Math.max(...values);
  const weights = new Float64Array(half.columns);
  values.forEach((value, k) => {
    if (value <= smallest) return;
    const along = dot(scaled[k], right) / (value ** 2 + alpha);
    axes[k].forEach((part, j) => (weights[j] += along * part));
  });
  return weights;
}

/* covariance.dependent_inverses: whether a penalty is too small to hold apart columns that depend on each other. */
function slight(gram, penalty) {
  let squares = 0;
  for (let i = 0; i < gram.rows; i++) squares += gram.at[i * gram.rows + i];
  return penalty <= SLIGHT * squares;
}

/* Whether columns are so far from depending on each other that their products are as good as they are themselves. */
function sure(lower) {
  const pivots = Array.from({ length: lower.rows }, (_, i) => lower.at[i * lower.rows + i]);
  return Math.min(...pivots) > SURE * Math.max(...pivots); // false for NaN, of columns that do
}

/* covariance.dependent_inverses: those of halfᵀ half + penalty, the second for what samples tell, in their span. */
function inverses(half, gram, penalty) {
  const lower = cholesky(withPenalty(gram, penalty));
  if (!slight(gram, penalty) || sure(lower)) {
    const inverse = inverseBy(lower);
    return { inverse, within: inverse };
  }
  const { axes, values } = singular(triangle(columnsOf(half), half.columns));
  const squares = values.map((value) => value ** 2);
  const smallest = half.columns * ROUNDED * Math.max(...squares);
  const spanned = squares.map((square) => (square > smallest ? square : 0));
  const inverted = spanned.map((square) => 1 / Math.max(square + penalty, TINY));
  return {
    inverse: sumOfAxes(axes, inverted),
    within: sumOfAxes(axes, inverted.map((value, k) => (spanned[k] > 0 ? value : 0))),
  };
}

/* covariance.cluster_pulls: how far each cluster of samples pulls the weights, by its residuals without it. */
function clusterPulls(centred, residual, weights, clusters, penalty) {
  const root = weights.map(Math.sqrt);
  const half = scaledRows(centred, root);
  const spread = product(half, inverses(half, gramOf(half), penalty).within);
  const length = Math.sqrt(sum(weights));
  const mean = root.map((value) => value / length);
  const others = leftOut(residual.map((value, row) => value * root[row]), half, spread, mean, clusters);
  return clusterSums(scaledRows(spread, others), clusters);
}

/* covariance.left_out: the residuals as they were if the own cluster had been left out of the fit. */
function leftOut(residual, half, spread, mean, clusters) {
  const others = new Float64Array(residual.length);
  forEachCluster(clusters, residual.length, (start, size) => {
    const rest = matrix(size, size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        const hat = rowProduct(half, start + i, spread, start + j) + mean[start + i] * mean[start + j];
        rest.at[i * size + j] = (i === j ? 1 : 0) - hat;
      }
    }
    others.set(solvedAbove(rest, residual.subarray(start, start + size)), start);
  });
  return others;
}

function rowProduct(a, i, b, j) {
  let total = 0;
  for (let k = 0; k < a.columns; k++) total += a.at[i * a.columns + k] * b.at[j * b.columns + k];
  return total;
}

/* x of rest x = right, where no axis of `rest` counts for less than SMALLEST_REST. */
function solvedAbove(rest, right) {
  if (rest.rows === 1) return [right[0] / Math.max(rest.at[0], SMALLEST_REST)];
  const { axes, values } = singular(columnsOf(rest));
  return applied(sumOfAxes(axes, values.map((value) => 1 / Math.max(value, SMALLEST_REST))), right);
}

/* Calls with the first row and the size of each cluster, whose rows follow each other; null is a row each. */
function forEachCluster(clusters, rows, call) {
  let start = 0;
  for (let number = 0; start < rows; number++) {
    const size = clusters ? clusters[number] : 1;
    call(start, size, number);
    start += size;
  }
}

function clusterSums(rows, clusters) {
  const sums = matrix(clusters ? clusters.length : rows.rows, rows.columns);
  forEachCluster(clusters, rows.rows, (start, size, number) => {
    for (let i = start; i < start + size; i++) {
      for (let j = 0; j < rows.columns; j++) sums.at[number * rows.columns + j] += rows.at[i * rows.columns + j];
    }
  });
  return sums;
}

/* pull.PulledFit: ridge with a pull towards what a prior expects. */
function pulledFit(centred, target, weights, clusters, expected, alpha, strength) {
  const half = scaledRows(centred, weights.map(Math.sqrt));
  const gram = gramOf(half);
  const moment = crossProduct(scaledRows(centred, weights), { rows: centred.rows, columns: 1, at: target }).at;
  const spread = dot(expected, applied(gram, expected));
  const scale = spread > 0 ? Math.max(dot(expected, moment) / spread, 0) : 0;
  const { inverse, within } = inverses(half, gram, alpha + strength);
  const unit = applied(inverse, expected.map((value) => value * strength));
  const ofPrior = unit.map((value) => value * scale);
  const ofSamples = applied(within, moment);
  const share = ofPrior.map((value, j) => {
    const total = Math.abs(value) + Math.abs(ofSamples[j]);
    return total > 0 ? Math.abs(value) / total : 0;
  });
  const direction = applied(centred, expected);
  const further = scale > 0 && clusterPulls(
    { rows: centred.rows, columns: 1, at: direction },
    target.map((value, row) => value - scale * direction[row]),
    weights,
    clusters,
    0,
  );
  return { weights: ofPrior.map((value, j) => value + ofSamples[j]), share, further, unit };
}

/* covariance.covariance_of, of the columns that were fitted; null where it is not known. */
function covarianceOf(centred, fitted, residual, weights, clusters, penalty, pull) {
  const active = Array.from(fitted.keys()).filter((j) => fitted[j] !== 0);
  const sums = clusterSums({ rows: weights.length, columns: 1, at: weights }, clusters).at;
  if (!active.length || active.length >= sum(sums) ** 2 / dot(sums, sums)) return null;
  const pulls = clusterPulls(taken(centred, active), residual, weights, clusters, penalty);
  if (pull && pull.further) {
    for (let number = 0; number < pulls.rows; number++) {
      active.forEach((j, k) => (pulls.at[number * active.length + k] += pull.further.at[number] * pull.unit[j]));
    }
  }
  return { active, at: gramOf(pulls).at };
}

function taken(a, columns) {
  const some = matrix(a.rows, columns.length);
  for (let row = 0; row < a.rows; row++) {
    columns.forEach((column, j) => (some.at[row * columns.length + j] = a.at[row * a.columns + column]));
  }
  return some;
}

/* scores.weighted_r2. */
function weightedR2(scores, predicted, weights, rounding) {
  if (still(scores, weights, rounding)) return NaN;
  const mean = weightedMean(scores, weights);
  let size = 0;
  scores.forEach((score, row) => {
    if (weights[row] > 0) size = Math.max(size, Math.abs(score - mean));
  });
  let left = 0;
  let moved = 0;
  scores.forEach((score, row) => {
    left += weights[row] * ((score - predicted[row]) / size) ** 2;
    moved += weights[row] * ((score - mean) / size) ** 2;
  });
  return 1 - left / moved;
}

/* pooling.movement: how much the scores move. */
function movementOf(scores, weights) {
  const mean = weightedMean(scores, weights);
  return Math.sqrt(scores.reduce((total, score, row) => total + weights[row] * (score - mean) ** 2, 0));
}

/* fitting._fit: one segmentation. */
function fitPart(part, place, settings) {
  const { d, clusters } = part;
  const scores = part.scores[place];
  const weights = sampleWeightsOf(part, settings.width);
  const live = liveColumns(part, scores, weights, part.rounding[place]);
  const mean = weightedMean(scores, weights);
  const found = {
    weights: new Float64Array(d),
    share: new Float64Array(d),
    covariance: matrix(d, d),
    given: live,
    intercept: mean,
    modelScore: scores[0],
    effectiveSamples: sum(weights) ** 2 / dot(weights, weights),
    moved: movementOf(scores, weights),
  };
  found.covariance.at.fill(NaN);
  let predicted = new Float64Array(part.n).fill(mean);
  if (live.length) predicted = fitColumns(part, place, settings, live, weights, found);
  found.errors = errorsOf(found.covariance);
  found.r2 = weightedR2(scores, predicted, weights, part.rounding[place]);
  const alone = weights.filter((weight) => weight > 0).length < 2;
  if (alone && !still(scores, weights.map(() => 1), part.rounding[place])) found.r2 = 0; // all of them move
  found.localPrediction = predicted[0];
  return found;
}

/* The weights of the live columns and their covariance, written into `found`; returns the predicted scores. */
function fitColumns(part, place, settings, live, weights, found) {
  const scores = part.scores[place];
  const { centred, mean } = centredColumns(part, live, weights);
  const target = scores.map((score) => score - found.intercept);
  const expected = part.expected[place] && Float64Array.from(live, (column) => part.expected[place][column]);
  const pulls = settings.strength > 0 && expected && expected.some((value) => value !== 0);
  const pull = pulls && pulledFit(centred, target, weights, part.clusters, expected, settings.alpha, settings.strength);
  const root = weights.map(Math.sqrt);
  const fitted = pull
    ? pull.weights
    : ridgeWeights(scaledRows(centred, root), target.map((value, row) => value * root[row]), settings.alpha);
  const moved = applied(centred, fitted);
  const predicted = moved.map((value) => value + found.intercept);
  const residual = scores.map((score, row) => score - predicted[row]);
  const penalty = settings.alpha + (pull ? settings.strength : 0);
  found.intercept -= dot(mean, fitted);
  live.forEach((column, j) => {
    found.weights[column] = fitted[j];
    if (pull) found.share[column] = pull.share[j];
  });
  const covariance = covarianceOf(centred, fitted, residual, weights, part.clusters, penalty, pull);
  writeCovariance(found, live, covariance, part.chance);
  return predicted;
}

/* Masks that are drawn without putting them back leave less and less to chance; where all were asked, nothing. */
function writeCovariance(found, live, covariance, chance) {
  const { at, rows } = found.covariance;
  const known = covariance ? covariance.active : [];
  known.forEach((j, a) => {
    known.forEach((k, b) => (at[live[j] * rows + live[k]] = covariance.at[a * known.length + b] * chance));
  });
  if (chance !== 0) return;
  const weighted = live.filter((column) => found.weights[column] !== 0);
  weighted.forEach((j) => weighted.forEach((k) => (at[j * rows + k] = 0)));
}

function errorsOf(covariance) {
  return Float64Array.from({ length: covariance.rows }, (_, i) => Math.sqrt(covariance.at[i * covariance.rows + i]));
}

/* overlap.shares: how much of each superpixel of `labels` (columns) lies in each of `others` (rows). */
function sharesOf(labels, d, others, m) {
  const common = matrix(m, d);
  const sizes = new Float64Array(d);
  labels.forEach((label, pixel) => {
    common.at[others[pixel] * d + label] += 1;
    sizes[label] += 1;
  });
  common.at.forEach((count, place) => (common.at[place] = count / sizes[place % d]));
  return common;
}

/* pooling.pooled: the mean of several segmentations, read in the superpixels of the first. */
function pooled(parts, members) {
  if (members.length === 1) return members[0];
  const d = parts[0].d;
  const n = members.length;
  const found = { weights: new Float64Array(d), share: new Float64Array(d), variance: new Float64Array(d) };
  const strength = new Float64Array(d);
  const known = new Uint8Array(d);
  const unknown = new Uint8Array(d);
  members.forEach((member, number) => {
    const lies = parts[number].shares;
    const variances = readVariances(lies, member.covariance);
    for (let i = 0; i < d; i++) {
      found.variance[i] += variances[i] / n ** 2;
      for (let j = 0; j < lies.columns; j++) {
        const share = lies.at[i * lies.columns + j];
        if (share === 0) continue;
        found.weights[i] += (share * member.weights[j]) / n;
        strength[i] += share * Math.abs(member.weights[j]);
        found.share[i] += share * Math.abs(member.weights[j]) * member.share[j];
        if (!Number.isNaN(member.errors[j])) known[i] = 1;
        else if (member.weights[j] !== 0) unknown[i] = 1;
      }
    }
  });
  found.errors = found.variance.map((value, i) => (known[i] && !unknown[i] ? Math.sqrt(value) : NaN));
  found.share.forEach((value, i) => (found.share[i] = strength[i] > 0 ? value / strength[i] : 0));
  return {
    ...found,
    intercept: meanOf(members, "intercept"),
    r2: pooledR2(members),
    localPrediction: meanOf(members, "localPrediction"),
    modelScore: members[0].modelScore,
    effectiveSamples: sum(members.map((member) => member.effectiveSamples)),
  };
}

/* The diagonal of lies · covariance · liesᵀ, where what is not known counts as zero. */
function readVariances(lies, covariance) {
  const certain = { ...covariance, at: covariance.at.map((value) => (Number.isNaN(value) ? 0 : value)) };
  const half = product(lies, certain);
  return Float64Array.from({ length: lies.rows }, (_, i) => rowProduct(half, i, lies, i));
}

function meanOf(members, name) {
  return sum(members.map((member) => member[name])) / members.length;
}

/* pooling.pooled_r2: what is left by all, as a share of what moves. */
function pooledR2(members) {
  const fits = members.filter((member) => !Number.isNaN(member.r2));
  const moving = fits.filter((member) => member.moved > 0);
  const known = moving.length ? moving : fits.slice(0, 1);
  if (known.length < 2) return known.length ? known[0].r2 : NaN;
  const largest = Math.max(...known.map((member) => member.moved));
  const squares = known.map((member) => (member.moved / largest) ** 2);
  return 1 - sum(known.map((member, i) => (1 - member.r2) * squares[i])) / sum(squares);
}

/* fitting.fit: all segmentations with these settings, { place, width, alpha, strength }. */
function fitAll(parts, settings) {
  const members = parts.map((part) => fitPart(part, settings.place, settings));
  return { ...pooled(parts, members), parts: members.map((member) => member.weights) };
}
