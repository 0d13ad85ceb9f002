// Numbers as they are read: what is sent keeps every digit, what stands in a sentence or a field has four.

/** A number to four digits that mean something; what is not 1 gets as many more as it takes not to read so. */
export function four(value) {
  const number = Number(value);
  if (value == null || value === "" || !Number.isFinite(number)) return String(value ?? "");
  let digits = 4;
  while (digits < 17 && number !== 1 && Number(number.toPrecision(digits)) === 1) digits += 1;
  return String(Number(number.toPrecision(digits)));
}

/** A measured number as reports tell it: from a thousand on whole, below to four digits that mean something. */
export function measured(value) {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || size >= 1e15) return Number.isFinite(value) ? value.toExponential(3) : "undefined";
  if (Number.isInteger(value) || size >= 1000) return Math.round(value).toLocaleString("en");
  return size >= 100 ? value.toFixed(1) : size >= 10 ? value.toFixed(2) : size >= 0.001 ? value.toFixed(3) : value.toExponential(1);
}

/** A part of a whole, in per cent with a digit behind the point. */
export const percent = (part) => `${(100 * part).toFixed(1)} %`;
