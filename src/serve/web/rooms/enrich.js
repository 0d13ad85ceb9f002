// What is known of the sources.

import { get, post, remove } from "../api.js";
import { bars, count, h, link, note, quoted, repeat, table, timeline } from "../dom.js";

export const title = "Enrich";

const THINGS = ["country", "as", "registration", "port", "day", "source"];
const address = (text) => link(`/enrich/address/${encodeURIComponent(text)}`, text);

/** A network; one of a single address leads to its page. */
const single = (network) => {
  const [text, bits] = network.split("/");
  return bits === (text.includes(":") ? "128" : "32") ? address(text) : network;
};

export const page = (rest, query) =>
  rest[0] === "address" && rest[1] ? one(rest[1]) : population(query);

async function population(query) {
  const asked = Object.fromEntries(["dictionary", "min_names", "min_pairs", "services", "within_hours"]
    .map((name) => [name, query.get(name) ?? ""]));
  const by = query.get("by") ?? "country";
  const [about, dictionaries, threat, frequency, allowed] = await Promise.all([
    get("/about"), get("/enrich/dictionaries"), get("/enrich/threat", asked), get("/enrich/frequency", { by }),
    get("/enrich/allowed"),
  ]);
  const form = h("form", { class: "fields", submit: (event) => {
    event.preventDefault();
    const given = [...new FormData(form)].filter(([, value]) => value !== "");
    const href = given.length ? `/enrich?${new URLSearchParams(given)}` : "/enrich";
    dispatchEvent(new CustomEvent("go", { detail: { href } }));
  } },
    h("label", {}, "Dictionary ", h("select", { name: "dictionary" }, dictionaries.map(({ name, doc }) =>
      h("option", { value: name, title: doc, selected: name === (asked.dictionary || "mirai") }, name)))),
    h("label", {}, "Names at least ", h("input", { name: "min_names", type: "number", min: 0, value: asked.min_names,
      placeholder: "2" })),
    h("label", {}, "or pairs ", h("input", { name: "min_pairs", type: "number", min: 0, value: asked.min_pairs,
      placeholder: "2" })),
    h("label", {}, "Services ", h("input", { name: "services", value: asked.services, placeholder: "any" })),
    h("label", {}, "Within hours ", h("input", { name: "within_hours", type: "number", min: 1, value: asked.within_hours,
      placeholder: "24" })),
    h("label", {}, "Count by ", h("select", { name: "by" }, THINGS.map((name) =>
      h("option", { value: name, selected: name === by }, name)))),
    h("button", {}, "Show"));
  const flags = Object.entries(asked).filter(([, value]) => value)
    .map(([name, value]) => ` --${name.replaceAll("_", "-")} ${value}`).join("");
  const row = (source) => [
    address(source.address), source.score, source.names, source.pairs, source.attempts, source.first_seen,
    source.last_seen, source.services.join(" "), source.country ?? "", source.autonomous_system ?? "",
    source.registration ?? "", source.usernames.join(" "),
    h("details", {}, h("summary", {}, `${source.evidence.length} lines`),
      h("ul", {}, source.evidence.map((line) => h("li", {}, line)))),
  ];
  return [
    h("h1", {}, "Enrich ", h("small", {}, "what do we know about who knocked?")),
    form,
    h("section", {}, h("h2", {}, `Threat list: ${count(threat.rows.length)} sources`),
      h("p", {}, threat.rules),
      note("soft", "A listed source tried a botnet's names. That is not proof of the botnet."),
      table("sources on the threat list", [
        "address", { name: "score", doc: "weighted by how specific the names are to the dictionary" }, "names", "pairs",
        "attempts", "first seen", "last seen", "services", "country", "AS", "registration", "user names", "evidence",
      ], threat.rows.map(row)),
      allowed.length ? table("never listed here", ["network", "reason", "since"], allowed.map((one) =>
        [single(one.network), one.reason, one.since])) : null,
      repeat("The command line", `botany enrich threat --data ${quoted(about.data)}${flags}`),
      repeat("The statement that ran", threat.sql)),
    h("section", {}, h("h2", {}, `Sources by ${frequency.by}`),
      bars(`addresses by ${frequency.by}`, frequency.rows.map((value) => ({
        name: value.value, value: value.addresses, part: value.listed,
        link: by === "source" ? address(value.value) : null,
      }))),
      frequency.note ? note("soft", frequency.note) : null,
      repeat("The command line", `botany enrich frequency --data ${quoted(about.data)} --by ${by}`)),
  ];
}

async function one(text) {
  const [about, known] = await Promise.all([get("/about"), get(`/enrich/addresses/${encodeURIComponent(text)}`)]);
  const own = known.allowed;
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
  const reason = h("input", { name: "reason", size: 40, required: true, placeholder: "a false positive, because…" });
  const mark = own
    ? h("form", { class: "fields", submit: change(() => remove("/enrich/allowed", { network: own.network })) },
      h("span", {}, `${own.network} is never listed since ${own.since.slice(0, 10)}: ${own.reason}`),
      h("button", { id: "list-again" }, "List again"), said)
    : h("form", { class: "fields", submit: change(() =>
      post("/enrich/allowed", { network: known.address, reason: reason.value })) },
      h("label", {}, "Never list it: ", reason), h("button", { id: "allow" }, "Allow"), said);
  return [
    h("p", {}, link("/enrich", "Enrich"), " › address"),
    h("h1", {}, known.address),
    h("dl", { class: "facts" }, Object.entries(known.facts).filter(([, value]) => value != null && value !== "")
      .map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, String(value))))),
    mark,
    h("section", {}, h("h2", {}, "In 24 hours"),
      timeline("hour by hour", known.hours.rows),
      table("windows", known.profile.columns, known.profile.rows)),
    h("section", {}, h("h2", {}, "Log-ins"), table("the last 200", known.logins.columns, known.logins.rows)),
    h("section", {}, h("h2", {}, "Flows"), table("the last 200", known.flows.columns, known.flows.rows)),
    repeat("The command line", `botany enrich address --data ${quoted(about.data)} ${known.address}`),
  ];
}
