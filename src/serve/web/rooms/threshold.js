// One split of an experiment: its curves, a threshold to move along them, and the rows of each cell.

import { get } from "../api.js";
import { four } from "../digits.js";
import { count, drawn, h, interval, link, note, prose, short_number, table } from "../dom.js";
import { readdress } from "../place.js";
import { addressBy, blockBy, listOf } from "../rule.js";

/** A curve through points from 0 to 1, with a mark that can be moved. */
function curve(title, [below, beside], points) {
  const place = ([x, y]) => `${(100 * x).toFixed(2)},${(100 - 100 * y).toFixed(2)}`;
  const mark = drawn("circle", { class: "mark", r: 2.6 });
  const tick = (value, along) => drawn("text", along
    ? { x: 100 * value, y: 108, "text-anchor": "middle" } : { x: -3, y: 102 - 100 * value, "text-anchor": "end" }, String(value));
  const figure = h("figure", {}, h("figcaption", {}, `${title}: ${beside} over ${below}`),
    drawn("svg", { class: "curve", viewBox: "-14 -4 122 122", role: "img", "aria-label": `${title}: ${beside} over ${below}` },
      drawn("path", { class: "grid", "vector-effect": "non-scaling-stroke", d: "M0,0V100H100 M0,50H100 M50,0V100" }),
      ...[0, 0.5, 1].flatMap((value) => [tick(value, true), tick(value, false)]),
      drawn("text", { x: 50, y: 116, "text-anchor": "middle" }, below),
      drawn("polyline", { "vector-effect": "non-scaling-stroke", points: points.map(place).join(" ") }), mark));
  return { figure, move: ([x, y]) => {
    mark.setAttribute("visibility", x == null || y == null ? "hidden" : "visible");
    mark.setAttribute("cx", 100 * (x ?? 0));
    mark.setAttribute("cy", 100 - 100 * (y ?? 0));
  } };
}

/** What an experiment that kept no predictions still shows. */
function still(e, why) {
  const [[tn, fp], [fn, tp]] = e.confusion;
  const roc = curve("ROC", ["false positive rate", "recall"], e.roc);
  const pr = curve("Precision and recall", ["recall", "precision"], e.pr);
  roc.move([fp / (fp + tn || 1), tp / (tp + fn || 1)]);
  pr.move([tp / (tp + fn || 1), tp / (tp + fp || 1)]);
  return h("div", {}, note("soft", why), h("div", { class: "plots" },
    table("rows by label and prediction", ["", "called 0", "called 1"], [["label 0", tn, fp], ["label 1", fn, tp]]),
    pr.figure, roc.figure));
}

/** A threshold in full, with three digits at least: it has no more than it takes. */
const told = (threshold) => {
  const text = threshold.toFixed(9).replace(/0{1,6}$/, "");
  return Number(text) === threshold ? text : String(threshold);
};

/** A number of rows or addresses a day. */
const daily = (number) => count(Math.round(10 * number) / 10);

const CELLS = [["label 0, called 0", 0, 0, "no alert"], ["label 0, called 1", 0, 1, "alerts on label 0"],
  ["label 1, called 0", 1, 0, "missed"], ["label 1, called 1", 1, 1, "found"]];

/** Rows of a page. */
const PAGE = 200;

/** Rows of a file. */
const MOST = 100000;

/** `id` of the experiment, its evaluation `e`, the state of the address, and by what its rows are labelled. */
export async function panel(id, e, query, labels) {
  const base = `/experiments/${encodeURIComponent(id)}`;
  const split = e.split;
  let all;
  try {
    all = await get(`${base}/thresholds`, { split });
  } catch (error) {
    return still(e, error.message);
  }
  const { points } = all;
  // Points fall: the last whose threshold is not below calls the same rows 1.
  const wanted = Number(query.get("threshold") ?? e.threshold);
  const first = Math.max(0, points.findLastIndex((point) => point.threshold >= wanted));
  const drawable = points.filter((point) => point.precision != null && point.recall != null);
  const pr = curve("Precision and recall", ["recall", "precision"], drawable.map((p) => [p.recall, p.precision]));
  const roc = curve("ROC", ["false positive rate", "recall"], points.filter((p) => p.false_positive_rate != null && p.recall != null)
    .map((p) => [p.false_positive_rate, p.recall]));
  const few = e.metrics.find((metric) => metric.name === "recall_at_fpr_0.01");
  const slider = h("input", { type: "range", id: "threshold", min: 0, max: points.length - 1, value: first,
    "aria-label": "threshold", "aria-describedby": "at-threshold", input: () => move(), change: () => settle() });
  const said = h("dl", { class: "facts plain", id: "at-threshold", role: "status" });
  const matrix = h("div", { id: "confusion" });
  const rows = h("div", { id: "cell", role: "status" });
  const state = { label: query.get("label"), called: query.get("called"), wrong: query.get("wrong"), offset: query.get("offset") };
  const rule = `experiment:${id}`;
  // Where nobody has moved it, it is the threshold that was asked for: it calls the same rows.
  const same = wanted > 0 && wanted <= points[first].threshold && points[first].threshold <= 1;
  const at = () => (same && Number(slider.value) === first ? { ...points[first], threshold: wanted } : points[slider.value]);
  const fact = (name, value, doc) => h("div", { title: doc }, h("dt", {}, name), h("dd", {}, value));
  const here = () => {
    const next = new URLSearchParams({ split, threshold: at().threshold });
    for (const [name, value] of Object.entries(state)) if (value != null) next.set(name, value);
    readdress(`${location.pathname}?${next}`);
  };
  const choose = async (label, called, wrong = null, offset = null) => {
    Object.assign(state, { label, called, wrong, offset });
    here();
    await show();
    // They open below what was pressed.
    rows.querySelector("h3")?.focus({ preventScroll: true });
    rows.scrollIntoView({ block: "start" });
  };
  const button = (cell, number) => {
    const [name, label, called, what] = CELLS[cell];
    const pressed = !state.wrong && state.label === String(label) && state.called === String(called);
    return h("button", { type: "button", class: "cell", "aria-pressed": String(pressed), "aria-label": `${count(number)} rows: ${name}`,
      "data-cell": `${label}${called}`, click: () => choose(String(label), String(called)) },
      h("b", {}, count(number)), h("small", {}, what));
  };
  const draw = () => {
    const point = at();
    pr.move([point.recall, point.precision]);
    roc.move([point.false_positive_rate, point.recall]);
    const sampled = all.rows_per_sampled > 1.0001
      ? ` (each sampled row stands for ${all.rows_per_sampled.toFixed(1)})` : "";
    said.replaceChildren(
      fact("called 1 from probability", point.threshold > 1 ? "none" : told(point.threshold)),
      fact("alerts a day", `${daily(point.alerts_per_day)}${point.precision == null ? "" : `, of which ${daily(point.alerts_per_day * (1 - point.precision))} of label 0`}${sampled}`,
        "rows called 1, by day"),
      fact("addresses alerted a day", daily(point.addresses_per_day), "each counted once a day"),
      fact("precision", short_number(point.precision), "of the rows called 1, the share of label 1"),
      fact("recall", short_number(point.recall), "of the rows of label 1, the share called 1"),
      fact("false positive rate", point.false_positive_rate == null ? "–" : `${four(100 * point.false_positive_rate)} %`, "of the rows of label 0, the share called 1"),
      few?.estimate.value == null ? "" : fact("recall where 1 % of the rows of label 0 are called 1", interval(few.estimate), "at the threshold that calls one row of label 0 in a hundred 1, wherever the slider stands"));
    const [tn, fp, fn, tp] = point.confusion;
    matrix.replaceChildren(table("rows by label and call; press a cell to see them", ["", "called 0", "called 1"],
      [["label 0", button(0, tn), button(1, fp)], ["label 1", button(2, fn), button(3, tp)]],
      { path: `${base}/thresholds`, query: { split }, of: "points" }),
    h("p", {}, h("button", { type: "button", class: "copy", id: "wrong", "aria-pressed": String(Boolean(state.wrong)),
      click: () => choose(null, null, "true") }, `All ${count(fp + fn)} rows called otherwise than labelled`)));
  };
  const move = () => draw();
  const settle = () => {
    state.offset = null;
    here();
    dispatchEvent(new CustomEvent("threshold", { detail: at().threshold }));
    return state.label != null || state.wrong ? show() : null;
  };
  const show = async () => {
    draw();
    const query = { split, threshold: at().threshold, ...state };
    try {
      const found = await get(`${base}/rows`, query);
      const columns = found.columns;
      const [who, when] = [columns.indexOf("address"), columns.indexOf("event_time")];
      const own = (row) => row.map((cell, i) => {
        if (i === who && found.grain === "block") return link(blockBy(cell, rule), cell);
        if (i === who) return link(addressBy(cell, rule), cell);
        return cell;
      });
      const flow = (row) => link(`/sql?${new URLSearchParams({
        q: `SELECT * FROM flow WHERE src_ip = '${row[who]}' AND event_time = '${row[when]}'` })}`, "flow");
      const flows = found.grain === "flow";
      const what = state.wrong ? "rows called otherwise than labelled" : `rows of ${CELLS.find(([, l, c]) => String(l) === state.label && String(c) === state.called)?.[0] ?? "this cell"}`;
      const turn = (offset, text) => h("button", { type: "button", class: "copy", click: () =>
        choose(state.label, state.called, state.wrong, offset || null) }, text);
      const last = found.offset + found.rows.length;
      const pages = found.all > PAGE ? h("p", { class: "pages" }, `Rows ${count(found.offset + 1)} to ${count(last)} of ${count(found.all)}`,
        found.offset > 0 ? turn(Math.max(0, found.offset - PAGE), "← earlier rows") : null,
        found.more ? turn(last, "next rows →") : null,
        h("span", { class: "soft" }, `The files hold ${found.all > MOST ? `the first ${count(MOST)}` : `all ${count(found.all)}`}.`)) : null;
      const named = columns.map((column) => (column === "is_mirai" ? { name: "label", doc: "is_mirai" } : column));
      rows.replaceChildren(h("h3", { tabindex: -1 }, `${count(found.all)} ${what}`),
        note("soft", "Called by models that had not learnt from them; those the model was surest of first."
          + (columns.includes("cluster_distance") ? " cluster_distance is that of the model fitted on all rows." : "")),
        h("p", { class: "rule" }, "Label 1 by this experiment's own rule: ", prose(labels), ". ", link(listOf(rule), "Its list")),
        pages,
        found.rows.length ? table(found.all > PAGE ? `rows ${found.offset + 1} to ${last}` : "all of them",
          [...(flows ? ["stored"] : []), ...named], found.rows.map((row) => [...(flows ? [flow(row)] : []), ...own(row)]),
          { path: `${base}/rows`, query: { ...query, offset: null, limit: MOST } }) : null);
    } catch (error) {
      rows.replaceChildren(note("serious", error.message));
    }
  };
  draw();
  if (state.label != null || state.wrong) await show();
  const days = all.days < 1.5 ? `${(24 * all.days).toFixed(1)} hours` : `${all.days.toFixed(1)} days`;
  return h("div", {},
    h("p", { class: "threshold" }, h("label", { for: "threshold" }, "Threshold "),
      h("span", { class: "soft" }, "high: few alerts"), slider, h("span", { class: "soft" }, "low: many alerts")),
    said, note("soft", `Counted over ${count(all.tested)} tested rows of ${days}. Label 0 is no proof that a source is harmless: it was not seen trying such names. Some alerts on label 0 may be right.`),
    h("div", { class: "plots three" }, matrix, pr.figure, roc.figure),
    e.notes.map((text) => note("soft", text)), rows);
}
