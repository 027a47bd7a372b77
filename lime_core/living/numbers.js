/* Numbers as text, as lime_core/reports/numbers.py writes them. */

function number(value, digits = 3, signed = false) {
  if (Number.isNaN(value)) return "not known";
  const size = Math.abs(value);
  const whole = size >= 1 && size < 1e6 ? String(Math.trunc(size)).length : 0;
  const precise = Math.max(digits, whole);
  const [mantissa, power] = size.toExponential(precise - 1).split("e");
  const exponent = Number(power);
  const plain = exponent >= -4 && exponent < precise;
  const text = plain ? trimmed(size.toFixed(precise - 1 - exponent)) : `${trimmed(mantissa)}e${exponent}`;
  return `${value < 0 ? "−" : signed ? "+" : ""}${text}`;
}

function trimmed(text) {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function twoDecimals(value) {
  if (!Number.isFinite(value)) return "–";
  const text = Math.abs(value).toFixed(2);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

function percent(value) {
  const text = Math.abs(100 * value).toFixed(1);
  return `${value < 0 ? "−" : ""}${text}%`;
}

function scoreText(value, data) {
  const size = Math.abs(value);
  if (data.scoreUnit === "probability") {
    return size >= 0.0005 || value === 0 ? percent(value) : `${number(100 * value)}%`;
  }
  return withUnit((size >= 0.1 && size < 1e9) || value === 0 ? twoDecimals(value) : number(value), data);
}

function weightText(value, data) {
  if (data.unit === "probability") return `${number(100 * value, 3, true)} pp`;
  return withUnit(number(value, 3, data.unit !== "importance"), data);
}

function sizeText(value, data) {
  return Number.isNaN(value) ? "not known" : weightText(value, data).replace(/^\+/, "");
}

function withUnit(text, data) {
  return data.valueUnit && data.unit !== "importance" ? `${text} ${data.valueUnit}` : text;
}
