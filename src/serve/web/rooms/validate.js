// Experiments side by side, and one of them in full.

import { get, post } from "../api.js";
import { bars, h, interval, link, note, quoted, repeat, table } from "../dom.js";
import * as against from "./against.js";
import { panel } from "./threshold.js";

export const title = "Validate";

export const page = (rest, query) => {
  if (rest[0]) return one(rest[0], query);
  const [first, second] = [query.get("first"), query.get("second")];
  return first && second ? against.page(first, second) : all();
};

async function all() {
  const experiments = await get("/experiments");
  const rows = experiments.flatMap((experiment) => experiment.splits.map((split, at) => [
    at === 0 ? link(`/validate/${encodeURIComponent(experiment.id)}`, experiment.id) : "",
    split.grain, split.split, split.leaks ? "leaks" : "", interval({ ...split, value: split.f1 }), split.rows, split.positives,
    split.addresses, at === 0 ? experiment.doubts.join(", ") : "",
  ]));
  const choice = (name, at) => h("select", { name }, experiments.map((e, i) =>
    h("option", { value: e.id, selected: i === at }, e.id)));
  const compare = experiments.length > 1 ? h("form", { class: "fields", id: "compare", submit: (event) => {
    event.preventDefault();
    const href = `/validate?${new URLSearchParams([...new FormData(event.target)])}`;
    dispatchEvent(new CustomEvent("go", { detail: { href } }));
  } }, h("label", {}, "Set ", choice("first", 1)), h("label", {}, " beside ", choice("second", 0)),
  h("button", {}, "Compare")) : null;
  return [
    h("h1", {}, "Validate ", h("small", {}, "why should anyone believe it?")),
    compare,
    rows.length
      ? table("experiments", ["experiment", "grain", "split", "", "F1", "rows", "of label 1", "addresses",
        { name: "doubts that hold", doc: "tested, and found to be so: read the numbers with them in mind" }], rows,
        { path: "/experiments", of: "splits" })
      : note("soft", "Nothing was learnt yet."),
    rows.length ? null : h("p", {}, link("/learn", "Follow a recipe")),
  ];
}

/** The way into the registry. */
function promotion(id, about) {
  const said = h("p", { role: "status" });
  const name = h("input", { name: "model", required: true, pattern: "[a-z][a-z0-9\\-]*", title: "small letters, digits and hyphens" });
  return h("section", {}, h("h2", {}, "Operationalise"),
    h("p", {}, "The model as it was fitted on all rows, with the evaluations above on its card, becomes the next version of its name."),
    h("form", { class: "fields", id: "promote", submit: async (event) => {
      event.preventDefault();
      try {
        const card = await post(`/experiments/${encodeURIComponent(id)}/promote`, { model: name.value });
        const version = `v${String(card.version).padStart(4, "0")}`;
        dispatchEvent(new CustomEvent("go", { detail: { href: `/watch/${card.name}@${version}` } }));
      } catch (error) {
        said.textContent = error.message;
      }
    } }, h("label", {}, "As model ", name), h("button", {}, "Put it into the registry")), said,
    repeat("The command line", `botany learn promote --data ${quoted(about.data)} ${id} --model NAME`));
}

async function one(id, query) {
  const path = `/experiments/${encodeURIComponent(id)}`;
  const [about, report] = await Promise.all([get("/about"), get(path)]);
  const whole = `/api/v1${path}/report.html`;
  const metric = (evaluation, name) => interval(evaluation.metrics.find((m) => m.name === name)?.estimate ?? {});
  const rows = report.grains.flatMap((grain) => grain.evaluations.map((e) => [
    grain.grain, e.split, e.leaks ? "leaks" : "", metric(e, "f1"), metric(e, "precision"), metric(e, "recall"),
    metric(e, "average_precision"), metric(e, "roc_auc"), e.rows, e.positives, e.addresses,
  ]));
  const evaluations = report.grains.flatMap((grain) => grain.evaluations);
  const chosen = evaluations.find((e) => e.split === query.get("split")) ?? evaluations.find((e) => !e.leaks) ?? evaluations[0];
  const told = chosen ? await panel(id, chosen, query) : null;
  return [
    h("p", {}, link("/validate", "Validate"), " › experiment"),
    h("h1", {}, report.header.title),
    h("p", { class: "soft" }, id),
    h("p", {}, report.header.label_rule),
    report.grains.map((grain) => h("p", { class: "verdict" }, `By ${grain.grain}: ${grain.verdict}.`)),
    table("evaluations, with their intervals over addresses", ["grain", "split", "", "F1", "precision", "recall",
      "average precision", "AUC", "rows", "of label 1", "addresses"], rows, { path, of: "grains.evaluations.metrics" }),
    report.grains.map((grain) => h("ul", {}, grain.drop.map((text) => h("li", {}, text)))),
    chosen ? h("section", {}, h("h2", {}, "What would it have alerted on?"),
      h("p", { class: "toolbar" }, h("span", {}, "Judged by the split by"), evaluations.map((e) =>
        h("a", { class: "choice", href: `/validate/${encodeURIComponent(id)}?split=${e.split}`,
          "aria-current": e === chosen ? "true" : null }, e.leaks ? `${e.split} (leaks)` : e.split))), told) : null,
    report.grains.map((grain) => grain.importances.length ? h("section", {}, h("h2", {}, "What the model looks at"),
      bars("importance of each input, in thousandths", grain.importances.map((input) =>
        ({ name: input.feature, value: Math.round(1000 * input.value) })), "", { path, of: "grains.importances" })) : null),
    h("section", {}, h("h2", {}, "Doubts"), table("what may be wrong with it", ["doubt", "severity", "finding"],
      report.doubts.map((doubt) => [doubt.name, String(doubt.severity), doubt.finding]), { path, of: "doubts" })),
    promotion(id, about),
    h("section", {}, h("h2", {}, "Report"),
      h("p", {}, h("a", { href: whole, target: "_blank" }, "open the whole report")),
      h("iframe", { src: whole, title: "the report", sandbox: "allow-scripts allow-downloads" })),
    h("p", {}, link("/watch", "the saved models")),
    repeat("The command line", `botany run --data ${quoted(about.data)} ${report.header.recipe}`),
  ].flat();
}
