// Elements made of values. Text is set as text: what an attacker typed is shown and never run.

/** An element with attributes (functions are listeners) and children (strings become text). */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

/** An element of a drawing. */
export const drawn = (tag, attributes, ...children) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

export const count = (number) =>
  number == null ? "" : Number(number).toLocaleString("en", { maximumFractionDigits: 4 });

export const bytes = (number) => {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let at = 0;
  while (number >= 1024 && at < units.length - 1) {
    number /= 1024;
    at += 1;
  }
  return `${number < 10 && at > 0 ? number.toFixed(1) : Math.round(number)} ${units[at]}`;
};

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+0000)$/;

/** A time to the second, where something beside it says that it is UTC. */
const bare = (time) => time.slice(0, 19).replace("T", " ");

/** A time to the second. */
export const short = (time) => `${bare(time)} UTC`;

const FORMS = ["csv", "json", "parquet"];

/** Where a list of the API is had as a file: {path, query, of} of an answer, or {sql}. */
export function file(from, form) {
  const { path, query, of, sql } = from;
  const asked = sql ? { sql } : { ...query, ...(of ? { of } : {}) };
  const given = Object.entries(asked).filter(([, value]) => value !== "" && value != null);
  return `/api/v1${sql ? "/sql/download" : path}?${new URLSearchParams([...given, ["form", form]])}`;
}

/** Links to a table as a file, in each form. `from` is as for `file`, or a function that is given the form. */
export const files = (caption, from) => h("span", { class: "files" }, FORMS.map((form) => {
  const attributes = { "aria-label": `${caption} as ${form.toUpperCase()}`, "data-form": form };
  return typeof from === "function"
    ? h("button", { ...attributes, type: "button", class: "copy", click: () => from(form) }, form.toUpperCase())
    : h("a", { ...attributes, href: file(from, form), download: "" }, form.toUpperCase());
}));

/**
 * A table; a cell is a value or an element. `columns` are names, or {name, doc, prose}: the words of prose are
 * explained. `from` says where the API has it whole, for the files.
 */
export function table(caption, columns, rows, from) {
  const numbers = columns.map((_, at) =>
    rows.length > 0 && rows.every((row) => row[at] == null || typeof row[at] === "number"));
  // The number of a flow or a port is a name: it is copied, not counted.
  const named = columns.map((column) => /(_id|port)$/.test(typeof column === "string" ? column : column.name));
  const cell = (value, at) => {
    if (columns[at]?.prose) return h("td", { class: "prose" }, value ?? "");
    if (value instanceof Node) return h("td", {}, value);
    if (TIME.test(value)) return h("td", { class: "time", title: value }, bare(value));
    // A short word stays on its line; a path may break anywhere.
    const word = typeof value === "string" && !/\s/.test(value) && (value.startsWith("/") ? "path" : value.length <= 32 && "word");
    return h("td", { class: numbers[at] ? "number" : word || null }, numbers[at] && !named[at] ? count(value) : String(value ?? ""));
  };
  const head = (column, at) => {
    const { name, doc } = typeof column === "string" ? { name: column } : column;
    const times = !name.endsWith(" UTC") && rows.some((row) => TIME.test(row[at])) && h("small", {}, " UTC");
    // A name may break between its words.
    const parts = name.split("_").flatMap((part, i) => (i ? ["_", h("wbr"), part] : [part]));
    return h("th", { scope: "col", title: doc, class: numbers[at] ? "number" : null }, parts, times);
  };
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    h("table", {},
      h("caption", {}, h("span", {}, caption), from ? files(caption, from) : null),
      h("thead", {}, h("tr", {}, columns.map(head))),
      h("tbody", {}, rows.map((row) => h("tr", {}, row.map(cell))))));
}

/** Horizontal bars, one a row: {name, value, part}; `part` is the darker share of the value, named `what`. */
export function bars(caption, rows, what = "listed", from = null, [named, counted] = ["", "number"]) {
  const most = Math.max(1e-9, ...rows.map((row) => row.value));
  const bar = ({ value, part }) =>
    drawn("svg", { class: "bar", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
      drawn("rect", { width: (100 * value) / most, height: 10 }),
      drawn("rect", { class: "part", width: (100 * (part ?? 0)) / most, height: 10 }));
  const parts = rows.some((row) => row.part != null);
  return table(caption, [named, "", counted, ...(parts ? [what] : [])], rows.map((row) =>
    [row.link ?? row.name, bar(row), row.value, ...(parts ? [row.part ?? null] : [])]), from);
}

/** Counts over time, stacked: rows of [time, kind, count]. */
export function timeline(caption, rows) {
  const times = [...new Set(rows.map(([time]) => time))].sort();
  const kinds = [...new Set(rows.map(([, kind]) => kind))];
  if (times.length === 0) return h("p", { class: "soft" }, "No events yet.");
  const first = Date.parse(times[0]);
  const hours = Math.round((Date.parse(times.at(-1)) - first) / 3600000) + 1;
  const sums = new Map();
  for (const [time, , events] of rows) sums.set(time, (sums.get(time) ?? 0) + events);
  // A ratio may be below zero: then zero is not the floor.
  const most = Math.max(0, ...sums.values());
  const scale = 100 / ((most - Math.min(0, ...sums.values())) || 1);
  const below = new Map();
  const rects = rows.map(([time, kind, events]) => {
    const x = Math.round((Date.parse(time) - first) / 3600000);
    const height = scale * Math.abs(events);
    const stands = scale * most - (below.get(x) ?? 0);
    const y = events < 0 ? stands : stands - height;
    below.set(x, (below.get(x) ?? 0) + scale * events);
    return drawn("rect", { x, y, width: 0.9, height, class: `kind${kinds.indexOf(kind)}` },
      drawn("title", {}, `${short(time)} ${kind}: ${count(events)}`));
  });
  const key = kinds.map((kind, at) => h("span", { class: "key" }, h("i", { class: `kind${at}` }), kind));
  return h("figure", {},
    h("figcaption", {}, caption, " ", key),
    drawn("svg", { class: "timeline", viewBox: `0 0 ${hours} 100`, preserveAspectRatio: "none", role: "img",
      "aria-label": caption }, ...rects),
    h("p", { class: "ends soft" }, h("span", {}, short(times[0])), h("span", {}, `at most ${count(most)} in an hour`),
      h("span", {}, short(new Date(Date.parse(times.at(-1)) + 3600000).toISOString()))));
}

/** The same counts by the hour of the day they fall into, UTC. */
export function day(caption, rows) {
  if (!rows.length) return null;
  const kinds = [...new Set(rows.map(([, kind]) => kind))];
  const sums = kinds.map(() => new Array(24).fill(0));
  for (const [time, kind, events] of rows) sums[kinds.indexOf(kind)][new Date(time).getUTCHours()] += events;
  const all = (hour) => sums.reduce((total, one) => total + one[hour], 0);
  const most = Math.max(1, ...sums[0].map((_, hour) => all(hour)));
  const rects = sums[0].flatMap((_, hour) => {
    let below = 0;
    return sums.map((one, at) => {
      const height = (100 * one[hour]) / most;
      below += height;
      return drawn("rect", { x: hour, y: 100 - below, width: 0.9, height, class: `kind${at}` },
        drawn("title", {}, `${hour}:00 UTC ${kinds[at]}: ${count(one[hour])}`));
    });
  });
  return h("figure", {},
    h("figcaption", {}, caption, " ", kinds.map((kind, at) =>
      h("span", { class: "key" }, h("i", { class: `kind${at}` }), kind))),
    drawn("svg", { class: "timeline", viewBox: "0 0 24 100", preserveAspectRatio: "none", role: "img",
      "aria-label": caption }, ...rects),
    h("p", { class: "ends soft" }, ["00:00", "06:00", "12:00", "18:00", "24:00"].map((text) => h("span", {}, text))),
    h("p", { class: "soft" }, `At most ${count(most)} in an hour of the day, all days together.`));
}

/** A number as it is shown beside others. */
export const short_number = (value, digits = 2) => (value == null ? "–" : value.toFixed(digits));

/** A value with the ends of its interval, on one line. */
export const interval = ({ value, low, high }) => h("span", { class: "interval" },
  short_number(value), low == null ? null : h("small", {}, ` [${short_number(low)}, ${short_number(high)}]`));

/** A word of a command line, as a shell takes it. */
export const quoted = (word) =>
  (/^[A-Za-z0-9_./@:,=+-]+$/.test(word) ? word : `'${String(word).replaceAll("'", "'\\''")}'`);

/** A button that copies a text. */
const copies = (text) => {
  const button = h("button", { type: "button", class: "copy", click: () => {
    navigator.clipboard.writeText(text).then(() => { button.textContent = "copied"; });
  } }, "copy");
  return button;
};

/** A command or a statement that repeats what is on screen, ready to copy. */
export const repeat = (what, text) => h("details", { class: "repeat" }, h("summary", {}, what), command(text));

/** The same where it is the next thing to do: in sight. */
export const command = (text) => h("div", { class: "command" }, h("pre", {}, h("code", {}, text)), copies(text));

/** A text of ours; what stands between backticks is code. */
export const prose = (text) => String(text ?? "").split("`").map((part, at) => (at % 2 ? h("code", {}, part) : part));

/** A link within the pages. */
export const link = (href, ...children) => h("a", { href }, ...children);

export const note = (kind, text) => h("p", { class: `note ${kind}`, role: kind === "serious" ? "alert" : null }, prose(text));

/** Why something was refused, and behind it what there is instead. */
export const refused = ({ message, instead }) => h("div", {}, note("serious", message),
  instead ? h("details", {}, h("summary", {}, "The names there are"), h("p", { class: "soft" }, instead)) : null);
