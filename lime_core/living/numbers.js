/* Numbers as text, as lime_core/reports/numbers.py writes them. */

function number(value, digits = 3, signed = false) {
  if (Number.isNaN(value)) return "not known";
  const size = rounded(Math.abs(value), precision(Math.abs(value), digits)); // 999.6 has a digit more then
  const precise = precision(size, digits);
  const [mantissa, power] = size.toExponential(precise - 1).split("e");
  const exponent = Number(power);
  const plain = exponent >= -4 && exponent < precise;
  const text = plain ? trimmed(size.toFixed(precise - 1 - exponent)) : `${trimmed(mantissa)}e${exponent}`;
  return `${value < 0 ? "−" : signed ? "+" : ""}${text}`;
}

function precision(size, digits) {
  return size < 1e6 ? Math.max(digits, String(Math.trunc(size)).length) : digits;
}

/* What lies exactly between two numbers of so many digits becomes the even one, as in Python. */
function rounded(size, digits) {
  const [mantissa, power] = size.toExponential(100).split("e");
  const exact = mantissa.replace(".", "");
  const below = exact.slice(0, digits);
  const even = /^50*$/.test(exact.slice(digits)) && Number(below) % 2 === 0;
  return Number(even ? `${below}e${power - digits + 1}` : size.toExponential(digits - 1));
}

function fixed(size, decimals) {
  const digits = Number(size.toExponential().split("e")[1]) + 1 + decimals;
  return (digits > 0 && digits < 18 ? rounded(size, digits) : size).toFixed(decimals);
}

function trimmed(text) {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function twoDecimals(value) {
  if (!Number.isFinite(value)) return "–";
  const text = fixed(Math.abs(value), 2);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

function percent(value) {
  const text = fixed(Math.abs(100 * value), 1);
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
