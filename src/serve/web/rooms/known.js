// Everything known of one address, or of one block of addresses.

import { get, post, remove } from "../api.js";
import { bars, count, day, drawn, h, link, note, quoted, repeat, short, table, timeline } from "../dom.js";

const address = (text) => link(`/enrich/address/${encodeURIComponent(text)}`, text);

/** A measure of the profile, window by window. */
function strip(name, windows, values) {
  const most = Math.max(...values);
  const rects = values.map((value, at) => {
    const height = (100 * value) / (most || 1);
    return drawn("rect", { x: at, y: 100 - height, width: 0.9, height },
      drawn("title", {}, `${short(windows[at])}: ${count(value)}`));
  });
  return h("div", {}, h("p", {}, h("b", {}, name)),
    drawn("svg", { viewBox: `0 0 ${values.length} 100`, preserveAspectRatio: "none", role: "img",
      "aria-label": `${name}, at most ${count(most)}` }, ...rects),
    h("p", { class: "soft" }, `at most ${count(most)}`));
}

/** Every measure that is not nothing, a strip each. */
function strips({ columns, rows }) {
  if (!rows.length) return note("soft", "No flows, so there is no profile.");
  const at = columns.indexOf("window_start");
  const windows = rows.map((row) => row[at]);
  const told = columns.map((name, i) => [name, rows.map((row) => row[i])])
    .filter(([, values]) => values.every((value) => value == null || typeof value === "number") && values.some((value) => value));
  return h("details", { id: "measures" },
    h("summary", {}, `${told.length} measures in ${count(rows.length)} ${rows.length === 1 ? "window" : "windows"} of 24 hours, from ${short(windows[0])}`),
    h("div", { class: "spreads" }, told.map(([name, values]) => strip(name, windows, values.map((value) => value ?? 0)))));
}

/** Allowing it, or taking that back. */
function mark(known) {
  const said = h("span", { role: "status" });
  const change = (work) => async (event) => {
    event.preventDefault();
    try {
      await work();
      dispatchEvent(new CustomEvent("go", { detail: { href: location.pathname, replace: true } }));
    } catch (error) {
      said.textContent = error.message;
    }
  };
  const own = known.allowed;
  if (own) {
    return h("form", { class: "fields", submit: change(() => remove("/enrich/allowed", { network: own.network })) },
      h("span", {}, `${own.network} is never listed since ${own.since.slice(0, 10)}: ${own.reason}`),
      h("button", { id: "list-again" }, "List again"), said);
  }
  const reason = h("input", { name: "reason", size: 40, required: true, placeholder: "a false positive, because…" });
  return h("form", { class: "fields", submit: change(() =>
    post("/enrich/allowed", { network: known.name, reason: reason.value })) },
    h("label", {}, "Never list it: ", reason), h("button", { id: "allow" }, "Allow"), said);
}

export async function page(kind, text) {
  const path = `/enrich/${kind === "block" ? "blocks" : "addresses"}/${encodeURIComponent(text)}`;
  const [about, known] = await Promise.all([get("/about"), get(path)]);
  const at = (answer, name) => answer.columns.indexOf(name);
  const linked = (answer, name) => answer.rows.map((row) =>
    row.map((cell, i) => (i === at(answer, name) && cell != null ? address(cell) : cell)));
  const part = (answer) => (answer.more ? `the last ${answer.rows.length}` : "all of them");
  return [
    h("p", {}, link("/enrich", "Enrich"), ` › ${kind}`),
    h("h1", {}, known.name),
    known.block ? h("p", {}, "In the block ", link(`/enrich/block/${encodeURIComponent(known.block)}`, known.block), ".") : null,
    h("dl", { class: "facts" }, Object.entries(known.facts).filter(([, value]) => value != null && value !== "")
      .map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, String(value))))),
    mark(known),
    known.addresses ? h("section", {}, h("h2", {}, "Its addresses"),
      table(known.addresses.more ? `the busiest ${known.addresses.rows.length}` : "all of them", known.addresses.columns,
        linked(known.addresses, "address"), { path, of: "addresses" })) : null,
    h("section", {}, h("h2", {}, "When"),
      timeline("hour by hour", known.hours.rows),
      day("by hour of the day, UTC", known.hours.rows)),
    h("section", {}, h("h2", {}, "Profile of 24 hours"),
      strips(known.profile),
      table("windows", known.profile.columns, known.profile.rows, { path, of: "profile" })),
    h("section", {}, h("h2", {}, "How it talks"), h("div", { class: "plots" },
      known.pcr.rows.length ? bars("flows by producer/consumer ratio of their packets", known.pcr.rows.map(([name, value]) =>
        ({ name: name ?? "", value })), "", { path, of: "pcr" }) : note("soft", "No flows."),
      known.flags.rows.length ? table("sets of TCP flags", ["it sent", "it was answered", "flows"], known.flags.rows,
        { path, of: "flags" }) : note("soft", "No TCP flows."))),
    h("section", {}, h("h2", {}, "Log-ins"), known.logins.rows.length
      ? table(part(known.logins), known.logins.columns, linked(known.logins, "src_ip"), { sql: known.logins_sql })
      : note("soft", "None."), repeat("The statement", known.logins_sql)),
    h("section", {}, h("h2", {}, "Flows"), known.flows.rows.length
      ? table(part(known.flows), known.flows.columns, linked(known.flows, "src_ip"), { sql: known.flows_sql })
      : note("soft", "None."), repeat("The statement", known.flows_sql)),
    repeat("The command line", `botany enrich address --data ${quoted(about.data)} ${known.name}`),
  ];
}
