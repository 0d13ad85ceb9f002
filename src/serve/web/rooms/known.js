// Everything known of one address, or of one block of addresses.

import { get, post, remove } from "../api.js";
import { bars, count, day, drawn, h, link, note, prose, quoted, repeat, short, short_number, table, timeline } from "../dom.js";
import { addressBy, blockBy, byRule, onBy, ruleOf, rules } from "../rule.js";

/** A measure of the profile, window by window. */
function strip(name, windows, values) {
  const most = Math.max(...values);
  // A ratio may be below zero: then zero is not the floor.
  const top = Math.max(0, most);
  const scale = 100 / ((top - Math.min(0, ...values)) || 1);
  const rects = values.map((value, at) => {
    const height = scale * Math.abs(value);
    return drawn("rect", { x: at, y: scale * (top - Math.max(0, value)), width: 0.9, height },
      drawn("title", {}, `${short(windows[at])}: ${count(value)}`));
  });
  return h("div", {}, h("p", {}, h("b", {}, name)),
    drawn("svg", { viewBox: `0 0 ${values.length} 100`, preserveAspectRatio: "none", role: "img",
      "aria-label": `${name}, at most ${count(most)}` }, ...rects),
    h("p", { class: "soft" }, `at most ${count(most)}`));
}

/** A value of a measure: a number as it is read. */
const shown = (told) => (typeof told === "number" ? count(told) : told);

/** Windows of a table, one a column, at most. */
const WINDOWS = 4;

/** What it did window by window: a strip for each measure that is not nothing, and every measure by its window. */
function profile({ columns, rows }, path, features) {
  if (!rows.length) return [note("soft", "No flows, so there is no profile.")];
  const at = columns.indexOf("window_start");
  const windows = rows.map((row) => row[at]);
  const told = columns.map((name, i) => [name, rows.map((row) => row[i])])
    .filter(([, values]) => values.every((value) => value == null || typeof value === "number") && values.some((value) => value));
  const doc = (name) => {
    const { doc: what, unit } = features.find((feature) => feature.name === `profile_${name}`) ?? { doc: "" };
    return unit ? `${what}, in ${unit}` : what;
  };
  const last = rows.slice(-WINDOWS);
  const measures = columns.map((name, i) => [name, doc(name), ...last.map((row) => shown(row[i]))]).filter((_, i) => i !== at);
  const many = `${count(rows.length)} ${rows.length === 1 ? "window" : "windows"} of 24 hours, from ${short(windows[0])}`;
  const whole = table(rows.length > WINDOWS ? `the last ${WINDOWS} of ${many}; the files hold all` : many,
      ["measure", { name: "what it is", prose: true }, ...last.map((row) => short(row[at]))], measures, { path, of: "profile" });
  whole.classList.add("whole");
  return [
    whole,
    h("details", { id: "measures" }, h("summary", {}, `${told.length} measures drawn`),
      h("div", { class: "spreads" }, told.map(([name, values]) => strip(name, windows, values.map((value) => value ?? 0))))),
  ];
}

/** What columns of flows, and sums of them, say where their names do not. */
const DOCS = {
  packets_in: "packets it was sent back", packets_out: "packets it sent", bytes_in: "bytes it was sent back", bytes_out: "bytes it sent",
  flags_ts: "TCP flags it sent, all packets together", flags_tc: "TCP flags it was answered with", app_proto: "protocol the sensor recognised",
  state: "of the connection, when the sensor wrote the flow", reason: "why the flow ended: timeout, forced, shutdown",
};

const explained = (columns) => columns.map((name) => ({ name, doc: DOCS[name] }));

/** Facts that one sentence tells together. */
const IN_WORDS = ["log in attempts", "in lines", "attempts with a dictionary name"];

/** Hours in which something was seen, drawn where there are several. */
function hours({ rows }) {
  const times = new Set(rows.map(([hour]) => hour));
  if (times.size !== 1) return [timeline("hour by hour", rows), day("by hour of the day, UTC", rows)];
  const what = rows.map(([, kind, events]) => `${count(events)} ${events === 1 ? kind.replace(/s$/, "") : kind}`).join(" and ");
  return [h("p", {}, `All of it in one hour, from ${short([...times][0])}: ${what}.`)];
}

/** What a model says of each row. */
const said = (one, path) => table(`what ${one.model} says of each row (${one.grain})`, one.told.columns.map((column) =>
  (column === "label" ? { name: "label", doc: "by the model's own rule" } : column)), one.told.rows,
{ path, query: { model: one.model }, of: "opinions.told" });

/** Who lists it beside the rule of the page. */
function others(known, all) {
  const own = known.rule.asked;
  const by = all.filter((one) => one.rule && one.listed && one.rule.asked !== own);
  const alone = all.filter((one) => one.holds && !by.some((other) => other.model === one.model));
  const [holds, would] = [alone.filter((one) => one.current), alone.filter((one) => !one.current)];
  // Of a block, lists made with a model may hold addresses, and not the block.
  const within = all.filter((one) => one.held);
  if (known.allowed || (!by.length && !alone.length && !within.length)) return null;
  const says = (parts) => parts.flatMap((part, i) => (i ? [i === parts.length - 1 ? " and " : ", ", part] : [part]));
  const rows = (one) => h("span", {}, "what ", link(`/watch/${encodeURIComponent(one.model)}`, one.model), " says of its rows");
  return h("p", {}, by.length || holds.length ? [known.block ? (known.listed ? "Listed as well by " : "Other rules say otherwise. It is listed by ")
    : known.listed ? "An address of it is listed as well by " : "Other rules say otherwise. An address of it, or all of it, is listed by ",
    ...says([...by.map((one) => link(`${location.pathname}?rule=${encodeURIComponent(one.rule.asked)}`, one.rule.whose)),
      ...holds.map((one) => h("span", {}, rows(one), ": lists made with that model hold it until it is stale"))]), ". "] : [],
  would.length ? ["A list made with ", ...says(would.map(rows)), " would hold it, but a list as of now holds nothing seen so long ago. "] : [],
  within.map((one) => [`Of its addresses lists made with `, rows(one), one.held_now ? ` hold ${count(one.held_now)} of ${count(one.addresses)} until they are stale. ` : ` would hold ${count(one.held)} of ${count(one.addresses)}, were they seen lately. `]).flat());
}

/** What a model says of it. */
function opinion(one, path) {
  const called = one.probability != null && one.probability >= one.threshold;
  // The sentence begins with the model's name.
  const own = one.words.replace(`${one.model} `, "");
  const name = link(`/watch/${encodeURIComponent(one.model)}`, one.model);
  if (one.probability == null) return h("div", { class: "opinion" }, h("p", {}, name, " ", ...prose(own), "."));
  if (one.rows === 1) {
    return h("div", { class: called ? "opinion called" : "opinion" }, h("p", {}, name, " ", ...prose(own), "."),
      h("p", { class: "soft" }, "It may have learnt from these very rows, and of those it is surer than it should be."),
      h("details", {}, h("summary", {}, "the row"), said(one, path)));
  }
  return h("div", { class: called ? "opinion called" : "opinion" },
    h("p", {}, name, " gives it ", h("b", {}, short_number(one.probability, 3)), " for the probability of label 1: it ", ...prose(own), "."),
    h("p", { class: "soft" }, "It may have learnt from these very rows, and of those it is surer than it should be."),
    h("details", {}, h("summary", {}, one.rows > one.told.rows.length ? `the ${one.told.rows.length} rows it is surest of` : `its ${count(one.rows)} rows`),
      said(one, path)));
}

/** Allowing it, or taking that back. */
function mark(known) {
  const said = h("span", { role: "status" });
  const change = (work) => async (event) => {
    event.preventDefault();
    try {
      await work();
      dispatchEvent(new CustomEvent("go", { detail: { href: location.pathname + location.search, replace: true } }));
    } catch (error) {
      said.textContent = error.message;
    }
  };
  const own = known.allowed;
  if (own) {
    return h("form", { class: "fields", submit: change(() => remove("/enrich/allowed", { network: own.network })) },
      h("span", {}, `${own.network} is never listed since ${short(own.since)}: ${own.reason}`),
      h("button", { id: "list-again" }, "List again"), said);
  }
  const reason = h("input", { name: "reason", size: 40, required: true, placeholder: "a false positive, because…" });
  return h("form", { class: "fields", submit: change(() =>
    post("/enrich/allowed", { network: known.name, reason: reason.value })) },
    h("label", {}, "Keep it off every list, because ", reason), h("button", { id: "allow" }, "Never list it"), said);
}

/** Facts that are words of ours, and those that are times. */
const value = (told) => (typeof told === "number" ? count(told) : /^\d{4}-\d\d-\d\dT/.test(told) ? short(told) : String(told).replace(/,(?=\S)/g, ", "));

export async function page(kind, text, query) {
  const path = `/enrich/${kind === "block" ? "blocks" : "addresses"}/${encodeURIComponent(text)}`;
  const settings = ruleOf(query);
  const [about, known, models, features] = await Promise.all([get("/about"), get(path, settings), get("/models"), get("/learn/features")]);
  const on = onBy(known.rule, settings);
  const address = (who) => link(addressBy(who, on), who);
  const opinions = h("div", { id: "opinions" }, note("soft", "asking the models in force…"));
  const asked = `${path}/opinions`;
  const also = h("div", { id: "also", role: "status" });
  // They may take a while; the page does not wait for them.
  const told = get(asked).then((answer) => {
    const found = others(known, answer.opinions);
    if (found) also.replaceChildren(found);
    return answer;
  });
  told.then(({ opinions: all, not_asked: left }) => opinions.replaceChildren(...(all.length ? all.map((one) => opinion(one, asked))
    : [note("soft", "No model is in force, so there is no opinion: one is saved under Learn.")]),
  ...(left ? [note("soft", `${count(left)} more ${left === 1 ? "model was" : "models were"} not asked: the first ${all.length} by name are.`)] : [])),
  (error) => opinions.replaceChildren(note("serious", error.message)));
  const at = (answer, name) => answer.columns.indexOf(name);
  const linked = (answer, name) => answer.rows.map((row) =>
    row.map((cell, i) => (i === at(answer, name) && cell != null ? address(cell) : cell)));
  const part = (answer, all) => (answer.more ? `the last ${count(answer.rows.length)} of ${count(all)}; the files hold all` : `all ${count(answer.rows.length)}`);
  const fact = (name) => known.facts.find((one) => one.name === name)?.value ?? 0;
  const [attempts, lines] = [fact("log in attempts"), fact("in lines")];
  return [
    h("p", {}, link("/enrich", "Enrich"), ` › ${kind}`),
    h("h1", {}, known.name),
    known.block ? h("p", {}, "In the block ", link(blockBy(known.block, on), known.block), ".") : null,
    h("section", { id: "listed" }, h("h2", {}, kind === "block" ? "Is an address of it on the threat list?" : "Is it on the threat list?"),
      h("p", { class: "verdict" }, h("b", {}, known.listed ? "Yes" : "No"), ": ", prose(known.why), "."),
      byRule(known.rule, known.listed ? "Listed by" : "Not listed by"), also,
      h("div", { class: "fields" }, rules(known.rule.asked, models, (chosen) => dispatchEvent(new CustomEvent("go",
        { detail: { href: `${location.pathname}${chosen === "usual" ? "" : `?rule=${encodeURIComponent(chosen)}`}`, replace: true } })), known.rule.asked === "")),
      mark(known)),
    h("section", {}, h("h2", {}, "What the models in force say"), opinions),
    h("section", {}, h("h2", {}, "What is known"),
      h("p", { id: "log-ins" }, "Log-ins: ", prose(known.log_ins), "."),
      h("dl", { class: "facts" }, known.facts.filter((fact) => fact.value != null && fact.value !== "" && !IN_WORDS.includes(fact.name))
        .map((fact) => h("div", {}, h("dt", {}, DOCS[fact.name.replaceAll(" ", "_")] ?? fact.name), h("dd", {}, value(fact.value)))))),
    known.addresses ? h("section", {}, h("h2", {}, "Its addresses"),
      table(known.addresses.more ? `the busiest ${count(known.addresses.rows.length)} of ${count(fact("addresses"))}` : `all ${count(known.addresses.rows.length)}`, known.addresses.columns,
        linked(known.addresses, "address"), { path, query: settings, of: "addresses" })) : null,
    h("section", {}, h("h2", {}, `Log-ins: ${count(attempts)} ${attempts === 1 ? "attempt" : "attempts"} of any name`), known.logins.rows.length && attempts !== lines
      ? note("soft", `In ${count(lines)} lines: one that says "message repeated 5 times" counts as five attempts, one that only names a user who was not let in ("Invalid user", "Connection closed by authenticating user") as none, since it is no try of its own; its name counts all the same. Attempts are counted so everywhere.`)
      : null, known.logins.rows.length
      ? table(part(known.logins, lines), known.logins.columns, linked(known.logins, "src_ip"), { sql: known.logins_sql })
      : note("soft", "None."), repeat("The statement", known.logins_sql)),
    h("section", {}, h("h2", {}, "Flows"), note("soft", "In is from the server, back to the source; out is from the source, to the server."), known.flows.rows.length
      ? table(part(known.flows, fact("flows")), explained(known.flows.columns), linked(known.flows, "src_ip"), { sql: known.flows_sql })
      : note("soft", "None."), repeat("The statement", known.flows_sql)),
    h("section", {}, h("h2", {}, "When"),
      ...hours(known.hours)),
    h("section", {}, h("h2", {}, "Profile of 24 hours"),
      ...profile(known.profile, path, features)),
    h("section", {}, h("h2", {}, "How it talks"), h("p", { class: "soft" }, "PCR ranges, here and in the profile, go by the closed rule."), h("div", { class: "plots" },
      known.pcr.rows.length ? bars("flows by producer/consumer ratio of their packets", known.pcr.rows.map(([name, value]) =>
        ({ name: name ?? "", value })), "", { path, of: "pcr" }, ["range", "flows"]) : note("soft", "No flows."),
      known.flags.rows.length ? table("sets of TCP flags", ["it sent", "it was answered", "flows"], known.flags.rows,
        { path, of: "flags" }) : note("soft", "No TCP flows."))),
    repeat("The command line", `botany enrich address --data ${quoted(about.data)} ${known.name}`
      + (known.rule.asked === "usual" ? "" : known.rule.asked ? ` --rule ${quoted(known.rule.asked)}` : known.rule.flags)),
  ];
}
