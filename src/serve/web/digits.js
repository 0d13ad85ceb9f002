// Numbers as they are read: what is sent keeps every digit, what stands in a sentence or a field has four.

/** A number to four digits that mean something; what is not 1 gets as many more as it takes not to read so. */
export function four(value) {
  const number = Number(value);
  if (value == null || value === "" || !Number.isFinite(number)) return String(value ?? "");
  let digits = 4;
  while (digits < 17 && number !== 1 && Number(number.toPrecision(digits)) === 1) digits += 1;
  return String(Number(number.toPrecision(digits)));
}
