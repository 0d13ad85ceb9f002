// Numbers as they are read: what is sent keeps every digit, what stands in a sentence or a field has four.

/** A number to four digits that mean something. */
export const four = (value) => (value == null || value === "" || !Number.isFinite(Number(value)) ? String(value ?? "")
  : String(Number(Number(value).toPrecision(4))));
