// The clustering assistant: define, learn, review, operationalise.

import { bytes, ended, get, post, remove, save } from "../api.js";
import { measured, percent as share } from "../digits.js";
import { count, drawn, h, link, note, prose, refused, repeat, short, short_number, table } from "../dom.js";
import { readdress } from "../place.js";
import { unpack, views } from "../plots.js";
import { saved } from "../save.js";
import { steps } from "../steps.js";
import { chosen as chosenThreat, fromRecipe, recipe, THREATS } from "./recipe.js";
import { teller, underway } from "./run.js";
import { families } from "./shelf.js";

/** More than one of a grain. */
const MANY = { flow: "flows", address: "addresses and days", block: "blocks and days" };

const DEFAULT = { grain: "flow", filter: "dest_port = 22", threat: "any Mirai user name, over SSH", sample: 50000, seed: 1, k: 5,
  features: "packets_in packets_out packets_total packet_ratio packet_pcr_range", scale: "", sweep: "" };

/** Features the plots draw. */
const AXES = 6;

/** Clusterings whose points the server keeps. */
const KEPT = 4;

export const page = (rest, query) => (query.get("clustering") ? review(query.get("clustering"), query) : define(query));

const asked = (query) => Object.fromEntries(Object.entries(DEFAULT).map(([name, value]) =>
  [name, query.get(name) ?? value]));

async function define(query) {
  const ask = asked(query);
  const shelf = await get("/learn/features");
  const usable = shelf.filter((f) => !f.encodes_label && f.usable_at.includes(ask.grain));
  const wanted = ask.features.split(" ");
  const unitOf = (name) => shelf.find((f) => f.name === name)?.unit ?? "";
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
    readdress(`/learn/clustering${other.length ? `?${new URLSearchParams(other)}` : ""}`);
    return now;
  };
  const count_rows = async () => {
    const text = recipe(remember());
    found.replaceChildren(note("soft", "counting…"));
    try {
      const rows = await post("/learn/rows", { text });
      found.replaceChildren(
        h("p", {}, `${count(rows.rows)} of ${count(rows.population)} rows from ${count(rows.addresses)} addresses; ` +
          `${count(rows.positives)} rows are of label 1, from ${count(rows.listed)} addresses.`),
        h("p", { class: "rule" }, h("b", {}, "Label 1"), " here: ", prose(rows.rule), ". ", rows.usual ? ["The ", link("/enrich", "threat list"),
          " goes by the default rule, so it lists another number of sources: ", ...prose(rows.usual), "."] : null),
        h("p", { class: "soft" }, "How often each value of a feature occurs, from the least at the left to the largest; heights are square roots, so that what is rare can be seen."),
        h("div", { class: "spreads" }, rows.features.map((one) => spread(one, unitOf(one.name)))),
        repeat("The recipe", text), repeat("The statement that makes the rows", rows.sql));
    } catch (error) {
      found.replaceChildren(refused(error));
    }
  };
  const track = steps(0);
  const learn = async () => {
    track.to(1);
    try {
      const { job } = await post("/learn/clusterings", { text: recipe(remember()) });
      const done = await ended(job, teller(said));
      // Who has gone elsewhere stays there.
      if (!said.isConnected) return;
      if (done.state !== "done") {
        track.to(0);
        return;
      }
      const href = `/learn/clustering?clustering=${done.result.clustering}`;
      dispatchEvent(new CustomEvent("go", { detail: { href } }));
    } catch (error) {
      track.to(0);
      said.replaceChildren(refused(error));
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
      h("label", {}, "Label 1: its source tried to log in with ", h("select", { name: "threat" }, Object.keys(THREATS).map(option(chosenThreat(ask.threat, DEFAULT.threat))))),
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
  const [jobs, saved] = await Promise.all([get("/jobs"), get("/learn/saved-clusterings")]);
  const running = underway(jobs, "clustering");
  if (running) ended(running.id, teller(said)).catch((error) => said.replaceChildren(note("serious", error.message)));
  const done = jobs.filter((job) => job.kind === "clustering" && job.state === "done").slice(0, KEPT);
  const before = done.map((job) => h("li", {}, link(`/learn/clustering?clustering=${job.result.clustering}`,
    `${job.title}; found ${short(job.asked_at)}`)));
  const removed = h("div", { role: "status" });
  const named = saved.map((one) => h("li", {}, link(`/learn/clustering?clustering=${one.name}`, one.name),
    `: ${one.found.sample}, in ${one.found.k} clusters by ${one.found.features.join(", ")}; saved ${short(one.saved_at)} `,
    h("button", { type: "button", class: "copy", "aria-label": `remove ${one.name}`, click: async () => {
      try {
        await remove(`/learn/saved-clusterings/${one.name}`);
        dispatchEvent(new CustomEvent("go", { detail: { href: location.pathname + location.search, replace: true } }));
      } catch (error) {
        removed.replaceChildren(note("serious", error.message));
      }
    } }, "remove")));
  return [h("h1", {}, "Clustering ", h("small", {}, "which flows resemble each other?")), track, form,
    named.length ? h("section", {}, h("h2", {}, "Saved clusterings"), h("ul", {}, named), removed) : null,
    before.length ? h("section", {}, h("h2", {}, "Clusters found a while ago"),
      h("p", { class: "soft" }, `The last ${KEPT}, until the server ends; save one to keep it.`), h("ul", {}, before)) : null];
}

function spread({ name, missing, ends, bars: all }, unit) {
  const most = Math.max(1, ...all.map(([, n]) => n));
  // The root, so that rare values can be seen beside frequent ones.
  const bar = ([word, n], at) => {
    const height = 100 * Math.sqrt(n / most);
    return drawn("rect", { x: at, y: 100 - height, width: 0.92, height },
      drawn("title", {}, `${word}: ${count(n)}`));
  };
  const svg = drawn("svg", { viewBox: `0 0 ${Math.max(1, all.length)} 100`, preserveAspectRatio: "none" }, ...all.map(bar));
  const said = ends ? `min ${count(ends[0])} · median ${count(ends[1])} · max ${count(ends[2])}` : all.map(([word]) => word).join(", ");
  return h("div", {}, h("p", {}, h("b", {}, name), unit ? `, ${unit}` : "", missing ? ` (${count(missing)} missing)` : ""), svg,
    h("p", { class: "soft" }, said));
}

/** The share of the spread of all rows that an inertia leaves within clusters; clusterings saved earlier did not keep it. */
const left = ({ spread: all }, inertia) => (all > 0 ? share(inertia / all) : "–");

/** Silhouettes by a rule of thumb. */
const clear = (silhouette) => (silhouette >= 0.5 ? "clusters are clear" : silhouette >= 0.25 ? "clusters are there, and run into each other"
  : "clusters are hardly there");

/** How tight the clusters are, and whether that is much. */
const tightness = (found) => [`Inertia ${measured(found.inertia)}`, found.spread > 0 ? `: ${left(found, found.inertia)} of the spread of all rows is left within clusters` : "",
  ", a number that compares only runs over the same rows and features. ",
  found.silhouette == null ? "" : `Silhouette ${found.silhouette.toFixed(2)}: ${clear(found.silhouette)}. `,
  found.scaled ? "Features were scaled. " : "Features were not scaled, so those of large numbers weigh most. "].join("");

/** Which k the sweep speaks for and why, and the way to take it. */
function whichK(id, found, defined) {
  const with_ = (more) => `/learn/clustering?${new URLSearchParams({ ...defined, ...more })}`;
  if (!found.sweep.length) {
    return h("section", { id: "which-k" }, h("h2", {}, "Which k?"),
      h("p", {}, `Only k = ${found.k} was tried. `, link(with_({ sweep: "yes" }), "Compare k from 2 to 9"), ", and the page will say which it would take."));
  }
  const files = { path: `/learn/clusterings/${id}`, of: "sweep" };
  const { advice } = found;
  const at = (k) => found.sweep.find((point) => point.k === k);
  const why = advice && [
    advice.silhouette ? `The silhouette is largest at k = ${advice.silhouette} (${at(advice.silhouette).silhouette.toFixed(2)}): there rows are clearest on the side of their own cluster. ` : "",
    advice.elbow ? `The inertia has its elbow at k = ${advice.elbow}: it falls fast until there and slowly after. ` : "",
    advice.silhouette && advice.elbow && advice.silhouette !== advice.elbow
      ? "The two differ, and the silhouette goes first: it also asks how far the next cluster is." : advice.silhouette && advice.elbow ? "Both say the same." : "",
  ].join("");
  const said = advice ? [h("p", { class: "verdict" }, `The sweep speaks for k = ${advice.k}.`), h("p", {}, why),
    h("p", {}, advice.k === found.k ? "That is the k of this page."
      : [link(with_({ k: advice.k }), `Take k = ${advice.k}`), "."], " The article took 5, by eye: another k is no mistake if its clusters tell you more.")]
    : [h("p", {}, "The sweep speaks for no k: neither has the inertia an elbow nor is the silhouette defined.")];
  const most = Math.max(1e-9, ...found.sweep.map((point) => point.inertia));
  const bar = (point) => drawn("svg", { class: "bar", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    drawn("rect", { class: point.k === advice?.k ? "part" : "", width: (100 * point.inertia) / most, height: 10 }));
  const word = (point) => [point.k === advice?.k ? "suggested" : "", point.k === advice?.elbow ? "elbow" : "",
    point.k === advice?.silhouette ? "largest silhouette" : "", point.k === found.k ? "shown on this page" : ""].filter(Boolean).join(", ");
  return h("section", { id: "which-k" }, h("h2", {}, "Which k?"), said,
    table("inertia and silhouette by k", ["k", "", "inertia", "left within clusters", "silhouette", ""],
      found.sweep.map((point) => [point.k, bar(point), measured(point.inertia), left(found, point.inertia), short_number(point.silhouette), word(point)]), files));
}

/** A name nobody took yet. */
function free(name, stored) {
  const taken = new Set(stored.map((one) => one.name));
  let at = 1;
  while (taken.has(at === 1 ? name : `${name}-${at}`)) at += 1;
  return at === 1 ? name : `${name}-${at}`;
}

/** Saving the clustering by itself, and what can be done with it. */
function operationalise(id, found, stored) {
  const said = h("div", { role: "status", id: "clustering-saved" });
  const onward = link(`/learn/prediction?clustering=${id}`, "Go on to the prediction");
  const name = h("input", { name: "name", pattern: "[A-Za-z0-9_\\-]{1,64}", required: true, size: 28, value: free(`${found.grain}-${found.k}-clusters`, stored),
    spellcheck: "false", autocomplete: "off", title: "letters, digits, hyphens and underscores, at most 64" });
  const form = h("form", { id: "save-clustering", submit: async (event) => {
    event.preventDefault();
    try {
      const now = await post(`/learn/clusterings/${id}/save`, { name: name.value });
      said.replaceChildren(saved(now.said));
      onward.setAttribute("href", `/learn/prediction?clustering=${now.name}`);
    } catch (error) {
      said.replaceChildren(note("serious", error.message));
    }
  } }, h("div", { class: "fields" }, h("label", {}, "Save the clustering as ", name), h("button", {}, "Save the clustering")),
  h("p", { class: "will" }, "Saves its recipe and what it found, so that predictions can go on from it later, also after the server has ended."));
  return h("section", { id: "operationalise" }, h("h2", {}, "Operationalise"),
    h("p", {}, found.points ? "Two things can be done with clusters. Save them by themselves; or go on to a prediction" : `This clustering is saved as ${id}. Go on from it to a prediction`,
      ", where the number of a row's cluster and its distance to the centre (cluster and cluster_distance) are features, and what is saved is a model that judges rows."),
    found.points ? form : null, said, h("p", {}, onward),
    repeat("The recipe", found.recipe),
    repeat("The command line", `botany learn clusters ${found.asked.name}.toml`));
}

async function review(id, query) {
  const [found, stored, shelf] = await Promise.all([get(`/learn/clusterings/${id}`), get("/learn/saved-clusterings"), get("/learn/features")]);
  const points = found.points ? unpack(await bytes(`/learn/clusterings/${id}/points`)) : null;
  const here = () => {
    const state = { clustering: id, ...(colour.value === "label" ? { colour: "label" } : {}), ...(chosen == null ? {} : { cluster: chosen }) };
    readdress(`/learn/clustering?${new URLSearchParams(state)}`);
  };
  let chosen = null;
  const brushed = h("div", { id: "brushed", role: "status" });
  const LIMIT = 200;
  // What was brushed is listed below the plots, which may be out of sight: it is said where one brushes.
  const beside = h("p", { class: "stuck", id: "brushed-here", hidden: true });
  const told = (indices, milliseconds, byNumber = false) => {
    beside.hidden = !indices;
    if (!byNumber && chosen != null) unpress();
    brushed.dataset.milliseconds = milliseconds.toFixed(1);
    if (!indices) {
      brushed.replaceChildren(note("soft", "To brush is to drag over points: their rows stand out in every plot and are listed here. Drag over an empty place to let go."));
      return;
    }
    const ones = indices.filter((i) => points.label[i] === 1).length;
    const whose = chosen == null ? "Brushed" : `Cluster ${chosen}`;
    const what = `${whose}: ${count(indices.length)} rows, ${count(ones)} of label 1`;
    beside.replaceChildren(`${what}. `, h("a", { href: "#brushed" }, "See them"));
    brushed.replaceChildren(
      h("h3", { tabindex: -1 }, what),
      note("soft", "In the plots they stand out in full colour. Drag over an empty place to let go."),
      table(indices.length > LIMIT ? `the first ${LIMIT}` : "the rows",
        ["address", "cluster", "label", ...points.columns],
        indices.slice(0, LIMIT).map((i) => {
          const address = points.addresses[points.address[i]];
          return [link(`/enrich/address/${encodeURIComponent(address)}`, address), points.cluster[i], points.label[i],
            ...points.values.map((column) => column[i])];
        }), (form) => save(`/learn/clusterings/${id}/rows`, { rows: indices, form }, `rows.${form}`)));
  };
  // What the form asks for, and nothing more.
  const before = fromRecipe(found.asked);
  const defined = Object.fromEntries(Object.keys(DEFAULT).filter((name) => before[name] != null).map((name) => [name, before[name]]));
  const again = `/learn/clustering?${new URLSearchParams(defined)}`;
  // Words alone have no place in a plot.
  const unplotted = points ? found.features.filter((name) => !points.columns.slice(0, AXES).includes(name)) : [];
  const wordy = unplotted.filter((name) => !points.columns.includes(name));
  const beyond = unplotted.filter((name) => points.columns.includes(name));
  const without = [wordy.length ? `${wordy.join(", ")}: in words, so without an axis; the table above tells how often each word occurs in each cluster.` : "",
    beyond.length ? `${beyond.join(", ")}: not drawn but in the flat view, as plots hold ${AXES} features at most.` : ""].filter(Boolean);
  const plots = points?.columns.length ? views(points, told) : { element: points ? note("soft", "No numeric feature, so there is nothing to plot.")
    : h("p", {}, "Its points are not kept: ", link(again, "find its clusters again"), " to see and brush them."), colour() {}, choose() {} };
  if (points?.columns.length) told(null, 0);
  const colour = h("select", { id: "colour", change: () => {
    plots.colour(colour.value);
    key();
    here();
  } }, ["cluster", "label"].map((value) => h("option", { value, selected: value === query.get("colour") }, value)));
  const legend = h("span", { class: "key" });
  const key = () => legend.replaceChildren(...(colour.value === "label" ? ["label 0", "label 1"] : found.clusters.map((cluster) => String(cluster.number)))
    .map((word, at) => h("span", {}, " ", h("i", { class: `kind${at % 8}` }), word)));
  const article = h("div", { id: "article" });
  const show = async (number) => {
    chosen = number;
    plots.choose((i) => points.cluster[i] === number, true);
    press();
    if (found.grain !== "flow") return;
    const rows = await get(`/learn/clusterings/${id}/table`, { cluster: number });
    article.replaceChildren(h("h2", {}, `Cluster ${number} by packet ratio, flows that are alike as one row`),
      table(`${count(rows.total)} flows by falling packet ratio, equal ones as one row`,
        ["PCR range", "packet ratio", "packets in", "packets out", "packets", "label", "flows"],
        rows.rows.slice(0, 500).map((row) => [row.packet_pcr_range ?? "", row.packet_ratio, row.packets_in,
          row.packets_out, row.packets_total, row.is_mirai, row.count]),
        { path: `/learn/clusterings/${id}/table`, query: { cluster: number }, of: "rows" }));
  };
  const buttons = new Map();
  const press = () => buttons.forEach((button, number) => button.setAttribute("aria-pressed", String(number === chosen)));
  // What was brushed by hand is no cluster any more.
  const unpress = () => {
    chosen = null;
    article.replaceChildren();
    press();
    here();
  };
  const only = (number) => {
    if (!points) return String(number);
    const button = h("button", { type: "button", class: "copy", "aria-pressed": "false", "aria-label": `the rows of cluster ${number}`, click: async () => {
      await show(number);
      here();
      // They stand below the plots: what was pressed leads there.
      brushed.querySelector("h3")?.focus({ preventScroll: true });
      brushed.scrollIntoView({ block: "start" });
    } }, String(number));
    buttons.set(number, button);
    return button;
  };
  const percent = (share) => Math.round(1000 * share) / 10;
  const most = found.clusters.reduce((a, b) => (b.positives * a.size > a.positives * b.size ? b : a));
  const rows = found.clusters.map((cluster) => [
    only(cluster.number), cluster.size, percent(cluster.share), cluster.positives,
    percent(cluster.positives / Math.max(1, cluster.size)), cluster.addresses,
  ]);
  // A feature a row and a cluster a column: all features stand there, however many.
  const range = (cluster, feature) => {
    const own = cluster.ranges.find((one) => one.feature === feature);
    if (own) return `${count(own.min)} – ${count(own.median)} – ${count(own.max)}`;
    const mix = cluster.mixes?.find((one) => one.feature === feature)?.words ?? [];
    const shown = mix.slice(0, 3).map(([word, n]) => `${word} ${percent(n / Math.max(1, cluster.size))} %`);
    return shown.join(", ") + (mix.length > 3 ? `, ${mix.length - 3} more` : "");
  };
  const unit = (feature) => shelf.find((one) => one.name === feature)?.unit;
  const profiles = found.features.map((feature) => [h("div", { class: "beside" }, feature, unit(feature) ? h("small", {}, `in ${unit(feature)}`) : null), ...found.clusters.map((cluster) => h("span", {}, range(cluster, feature)))]);
  const all = found.clusters.reduce((sum, cluster) => sum + cluster.positives, 0);
  const size = found.clusters.reduce((sum, cluster) => sum + cluster.size, 0);
  key();
  const page = [
    h("p", {}, link("/learn/clustering", "Clustering"), " › review"),
    found.points ? null : h("p", { id: "name" }, "Saved as ", h("b", {}, id), "."),
    h("h1", {}, `${found.k} clusters of ${found.sample.replace(/rows of grain (\w+)/, (_, grain) => MANY[grain])}`),
    steps(2, [again, null, null, "#operationalise"]),
    h("p", { id: "tightness" }, tightness(found), `Of all rows ${share(all / Math.max(1, size))} are of label 1.`),
    found.stands_out == null ? null : h("p", { class: "verdict" }, `Cluster ${found.stands_out} stands out: ${found.stands_out_why}. `
      + `Cluster ${most.number} has the largest share of label 1: ${percent(most.positives / Math.max(1, most.size))} %. `
      + "Lying far from the mean alone makes no row suspicious."),
    table(points ? "clusters; press a number to go to its rows" : "clusters", ["cluster", "rows", "share %", "of label 1", "of label 1 %",
      "addresses"], rows, { path: `/learn/clusterings/${id}`, of: "clusters" }),
    table("what their rows are like: least – median – largest, or the most frequent words",
      ["feature", ...found.clusters.map((cluster) => `cluster ${cluster.number}`)], profiles, { path: `/learn/clusterings/${id}`, of: "clusters" }),
    points ? h("div", { class: "toolbar" }, h("label", {}, "Colour by ", colour), legend) : null,
    without.length ? note("soft", `Not in the plots: ${without.join(" ")}`) : null, plots.element, beside, brushed, article,
    whichK(id, found, defined),
    operationalise(id, found, stored),
  ];
  // What the address says was chosen is so again.
  if (query.get("colour") === "label") plots.colour("label");
  const number = Number(query.get("cluster"));
  if (points && query.has("cluster") && found.clusters.some((cluster) => cluster.number === number)) await show(number);
  return page;
}
