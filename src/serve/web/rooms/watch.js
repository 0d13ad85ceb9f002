// The models of the registry, and what leaves.

import { get, post } from "../api.js";
import { four } from "../digits.js";
import { count, h, interval, link, note, prose, quoted, repeat, short, short_number, table } from "../dom.js";
import { byRule } from "../rule.js";
import { steps } from "../steps.js";
import * as alerts from "./alerts.js";
import * as lists from "./lists.js";
import { definedAs } from "./predict.js";
import { CLUSTERS_ANEW, DOUBTS, doubted, gravest } from "./validate.js";

export const title = "Watch";

export const page = (rest, query) => {
  if (rest[0] === "lists") return lists.page(query);
  if (rest[0] === "alerts") return alerts.page(rest[1]);
  return rest[0] ? card(rest[0], query) : all();
};

const version = (number) => `v${String(number).padStart(4, "0")}`;
const full = (model) => `${model.name}@${version(model.version)}`;
const href = (model) => `/watch/${encodeURIComponent(full(model))}`;

/** A table of versions, each with the way to put it in force. */
function versions(models, here) {
  const said = h("p", { role: "status" });
  const back = (model) => h("button", { type: "button", "aria-label": `put ${full(model)} in force`, click: async () => {
    try {
      await post(`/models/${encodeURIComponent(full(model))}/roll-back`);
      dispatchEvent(new CustomEvent("go", { detail: { href: location.pathname, replace: true } }));
    } catch (error) {
      said.textContent = error.message;
    }
  } }, "put in force");
  return [table("versions", ["model", "in force", "made", "grain", "algorithm", { name: "threshold", doc: "calls a row 1 from this probability on" }, "rows of label 0", "rows of label 1"],
    models.map((model) => [
      full(model) === here ? `${full(model)} (this one)` : link(href(model), full(model)), model.current ? "yes" : back(model),
      model.created_at, model.grain, model.algorithm, h("span", { title: String(model.threshold) }, four(model.threshold)), ...model.class_counts,
    ]), { path: "/models" }), said];
}

async function all() {
  const [about, models, forms, journals] = await Promise.all([get("/about"), get("/models"), get("/lists"), get("/alerts")]);
  return [
    h("h1", {}, "Watch ", h("small", {}, "saved models, alerts, and lists for other programs")),
    ...(models.length ? versions(models)
      : [note("soft", "No model was saved yet."), h("p", {}, link("/learn/prediction", "Learn one and save it"))]),
    repeat("The command line", `botany models list --data ${quoted(about.data)}`),
    h("section", {}, h("h2", {}, link("/watch/alerts", "Alerts")), ...alerts.journals(journals, about, models),
      ...(journals.length ? [h("h3", {}, "Watch on"), ...alerts.begin(models, about)] : [])),
    h("section", {}, h("h2", {}, link("/watch/lists", "Lists")), lists.forms(forms)),
  ];
}

/** Whether a version is in force, and if another is, by what threshold that goes. */
function inForce({ version: own }, threshold, current) {
  if (!current) return "No version is in force.";
  if (current.version === own) return "It is in force.";
  const by = current.threshold === threshold ? "by the same threshold" : `which calls a row 1 from probability ${four(current.threshold)}`;
  return `It is not in force: ${version(current.version)} is, ${by}.`;
}

/** What the splits that do not leak come to at the threshold the version goes by, where it was not measured at that one. */
function atKept({ experiment, evaluations }, threshold) {
  const apart = evaluations.filter((e) => !e.leaks && e.threshold !== threshold);
  if (!experiment || !apart.length) return null;
  const list = h("ul", {});
  const shown = h("div", { id: "at-kept", hidden: true }, h("p", {}, `At its own threshold, ${four(threshold)}:`), list);
  const told = async ({ split }) => {
    const { points } = await get(`/experiments/${encodeURIComponent(experiment)}/thresholds`, { split });
    // Points fall: the last whose threshold is not below calls the same rows 1.
    const point = points.findLast((one) => one.threshold >= threshold) ?? points[0];
    return h("li", {}, `split by ${split}: precision ${short_number(point.precision)}, recall ${short_number(point.recall)}, `
      + `${count(Math.round(10 * point.alerts_per_day) / 10)} alerts a day`);
  };
  // The experiment may be gone: then the table below is all there is. The page does not wait for them.
  get("/experiments").then((all) => (all.some((one) => one.id === experiment) ? Promise.all(apart.map(told)) : [])).then((lines) => {
    list.replaceChildren(...lines);
    shown.hidden = lines.length === 0;
  }, () => {});
  return shown;
}

/** A feature in words; its formula behind them. What is made of clusters has no formula: how it is made is said in words. */
function input({ name, unit, of, sql }, shelf) {
  const doc = shelf.find((feature) => feature.name === name)?.doc;
  const formula = h("details", {}, h("summary", {}, "SQL"), h("code", { class: "formula" }, sql));
  return [name, h("span", {}, prose(doc ?? (name.startsWith("cluster") ? sql : ""))), unit, of, !doc && name.startsWith("cluster") ? "" : formula];
}

async function card(name, query) {
  const path = `/models/${encodeURIComponent(name)}`;
  const [about, models, shelf, { card: model, inputs, threshold, threshold_in_words: called, measured_in_words: measured, rule }] = await Promise.all([get("/about"), get("/models"), get("/learn/features"), get(path)]);
  const own = models.filter((one) => one.name === model.name);
  const others = own.filter((one) => one.version !== model.version);
  const other = query.get("against") ?? "";
  const differences = other ? await get(`${path}/against`, { with: other }) : null;
  const choose = others.length ? h("form", { class: "fields", id: "against", submit: (event) => {
    event.preventDefault();
    const asked = new URLSearchParams([...new FormData(event.target)]);
    dispatchEvent(new CustomEvent("go", { detail: { href: `${location.pathname}?${asked}` } }));
  } }, h("label", {}, "Compare it with ", h("select", { name: "against" }, others.map((one) =>
    h("option", { value: full(one), selected: full(one) === other }, full(one))))), h("button", {}, "Compare")) : null;
  const mine = own.filter((one) => one.current && one.version === model.version);
  const fact = (what, value, kind) => (value ? h("div", {}, h("dt", {}, what), h("dd", { class: kind }, value)) : null);
  const { pipeline } = model;
  const measures = [...new Set(model.evaluations.flatMap((e) => e.metrics.map((m) => m.label)))];
  const across = (what, told) => [what, ...model.evaluations.map(told)];
  const evidence = [
    across("tested rows", (e) => count(e.rows)), across("of them label 1", (e) => count(e.positives)), across("addresses", (e) => count(e.addresses)),
    ...measures.map((label) => across(label, (e) => {
      const metric = e.metrics.find((m) => m.label === label);
      return metric ? interval(metric) : "–";
    })),
  ];
  const settings = Object.entries(pipeline.settings).map(([key, value]) => `${key} = ${value}`).join(", ");
  const clustering = pipeline.clustering;
  return [
    h("p", {}, link("/watch", "Watch"), " › model"),
    h("h1", {}, `${model.name} ${version(model.version)}`),
    query.get("saved") ? [steps(3, [model.experiment ? definedAs("experiment", model.experiment) : "/learn/prediction", null, model.experiment ? `/validate/${encodeURIComponent(model.experiment)}` : null]),
      h("p", { class: "saved" }, `Saved: ${full(model)} is ${mine.length ? "in force" : "not in force"}. `, h("code", {}, `botany watch ${model.name}`),
        `, lists and rules that name ${model.name} judge by the version in force.`)] : null,
    h("dl", { class: "facts" },
      fact("a row is a", model.grain), fact("algorithm", pipeline.algorithm), fact("settings", settings, "prose"),
      fact("seed", String(pipeline.seed)), fact("made", `${short(model.created_at)} by Botany ${model.made_by}`),
      fact("events", model.window ? model.window.map(short).join(" to ") : ""),
      fact("rows of label 0", count(model.class_counts[0])), fact("rows of label 1", count(model.class_counts[1])),
      fact("clusters", clustering ? `${clustering.k} by ${clustering.features.join(", ")}` : ""),
      fact("BLAKE3 of the sample", model.sample_hash)),
    clustering ? h("p", { class: "soft" }, CLUSTERS_ANEW) : null,
    h("p", { class: "rule" }, h("b", {}, "Label 1"), ": ", prose(model.label_rule)),
    rule ? byRule(rule, "Its threat list goes by") : h("p", { class: "rule" }, "Threat list: ", prose(model.threat_rule)),
    h("p", { id: "threshold-kept" }, h("b", {}, "Calls a row 1"), ` ${called}: alerts, lists and rules go by it unless they are told otherwise. `,
      model.experiment ? link(`/validate/${encodeURIComponent(model.experiment)}?threshold=${threshold}`, "Try other thresholds on its experiment, and save a version with one of them") : null),
    h("section", { id: "use" }, h("h2", {}, "Use it"), mine.length ? alerts.begin(mine, about)
      : note("soft", `This version is not in force: name it in full, as in \`botany watch ${full(model)}\`, or put it in force below.`),
      h("p", {}, link(`/watch/lists?model=${encodeURIComponent(mine.length ? model.name : full(model))}`, "Lists with what it says"))),
    h("section", {}, h("h2", {}, "Versions"), ...versions(own, full(model)), choose,
      differences ? h("div", { id: "differences" }, differences.length
        ? table(`in what ${full(model)} (first) and ${other} (second) differ`, ["what", "first", "second"],
          differences.map((d) => [d.key, d.first ?? "–", d.second ?? "–"]), { path: `${path}/against`, query: { with: other } })
        : note("soft", "Nothing differs: their cards say the same.")) : null),
    h("section", {}, h("h2", {}, "Evidence"),
      h("p", { id: "measured" }, `${measured[0].toUpperCase()}${measured.slice(1)}.`,
        ` ${inForce(model, threshold, own.find((one) => one.current))}`),
      atKept(model, threshold),
      table("what each split said, each number with its interval of 95 %", [{ name: "measure", prose: true }, ...model.evaluations.map((e) => `by ${e.split}${e.leaks ? " (leaks)" : ""}`)],
        evidence, { path, of: "card.evaluations.metrics" })),
    h("section", {}, h("h2", {}, "Doubts"), table("what may be wrong with it", DOUBTS,
      gravest(model.doubts).map(doubted),
      { path, of: "card.doubts" })),
    h("section", {}, h("h2", {}, "Features"), table("what it looks at", ["feature", { name: "what it says", prose: true }, "unit", { name: "looked at by", doc: "the classifier, which calls rows, or the clustering it goes on from" }, "how it is made"],
      inputs.map((f) => input(f, shelf)), { path, of: "inputs" })),
    repeat("The recipe", model.recipe),
    repeat("The command line", `botany models card --data ${quoted(about.data)} ${name}`),
  ].flat();
}
