// Experiments side by side, and one of them in full.

import { get } from "../api.js";
import { bars, drawn, h, link, note, quoted, repeat, table } from "../dom.js";

export const title = "Validate";

export const page = (rest) => (rest[0] ? one(rest[0]) : all());

const number = (value) => (value == null ? "–" : value.toFixed(2));
const interval = (split) => `${number(split.f1)}${split.low == null ? "" : ` [${number(split.low)}, ${number(split.high)}]`}`;

async function all() {
  const experiments = await get("/experiments");
  const rows = experiments.flatMap((experiment) => experiment.splits.map((split, at) => [
    at === 0 ? link(`/validate/${encodeURIComponent(experiment.id)}`, experiment.id) : "",
    split.grain, split.split, split.leaks ? "leaks" : "", interval(split), split.rows, split.positives, split.addresses,
    at === 0 ? experiment.doubts.join(", ") : "",
  ]));
  return [
    h("h1", {}, "Validate ", h("small", {}, "why should anyone believe it?")),
    rows.length
      ? table("experiments", ["experiment", "grain", "split", "", "F1", "rows", "of label 1", "addresses", "doubts"], rows)
      : note("soft", "Nothing was learnt yet."),
    rows.length ? null : h("p", {}, link("/learn", "Follow a recipe")),
  ];
}

/** A curve through points from 0 to 1, with a mark that a slider moves. */
function curve(title, axes, points, [startX, startY]) {
  if (!points.length) return null;
  // The slider begins where the model decides.
  const far = ([x, y]) => (x - startX) ** 2 + (y - startY) ** 2;
  const first = points.reduce((best, point, at) => (far(point) < far(points[best]) ? at : best), 0);
  const place = ([x, y]) => `${(100 * x).toFixed(2)},${(100 - 100 * y).toFixed(2)}`;
  const mark = drawn("circle", { class: "mark", r: 2.5 });
  const said = h("span", { class: "soft" });
  const slider = h("input", { type: "range", min: 0, max: points.length - 1, value: first,
    "aria-label": `a point of ${title}`, input: () => move() });
  const move = () => {
    const [x, y] = points[slider.value];
    mark.setAttribute("cx", 100 * x);
    mark.setAttribute("cy", 100 - 100 * y);
    said.textContent = `${axes[0]} ${x.toFixed(3)}, ${axes[1]} ${y.toFixed(3)}`;
  };
  move();
  return h("figure", {}, h("figcaption", {}, `${title}: ${axes[1]} over ${axes[0]}`),
    drawn("svg", { class: "curve", viewBox: "-2 -2 104 104", role: "img", "aria-label": title },
      drawn("path", { class: "grid", "vector-effect": "non-scaling-stroke", d: "M0,0V100H100 M0,50H100 M50,0V100" }),
      drawn("polyline", { "vector-effect": "non-scaling-stroke", points: points.map(place).join(" ") }), mark),
    h("p", {}, slider, " ", said));
}

/** What a split says beside its metrics. */
const detail = (grain, e) => detailOf(grain, e, ...e.confusion.flat());

const detailOf = (grain, e, tn, fp, fn, tp) => h("details", { open: e.split === "address" }, h("summary", {}, `${grain.grain} by ${e.split}`),
  h("div", { class: "plots" },
    table("rows by label and prediction", ["", "predicted 0", "predicted 1"],
      [["label 0", ...e.confusion[0]], ["label 1", ...e.confusion[1]]]),
    curve("precision and recall", ["recall", "precision"], e.pr, [tp / (fn + tp), tp / (fp + tp)]),
    curve("ROC", ["false positive rate", "true positive rate"], e.roc, [fp / (tn + fp), tp / (fn + tp)])),
  e.notes.map((text) => note("soft", text)));

async function one(id) {
  const [about, report] = await Promise.all([get("/about"), get(`/experiments/${encodeURIComponent(id)}`)]);
  const page = `/api/v1/experiments/${encodeURIComponent(id)}/report.html`;
  const metric = (evaluation, name) => evaluation.metrics.find((m) => m.name === name)?.estimate;
  const told = (estimate) => estimate && estimate.value != null
    ? interval({ f1: estimate.value, low: estimate.low, high: estimate.high }) : "–";
  const rows = report.grains.flatMap((grain) => grain.evaluations.map((e) => [
    grain.grain, e.split, e.leaks ? "leaks" : "", told(metric(e, "f1")), told(metric(e, "precision")),
    told(metric(e, "recall")), told(metric(e, "roc_auc")), e.rows, e.positives, e.addresses,
  ]));
  return [
    h("p", {}, link("/validate", "Validate"), " › experiment"),
    h("h1", {}, report.header.title),
    h("p", { class: "soft" }, id),
    h("p", {}, report.header.label_rule),
    report.grains.map((grain) => h("p", { class: "verdict" }, `By ${grain.grain}: ${grain.verdict}.`)),
    table("evaluations, with their intervals over addresses", ["grain", "split", "", "F1", "precision", "recall", "AUC",
      "rows", "of label 1", "addresses"], rows),
    report.grains.map((grain) => h("section", {}, h("h2", {}, `Addresses seen and unseen: by ${grain.grain}`),
      h("ul", {}, grain.drop.map((text) => h("li", {}, text))),
      grain.evaluations.map((e) => detail(grain, e)),
      grain.importances.length ? bars("importance of each input, in thousandths", grain.importances.map((input) =>
        ({ name: input.feature, value: Math.round(1000 * input.value) }))) : null)),
    h("section", {}, h("h2", {}, "Doubts"), table("what may be wrong with it", ["doubt", "severity", "finding"],
      report.doubts.map((doubt) => [doubt.name, String(doubt.severity), doubt.finding]))),
    h("section", {}, h("h2", {}, "Report"),
      h("p", {}, h("a", { href: page, target: "_blank" }, "open the whole report")),
      h("iframe", { src: page, title: "the report", sandbox: "allow-scripts allow-downloads" })),
    h("p", {}, link("/watch", "the saved models")),
    repeat("The command line", `botany run --data ${quoted(about.data)} ${report.header.recipe}`),
  ].flat();
}
