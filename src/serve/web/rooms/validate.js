// Experiments side by side, and one of them in full.

import { get } from "../api.js";
import { h, link, note, repeat, table } from "../dom.js";

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
    h("section", {}, h("h2", {}, "Doubts"), table("what may be wrong with it", ["doubt", "severity", "finding"],
      report.doubts.map((doubt) => [doubt.name, String(doubt.severity), doubt.finding]))),
    h("section", {}, h("h2", {}, "Report"),
      h("p", {}, h("a", { href: page, target: "_blank" }, "open the whole report")),
      h("iframe", { src: page, title: "the report", sandbox: "allow-scripts allow-downloads" })),
    repeat("The command line", `botany run --data ${about.data} ${report.header.recipe}`),
  ].flat();
}
