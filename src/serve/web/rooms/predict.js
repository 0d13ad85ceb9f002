// The prediction assistant: define and learn here; what came of it is reviewed where all experiments are.

import { ended, get, post } from "../api.js";
import { h, link, note, quoted, repeat } from "../dom.js";
import { steps } from "./cluster.js";
import { fromRecipe, named, recipe } from "./recipe.js";
import { teller } from "./run.js";

const PLAIN = { grain: "flow", filter: "dest_port = 22", threat: "any Mirai user name", sample: 50000, seed: 1, k: 5,
  features: "packets_in packets_out packets_total packet_ratio packet_pcr_range", scale: "" };

export async function page(rest, query) {
  const id = query.get("clustering");
  const [about, shelf, algorithms, clustering, jobs] = await Promise.all([
    get("/about"), get("/learn/features"), get("/learn/algorithms"), id ? get(`/learn/clusterings/${id}`) : null, get("/jobs"),
  ]);
  const from = clustering ? fromRecipe(clustering.asked) : PLAIN;
  const usable = shelf.filter((f) => !f.encodes_label && (from.grain === "flow"
    ? f.grain !== "block" : f.name.startsWith("profile_")));
  const first = from.features.split(" ");
  const inputs = [
    { name: "cluster_distance", doc: "squared distance to the own cluster's centre" },
    { name: "cluster", doc: "number of the own cluster" },
    ...usable,
  ];
  const shown = h("div", { id: "shown" });
  const said = h("div", { id: "run", role: "status" });
  const parameters = h("div", { class: "fields" });
  const algorithm = h("select", { name: "algorithm", "aria-label": "algorithm", change: () => draw() }, algorithms.map(({ name, doc }) =>
    h("option", { value: name, title: doc, selected: name === "random-forest" }, name)));
  const draw = () => {
    const one = algorithms.find(({ name }) => name === algorithm.value);
    parameters.replaceChildren(h("p", { class: "soft" }, one.doc), ...one.parameters.map((parameter) =>
      h("label", { title: parameter.doc }, parameter.name, " ", h("input", { name: `set:${parameter.name}`, size: 8,
        value: parameter.name === "class_weight" ? "balanced" : "", placeholder: parameter.default }))));
  };
  const text = () => {
    const data = new FormData(form);
    const settings = Object.fromEntries([...data].filter(([name]) => name.startsWith("set:"))
      .map(([name, value]) => [name.slice(4), value]));
    return recipe({ ...from, threat: data.get("threat"), inputs: data.getAll("inputs").join(" "), settings,
      algorithm: data.get("algorithm"), splits: data.getAll("splits").join(" "), model: data.get("model"),
      name: data.get("model") || "mine", title: `${data.get("algorithm")} over ${from.grain}s` });
  };
  const tell = teller(said);
  const show = () => shown.replaceChildren(repeat("The recipe", text()),
    repeat("The command line", `botany run --data ${quoted(about.data)} mine.toml`));
  const form = h("form", { change: () => show(), submit: async (event) => {
    event.preventDefault();
    try {
      const { job } = await post("/learn/runs", { text: text() });
      await ended(job, tell);
      said.scrollIntoView({ block: "center" });
    } catch (error) {
      said.replaceChildren(note("serious", error.message));
    }
  } },
    h("fieldset", {}, h("legend", {}, "Rows and clusters"),
      h("p", {}, clustering ? `${clustering.sample}, in ${clustering.k} clusters (` : "Those of the article (",
        link("/learn/clustering", "choose others"), ").")),
    h("fieldset", {}, h("legend", {}, "What is predicted"), h("div", { class: "fields" },
      h("label", {}, "label 1: the source tried ", h("select", { name: "threat" }, named(from.rules).map((name) =>
        h("option", { value: name, selected: name === from.threat }, name)))))),
    h("fieldset", {}, h("legend", {}, "From what"), h("div", { class: "checks" }, inputs.map((feature) =>
      h("label", { title: feature.doc }, h("input", { type: "checkbox", name: "inputs", value: feature.name,
        checked: feature.name === "cluster_distance" || first.includes(feature.name) }), " ", feature.name)))),
    h("fieldset", {}, h("legend", {}, "Algorithm"), h("div", { class: "fields" }, algorithm),
      parameters),
    h("fieldset", {}, h("legend", {}, "Test split"), h("div", { class: "fields" },
      [["address", "by address: no address in both training and test"], ["block", "by block"], ["time", "by time"],
        ["row", "by row, as the article did: leaks, shown to be compared"]].map(([name, what]) =>
        h("label", {}, h("input", { type: "checkbox", name: "splits", value: name, checked: true }), " ", what)))),
    h("fieldset", {}, h("legend", {}, "Save"), h("div", { class: "fields" },
      h("label", {}, "as model ", h("input", { name: "model", placeholder: "empty: not saved", pattern: "[a-z][a-z0-9\\-]*",
        title: "small letters, digits and hyphens" })))),
    h("p", {}, h("button", { id: "learn" }, "Fit and judge")), said);
  draw();
  show();
  const running = jobs.find((job) => job.kind === "run" && ["waiting", "running"].includes(job.state));
  if (running) ended(running.id, tell).catch(() => {});
  return [h("h1", {}, "Prediction ", h("small", {}, "can label 1 be predicted from what was seen?")), steps(0), form, shown];
}
