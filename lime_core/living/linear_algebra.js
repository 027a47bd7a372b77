"use strict";

/* What a fit needs of linear algebra, in double precision.  A matrix is { rows, columns, at }, row after row in `at`. */

function matrix(rows, columns) {
  return { rows, columns, at: new Float64Array(rows * columns) };
}

/* aᵀ b of two matrices with the same rows. */
function crossProduct(a, b) {
  const product = matrix(a.columns, b.columns);
  for (let row = 0; row < a.rows; row++) {
    const start = row * b.columns;
    for (let i = 0; i < a.columns; i++) {
      const factor = a.at[row * a.columns + i];
      if (factor === 0) continue;
      const into = i * b.columns;
      for (let j = 0; j < b.columns; j++) product.at[into + j] += factor * b.at[start + j];
    }
  }
  return product;
}

/* aᵀ a, which is symmetric: half of it is worked out.  Most of what a fit costs. */
function gramOf(a) {
  const { rows, columns: size, at } = a;
  const gram = matrix(size, size);
  for (let row = 0; row < rows; row++) {
    const start = row * size;
    for (let i = 0; i < size; i++) {
      const factor = at[start + i];
      for (let j = 0; j <= i; j++) gram.at[i * size + j] += factor * at[start + j];
    }
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) gram.at[j * size + i] = gram.at[i * size + j];
  }
  return gram;
}

/* a b. */
function product(a, b) {
  const result = matrix(a.rows, b.columns);
  for (let row = 0; row < a.rows; row++) {
    const into = row * b.columns;
    for (let k = 0; k < a.columns; k++) {
      const factor = a.at[row * a.columns + k];
      if (factor === 0) continue;
      const start = k * b.columns;
      for (let j = 0; j < b.columns; j++) result.at[into + j] += factor * b.at[start + j];
    }
  }
  return result;
}

/* a v of a matrix and a vector. */
function applied(a, v) {
  const result = new Float64Array(a.rows);
  for (let row = 0; row < a.rows; row++) {
    let sum = 0;
    for (let j = 0; j < a.columns; j++) sum += a.at[row * a.columns + j] * v[j];
    result[row] = sum;
  }
  return result;
}

function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/* The lower triangle L of L Lᵀ = a, for a symmetric matrix above zero. */
function cholesky(a) {
  const size = a.rows;
  const lower = matrix(size, size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = a.at[i * size + j];
      for (let k = 0; k < j; k++) rest -= lower.at[i * size + k] * lower.at[j * size + k];
      lower.at[i * size + j] = i === j ? Math.sqrt(rest) : rest / lower.at[j * size + j];
    }
  }
  return lower;
}

/* x of L Lᵀ x = right. */
function solvedBy(lower, right) {
  const size = lower.rows;
  const x = Float64Array.from(right);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) x[i] -= lower.at[i * size + k] * x[k];
    x[i] /= lower.at[i * size + i];
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) x[i] -= lower.at[k * size + i] * x[k];
    x[i] /= lower.at[i * size + i];
  }
  return x;
}

/* The inverse of L Lᵀ. */
function inverseBy(lower) {
  const inverse = matrix(lower.rows, lower.rows);
  const unit = new Float64Array(lower.rows);
  for (let i = 0; i < lower.rows; i++) {
    unit[i] = 1;
    inverse.at.set(solvedBy(lower, unit), i * lower.rows);
    unit[i] = 0;
  }
  return inverse;
}

/* The columns of a matrix, each by itself. */
function columnsOf(a) {
  return Array.from({ length: a.columns }, (_, j) => {
    return Float64Array.from({ length: a.rows }, (_, i) => a.at[i * a.columns + j]);
  });
}

/* Householder's triangle: of the columns, with as many rows as there are columns, or all where there are fewer.
   What stands behind the first `steps` columns is turned along with them. */
function triangle(columns, steps) {
  const rows = columns[0].length;
  const turned = columns.map((column) => Float64Array.from(column));
  for (let k = 0; k < Math.min(steps, rows); k++) {
    const pivot = turned[k];
    let square = 0;
    for (let i = k; i < rows; i++) square += pivot[i] * pivot[i];
    if (square === 0) continue;
    const mirror = pivot.slice(k);
    mirror[0] += mirror[0] < 0 ? -Math.sqrt(square) : Math.sqrt(square);
    const half = dot(mirror, mirror) / 2;
    for (let j = k; j < turned.length; j++) {
      let along = 0;
      for (let i = k; i < rows; i++) along += mirror[i - k] * turned[j][i];
      along /= half;
      for (let i = k; i < rows; i++) turned[j][i] -= along * mirror[i - k];
    }
  }
  return turned.map((column) => column.slice(0, Math.min(steps, rows)));
}

/* One-sided Jacobi: turns the columns against each other until they are at right angles.  Returns them as
   `scaled`, the right singular vectors as `axes`, and their lengths, the singular values, as `values`. */
function singular(columns) {
  const count = columns.length;
  const scaled = columns.map((column) => Float64Array.from(column));
  const axes = columns.map((_, j) => Float64Array.from({ length: count }, (_, i) => (i === j ? 1 : 0)));
  for (let sweep = 0, moved = true; moved && sweep < 60; sweep++) {
    moved = false;
    for (let i = 0; i < count - 1; i++) {
      for (let j = i + 1; j < count; j++) {
        const between = dot(scaled[i], scaled[j]);
        const left = dot(scaled[i], scaled[i]);
        const right = dot(scaled[j], scaled[j]);
        if (Math.abs(between) <= 1e-16 * Math.sqrt(left * right)) continue;
        moved = true;
        const slope = (right - left) / (2 * between);
        const tangent = (slope < 0 ? -1 : 1) / (Math.abs(slope) + Math.hypot(1, slope));
        const cosine = 1 / Math.hypot(1, tangent);
        turn(scaled[i], scaled[j], cosine, cosine * tangent);
        turn(axes[i], axes[j], cosine, cosine * tangent);
      }
    }
  }
  return { scaled, axes, values: scaled.map((column) => Math.sqrt(dot(column, column))) };
}

function turn(a, b, cosine, sine) {
  for (let i = 0; i < a.length; i++) {
    const before = a[i];
    a[i] = cosine * before - sine * b[i];
    b[i] = sine * before + cosine * b[i];
  }
}

/* Σ axis axisᵀ · factor over the axes. */
function sumOfAxes(axes, factors) {
  const size = axes[0].length;
  const sum = matrix(size, size);
  axes.forEach((axis, k) => {
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) sum.at[i * size + j] += factors[k] * axis[i] * axis[j];
    }
  });
  return sum;
}
