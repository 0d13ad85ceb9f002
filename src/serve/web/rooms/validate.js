// Experiments side by side, and one of them in full.

import { get, post } from "../api.js";
import { bars, h, interval, link, note, prose, quoted, repeat, short_number, table } from "../dom.js";
import { listOf } from "../rule.js";
import { saving } from "../save.js";
import { steps } from "../steps.js";
import * as against from "./against.js";
import { definedAs } from "./predict.js";
import { panel } from "./threshold.js";

export const title = "Validate";

export const page = (rest, query) => {
  if (rest[0]) return one(rest[0], query);
  const [first, second] = [query.get("first"), query.get("second")];
  return first && second ? against.page(first, second) : all();
};

/** An experiment's name and when it was made, which its id begins with. */
const stamped = (id) => {
  const [, date, hour, minute, second, name] = /^(\d{8})T(\d\d)(\d\d)(\d\d)\d*Z-(.*)$/.exec(id) ?? [];
  return name ? `${name}, ${date.replace(/(....)(..)(..)/, "$1-$2-$3")} ${hour}:${minute}:${second} UTC` : id;
};

async function all() {
  const experiments = await get("/experiments");
  const rows = experiments.flatMap((experiment) => experiment.splits.map((split, at) => [
    at === 0 ? link(`/validate/${encodeURIComponent(experiment.id)}`, experiment.id) : "",
    split.grain, split.split, split.leaks ? "leaks" : "", interval({ ...split, value: split.f1 }), split.rows, split.positives,
    split.addresses, at === 0 ? experiment.doubts.map((doubt) => `${doubt.severity}: ${doubt.name.replaceAll("_", " ")}`).join(", ") : "",
  ]));
  const choice = (name, at) => h("select", { name }, experiments.map((e, i) =>
    h("option", { value: e.id, selected: i === at, title: e.id }, stamped(e.id))));
  const compare = experiments.length > 1 ? h("form", { class: "fields", id: "compare", submit: (event) => {
    event.preventDefault();
    const href = `/validate?${new URLSearchParams([...new FormData(event.target)])}`;
    dispatchEvent(new CustomEvent("go", { detail: { href } }));
  } }, h("label", {}, "Compare ", choice("first", 1)), h("label", {}, " with ", choice("second", 0)),
  h("button", {}, "Compare")) : null;
  return [
    h("h1", {}, "Validate ", h("small", {}, "why should anyone believe it?")),
    compare,
    rows.length
      ? table("experiments", ["experiment", "grain", "split", LEAKS, "F1", "rows", "of label 1", "addresses",
        { name: "doubts that hold", doc: "tested, and found to be so: read the numbers with them in mind" }], rows,
        { path: "/experiments", of: "splits" })
      : note("soft", "Nothing was learnt yet."),
    rows.length ? null : h("p", {}, link("/learn", "Follow a recipe")),
  ];
}

/** Saving the model of an experiment, with the threshold that was chosen above. */
function promotion(id, about, { model, threshold }, query) {
  const failed = h("p", { role: "status" });
  const save = saving({ name: model, experiment: id });
  const given = query.get("threshold") ?? threshold ?? "";
  // The probability itself is kept: one that was rounded would call other rows 1. Above 1 it calls none.
  let none = Number(given) > 1;
  const at = h("input", { name: "threshold", id: "kept-threshold", type: "number", min: 0, max: 1, step: "any", size: 24,
    value: none ? "" : given, placeholder: threshold ?? 0.5, input: () => {
      none = false;
      shown();
    } });
  const repeated = h("div", {});
  const unfit = h("p", { id: "unfit", role: "status", class: "soft" });
  const why = () => {
    if (none) return "Where the slider stands no row is called 1, and that cannot be saved: move it, or write a threshold.";
    if (at.value !== "" && Number(at.value) === 0) return "From probability 0 every row is called 1, and that cannot be saved: write a higher threshold.";
    return "";
  };
  const shown = () => {
    at.setCustomValidity(why());
    unfit.textContent = why();
    save.said.hidden = why() !== "";
    repeated.replaceChildren(repeat("The command line", [`botany learn promote --data ${quoted(about.data)} ${id}`,
    `--model ${quoted(save.field.value || "NAME")}`, at.value && `--threshold ${quoted(at.value)}`].filter(Boolean).join(" ")));
  };
  save.field.addEventListener("input", shown);
  addEventListener("threshold", function chosen({ detail }) {
    if (!at.isConnected) return removeEventListener("threshold", chosen);
    none = detail > 1;
    at.value = none ? "" : detail;
    return shown();
  });
  shown();
  return h("section", { id: "operationalise" }, h("h2", {}, "Save the model"),
    h("p", {}, "As it was fitted on all rows, with the evaluations and doubts of this page on its card."),
    h("form", { id: "promote", submit: async (event) => {
      event.preventDefault();
      try {
        const card = await post(`/experiments/${encodeURIComponent(id)}/promote`,
          { model: save.field.value, ...(at.value === "" ? {} : { threshold: Number(at.value) }) });
        const version = `v${String(card.version).padStart(4, "0")}`;
        dispatchEvent(new CustomEvent("go", { detail: { href: `/watch/${card.name}@${version}?saved=yes` } }));
      } catch (error) {
        failed.replaceChildren(note("serious", error.message));
      }
    } }, h("div", { class: "fields" }, save.label,
      h("label", {}, "It calls a row 1 from probability ", at, h("small", {}, ` the slider above sets it; empty, it is ${threshold ?? 0.5}, ${threshold == null ? "the usual one" : "the recipe's"}. Alerts, lists and rules go by it`))),
      unfit, save.said, h("p", {}, h("button", {}, "Save"))), failed, repeated);
}

/** Doubts by weight, the gravest first. */
const WEIGHTS = ["serious", "caution", "note", "fine"];
export const weight = (severity) => h("span", { class: `severity ${severity}` }, severity || "not kept");
/** Their columns. */
export const DOUBTS = [{ name: "doubt", prose: true }, "severity", { name: "what it asks", prose: true }, { name: "finding", prose: true }];
/** A row of them; cards of earlier versions keep no question. */
export const doubted = (doubt) => [doubt.name.replaceAll("_", " "), weight(doubt.severity), h("span", {}, prose(doubt.question || "–")), h("span", {}, prose(doubt.finding))];
export const gravest = (doubts) => [...doubts].sort((a, b) => WEIGHTS.indexOf(a.severity) - WEIGHTS.indexOf(b.severity));

/** The column that says of a split whether it leaks. */
export const LEAKS = { name: "leaks?", doc: "by row a model may know addresses again that it has learnt from: its numbers are too good" };

/** Of clusters that are features. */
export const CLUSTERS_ANEW = "Where clusters are features, they are found anew in every fold, from the rows that are learnt from alone; those of the saved model from all rows."
  + " Features, k and seed are those of the recipe; centres of a clustering that was saved are not used.";

/** What the baseline gives by the measures that are judged, and what the model gives by the same split. */
function beside({ baseline: { what, metrics }, evaluations }) {
  const own = evaluations.find((e) => !e.leaks);
  const told = ["f1", "average_precision"].flatMap((name) => {
    const [model, guess] = [own?.metrics, metrics].map((all) => all?.find((m) => m.name === name));
    return guess?.estimate.value == null || !model ? []
      : [`${guess.label} ${short_number(guess.estimate.value)} (the model ${short_number(model.estimate.value)})`];
  });
  return told.length ? h("p", { class: "soft" }, `The baseline: ${what}. ${told.join(", ")}.`) : null;
}

async function one(id, query) {
  const path = `/experiments/${encodeURIComponent(id)}`;
  const [about, report, suggested] = await Promise.all([get("/about"), get(path), get("/learn/saving", { experiment: id })
    .catch(() => ({ model: "", threshold: null }))]);
  const whole = `/api/v1${path}/report.html`;
  const metric = (evaluation, name) => interval(evaluation.metrics.find((m) => m.name === name)?.estimate ?? {});
  const rows = report.grains.flatMap((grain) => grain.evaluations.map((e) => [
    grain.grain, e.split, e.leaks ? "leaks" : "", metric(e, "f1"), metric(e, "precision"), metric(e, "recall"),
    metric(e, "average_precision"), metric(e, "roc_auc"), e.rows, e.positives, e.addresses,
  ]));
  const evaluations = report.grains.flatMap((grain) => grain.evaluations);
  const chosen = evaluations.find((e) => e.split === query.get("split")) ?? evaluations.find((e) => !e.leaks) ?? evaluations[0];
  // The slider begins where the field below does.
  const moved = new URLSearchParams(query);
  if (!moved.has("threshold") && suggested.threshold != null) moved.set("threshold", suggested.threshold);
  const told = chosen ? await panel(id, chosen, moved, report.header.label_rule) : null;
  return [
    h("p", {}, link("/validate", "Validate"), " › experiment"),
    h("h1", {}, report.header.title),
    h("p", { class: "soft" }, id),
    steps(2, [definedAs("experiment", id), null, null, "#operationalise"]),
    suggested.already?.length ? h("p", { class: "saved" }, "Its model is saved: ", suggested.already.flatMap((name, at) =>
      [at ? ", " : "", link(`/watch/${encodeURIComponent(name)}`, name)]), ".") : null,
    h("p", { class: "rule" }, h("b", {}, "Label 1"), ": ", prose(report.header.label_rule)),
    h("p", { class: "rule" }, h("b", {}, "Threat list"), " by this experiment's own rule: ", prose(report.header.threat_rule), ". ",
      link(listOf(`experiment:${id}`), "The list"), ". That of ", link("/enrich", "Enrich"), " goes by the default rule unless you choose another, so it holds other sources, and another number of them."),
    report.grains.flatMap((grain) => [h("p", { class: "verdict" }, `By ${grain.grain}: ${grain.verdict}. `, h("a", { href: "#doubts" }, "The doubts")), beside(grain)]),
    report.clusterings.length ? h("p", { class: "soft", id: "clusters-of" }, report.clusterings.map((one) =>
      `Clusters: ${one.k} by ${one.features.join(", ")}. `), CLUSTERS_ANEW) : null,
    table("evaluations, each number with its interval of 95 %", ["grain", "split", LEAKS, "F1", "precision", "recall",
      "average precision", "ROC AUC", "rows", "of label 1", "addresses"], rows, { path, of: "grains.evaluations.metrics" }),
    report.grains.map((grain) => h("ul", {}, grain.drop.map((text) => h("li", {}, prose(text))))),
    chosen ? h("section", {}, h("h2", {}, "What would it have alerted on?"),
      h("p", { class: "toolbar" }, h("span", {}, "Judged by the split by"), evaluations.map((e) =>
        h("a", { class: "choice", href: `/validate/${encodeURIComponent(id)}?split=${e.split}`,
          "aria-current": e === chosen ? "true" : null }, e.leaks ? `${e.split} (leaks)` : e.split))), told) : null,
    report.grains.map((grain) => grain.importances.length ? h("section", {}, h("h2", {}, "What the model looks at"),
      bars("importance of each input, its share of all", grain.importances.map((input) =>
        ({ name: input.feature, value: Math.round(1000 * input.value) / 10 })), "", { path, of: "grains.importances" }, ["input", "per cent"])) : null),
    h("section", { id: "doubts" }, h("h2", {}, "Doubts"),
      table("what may be wrong with it", DOUBTS, gravest(report.doubts).map(doubted),
      { path, of: "doubts" })),
    promotion(id, about, suggested, query),
    h("section", {}, h("h2", {}, "Report"),
      h("p", {}, h("a", { href: whole, target: "_blank" }, "open the whole report")),
      h("iframe", { src: whole, title: "the report", sandbox: "allow-scripts allow-downloads" })),
    h("p", {}, link("/watch", "the saved models")),
    repeat("The command line", `botany run --data ${quoted(about.data)} ${quoted(`${about.data}/experiments/${id}/recipe.toml`)}`),
  ].flat();
}
