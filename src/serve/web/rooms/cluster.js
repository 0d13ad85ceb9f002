// The clustering assistant: define, learn, review, operationalise.

import { bytes, ended, get, post, save } from "../api.js";
import { bars, count, drawn, h, link, note, repeat, short, table } from "../dom.js";
import { unpack, views } from "../plots.js";
import { steps } from "../steps.js";
import { fromRecipe, recipe, THREATS } from "./recipe.js";
import { families } from "./shelf.js";

/** More than one of a grain. */
const MANY = { flow: "flows", address: "addresses and days", block: "blocks and days" };

const DEFAULT = { grain: "flow", filter: "dest_port = 22", threat: "any Mirai user name", sample: 50000, seed: 1, k: 5,
  features: "packets_in packets_out packets_total packet_ratio packet_pcr_range", scale: "", sweep: "" };

export const page = (rest, query) => (query.get("clustering") ? review(query.get("clustering")) : define(query));

const asked = (query) => Object.fromEntries(Object.entries(DEFAULT).map(([name, value]) =>
  [name, query.get(name) ?? value]));

async function define(query) {
  const ask = asked(query);
  const shelf = await get("/learn/features");
  const usable = shelf.filter((f) => !f.encodes_label && f.usable_at.includes(ask.grain));
  const wanted = ask.features.split(" ");
  const found = h("div", { id: "rows", role: "status" });
  const said = h("div", { id: "said", role: "status" });

  const given = () => {
    const data = new FormData(form);
    return { ...Object.fromEntries(data), features: data.getAll("features").join(" "), scale: data.get("scale") ?? "",
      sweep: data.get("sweep") ?? "" };
  };
  const remember = () => {
    const now = given();
    const other = Object.entries(now).filter(([name, value]) => String(DEFAULT[name]) !== value);
    history.replaceState(null, "", `/learn/clustering${other.length ? `?${new URLSearchParams(other)}` : ""}`);
    return now;
  };
  const count_rows = async () => {
    const text = recipe(remember());
    found.replaceChildren(note("soft", "counting…"));
    try {
      const rows = await post("/learn/rows", { text });
      found.replaceChildren(
        h("p", {}, `${count(rows.rows)} of ${count(rows.population)} rows, ${count(rows.positives)} of them of label 1, ` +
          `from ${count(rows.addresses)} addresses.`),
        h("div", { class: "spreads" }, rows.features.map(spread)),
        repeat("The recipe", text), repeat("The statement that makes the rows", rows.sql));
    } catch (error) {
      found.replaceChildren(note("serious", error.message));
    }
  };
  const track = steps(0);
  const learn = async () => {
    track.to(1);
    try {
      const { job } = await post("/learn/clusterings", { text: recipe(remember()) });
      const done = await ended(job, (now) => said.replaceChildren(
        h("p", {}, `${now.state}: ${now.steps.at(-1)?.what ?? ""}`)));
      if (done.state !== "done") throw new Error(`${done.state}: ${done.error ?? ""}`);
      const href = `/learn/clustering?clustering=${done.result.clustering}`;
      // Who has gone elsewhere stays there.
      if (!said.isConnected) return;
      dispatchEvent(new CustomEvent("go", { detail: { href } }));
    } catch (error) {
      track.to(0);
      said.replaceChildren(note("serious", error.message));
    }
  };
  const option = (chosen) => (value) => h("option", { value, selected: value === chosen }, value);
  const grain = h("select", { name: "grain", change: () => {
    const now = { ...given(), features: "" };
    if (now.grain !== "flow") now.filter = "";
    now.features = now.grain === "flow" ? DEFAULT.features
      : "profile_flows profile_peers profile_packets_in profile_packets_out profile_balanced_share";
    dispatchEvent(new CustomEvent("go", { detail: { href: `/learn/clustering?${new URLSearchParams(now)}`, replace: true } }));
  } }, ["flow", "address", "block"].map(option(ask.grain)));
  const number = (name, label, rest) => h("label", {}, label, " ",
    h("input", { name, type: "number", value: ask[name], required: true, ...rest }));
  const form = h("form", { submit: (event) => {
    event.preventDefault();
    learn();
  } },
    h("fieldset", {}, h("legend", {}, "Rows"), h("div", { class: "fields" },
      h("label", {}, "A row is a ", grain),
      h("label", {}, "of flows where ", h("input", { name: "filter", value: ask.filter, size: 30,
        placeholder: "all of them", spellcheck: "false" })),
      h("label", {}, "Label 1: the source tried ", h("select", { name: "threat" }, Object.keys(THREATS).map(option(ask.threat)))),
      number("sample", "rows at most", { min: 10, max: 1000000 }), number("seed", "seed", { min: 0 }),
      h("button", { type: "button", class: "copy", id: "count", click: count_rows }, "Preview the rows"))),
    found,
    h("fieldset", {}, h("legend", {}, "Features"), families("features", usable, wanted)),
    h("fieldset", {}, h("legend", {}, "Clusters"), h("div", { class: "fields" },
      number("k", "how many (k)", { min: 2, max: 50 }),
      h("label", {}, h("input", { type: "checkbox", name: "scale", value: "yes", checked: ask.scale === "yes" }),
        " scale every feature first (the article did not)"),
      h("label", {}, h("input", { type: "checkbox", name: "sweep", value: "yes", checked: ask.sweep === "yes" }),
        " compare k from 2 to 9"))),
    h("p", {}, h("button", { id: "learn" }, "Find clusters")), said);
  const done = (await get("/jobs")).filter((job) => job.kind === "clustering" && job.state === "done").slice(0, 4);
  const before = done.map((job) => h("li", {}, link(`/learn/clustering?clustering=${job.result.clustering}`,
    `${job.title}, ${short(job.asked_at)}`)));
  return [h("h1", {}, "Clustering ", h("small", {}, "which flows resemble each other?")), track, form,
    before.length ? h("section", {}, h("h2", {}, "The last ones"), h("ul", {}, before)) : null];
}

function spread({ name, missing, ends, bars: all }) {
  const most = Math.max(1, ...all.map(([, n]) => n));
  // The root, so that rare values can be seen beside frequent ones.
  const bar = ([word, n], at) => {
    const height = 100 * Math.sqrt(n / most);
    return drawn("rect", { x: at, y: 100 - height, width: 0.92, height },
      drawn("title", {}, `${word}: ${count(n)}`));
  };
  const svg = drawn("svg", { viewBox: `0 0 ${Math.max(1, all.length)} 100`, preserveAspectRatio: "none" }, ...all.map(bar));
  const said = ends ? `min ${count(ends[0])} · median ${count(ends[1])} · max ${count(ends[2])}` : all.map(([word]) => word).join(", ");
  return h("div", {}, h("p", {}, h("b", {}, name), missing ? ` (${count(missing)} missing)` : ""), svg,
    h("p", { class: "soft" }, said));
}

async function review(id) {
  const [found, packed] = await Promise.all([
    get(`/learn/clusterings/${id}`), bytes(`/learn/clusterings/${id}/points`),
  ]);
  const points = unpack(packed);
  const brushed = h("div", { id: "brushed", role: "status" });
  const LIMIT = 200;
  const told = (indices, milliseconds) => {
    brushed.dataset.milliseconds = milliseconds.toFixed(1);
    if (!indices) {
      brushed.replaceChildren(note("soft", "Drag over points to see their rows; drag over nothing to let go."));
      return;
    }
    const ones = indices.filter((i) => points.label[i] === 1).length;
    brushed.replaceChildren(
      h("p", {}, `${count(indices.length)} rows brushed, ${count(ones)} of label 1.`),
      table(indices.length > LIMIT ? `the first ${LIMIT}` : "the rows",
        ["address", "cluster", "label", ...points.columns],
        indices.slice(0, LIMIT).map((i) => {
          const address = points.addresses[points.address[i]];
          return [link(`/enrich/address/${encodeURIComponent(address)}`, address), points.cluster[i], points.label[i],
            ...points.values.map((column) => column[i])];
        }), (form) => save(`/learn/clusterings/${id}/rows`, { rows: indices, form }, `rows.${form}`)));
  };
  // Words alone have no place in a plot.
  const plots = points.columns.length ? views(points, told)
    : { element: note("soft", "No numeric feature, so there is nothing to plot."), colour() {}, choose() {} };
  if (points.columns.length) told(null, 0);
  const colour = h("select", { id: "colour", change: () => plots.colour(colour.value) },
    h("option", { value: "cluster" }, "cluster"), h("option", { value: "label" }, "label"));
  const article = h("div", { id: "article" });
  const only = (number) => h("button", { type: "button", class: "copy", click: async () => {
    plots.choose((i) => points.cluster[i] === number);
    if (found.grain !== "flow") return;
    const rows = await get(`/learn/clusterings/${id}/table`, { cluster: number });
    article.replaceChildren(h("h2", {}, `Cluster ${number}, as the article shows its own`),
      table(`${count(rows.total)} flows by falling packet ratio, equal ones as one row`,
        ["PCR range", "packet ratio", "packets in", "packets out", "packets", "label", "flows"],
        rows.rows.slice(0, 500).map((row) => [row.packet_pcr_range ?? "", row.packet_ratio, row.packets_in,
          row.packets_out, row.packets_total, row.is_mirai, row.count]),
        { path: `/learn/clusterings/${id}/table`, query: { cluster: number }, of: "rows" }));
  } }, String(number));
  const percent = (share) => Math.round(1000 * share) / 10;
  const most = found.clusters.reduce((a, b) => (b.positives * a.size > a.positives * b.size ? b : a));
  const ranges = (cluster) => cluster.ranges.map((range) =>
    `${range.feature} ${count(range.min)} – ${count(range.median)} – ${count(range.max)}`).join("; ");
  const rows = found.clusters.map((cluster) => [
    only(cluster.number), cluster.size, percent(cluster.share), cluster.positives,
    percent(cluster.positives / Math.max(1, cluster.size)), cluster.addresses, ranges(cluster),
  ]);
  const all = found.clusters.reduce((sum, cluster) => sum + cluster.positives, 0);
  const size = found.clusters.reduce((sum, cluster) => sum + cluster.size, 0);
  const { rules: _, ...defined } = fromRecipe(found.asked);
  const again = `/learn/clustering?${new URLSearchParams(defined)}`;
  return [
    h("p", {}, link("/learn/clustering", "Clustering"), " › review"),
    h("h1", {}, `${found.k} clusters of ${found.sample.replace(/rows of grain (\w+)/, (_, grain) => MANY[grain])}`),
    steps(2, [again, null, null, `/learn/prediction?clustering=${id}`]),
    h("p", {}, `Inertia ${count(found.inertia)}${found.silhouette == null ? "" : `, silhouette ${found.silhouette.toFixed(2)}`}` +
      `, ${found.scaled ? "scaled" : "not scaled"}. Of all rows ${((100 * all) / Math.max(1, size)).toFixed(1)} % are of label 1.`),
    found.stands_out == null ? null : h("p", { class: "verdict" }, `Cluster ${found.stands_out} is the most unusual: ${found.stands_out_why}. ` +
      `The largest share of label 1 has cluster ${most.number}: ${percent(most.positives / Math.max(1, most.size))} %.`),
    table("clusters; press a number to see its rows", ["cluster", "rows", "share %", "of label 1", "of label 1 %",
      "addresses", "least – median – largest"], rows, { path: `/learn/clusterings/${id}`, of: "clusters" }),
    h("div", { class: "toolbar" }, h("label", {}, "Colour by ", colour),
      h("span", { class: "key" }, found.clusters.slice(0, 5).map((cluster, at) =>
        h("span", {}, " ", h("i", { class: `kind${at}` }), String(cluster.number))))),
    plots.element, brushed, article,
    found.sweep.length ? h("section", {}, h("h2", {}, "Which k?"),
      bars("inertia by k: look for the bend", found.sweep.map((point) => ({ name: `k = ${point.k}`, value: point.inertia })), "", { path: `/learn/clusterings/${id}`, of: "sweep" }),
      table("the sweep", ["k", "inertia", "silhouette"], found.sweep.map((p) => [p.k, p.inertia, p.silhouette]),
        { path: `/learn/clusterings/${id}`, of: "sweep" })) : null,
    h("section", {}, h("h2", {}, "Operationalise"),
      h("p", {}, "A clustering is saved together with what is predicted from it: cluster and cluster_distance are features there."),
      h("p", {}, link(`/learn/prediction?clustering=${id}`, "Go on to the prediction")),
      repeat("The recipe", found.recipe),
      repeat("The command line", `botany learn clusters ${found.asked.name}.toml`)),
  ];
}
