// What is known of the sources.

import { get } from "../api.js";
import { bars, count, h, link, note, prose, quoted, repeat, table } from "../dom.js";
import { addressBy, blockBy, byRule, onBy, ruleOf, rules } from "../rule.js";
import * as known from "./known.js";
import { map } from "./map.js";

export const title = "Enrich";

const THINGS = ["country", "as", "registration", "port", "day", "source"];
/** A network leads to its page; one of a single address to that of the address. */
const single = (network, rule) => {
  const [text, bits] = network.split("/");
  return bits === (text.includes(":") ? "128" : "32") ? link(addressBy(text, rule), text) : link(blockBy(network, rule), network);
};

export const page = (rest, query) =>
  ["address", "block"].includes(rest[0]) && rest[1] ? known.page(rest[0], rest[1], query) : population(query);

async function population(query) {
  const asked = ruleOf(query);
  const by = query.get("by") ?? "country";
  const [about, dictionaries, threat, frequency, allowed, models] = await Promise.all([
    get("/about"), get("/enrich/dictionaries"), get("/enrich/threat", asked), get("/enrich/frequency", { by, ...asked }),
    get("/enrich/allowed"), get("/models"),
  ]);
  const { settings, rule } = threat;
  const on = onBy(rule, asked);
  const address = (text) => link(addressBy(text, on), text);
  const form = h("form", { id: "rules", submit: (event) => {
    event.preventDefault();
    const given = [...new FormData(form)].filter(([, value]) => value !== "");
    const href = given.length ? `/enrich?${new URLSearchParams(given)}` : "/enrich";
    dispatchEvent(new CustomEvent("go", { detail: { href } }));
  } },
    asked.rule ? h("input", { type: "hidden", name: "rule", value: asked.rule }) : null,
    h("input", { type: "hidden", name: "by", value: by }),
    h("fieldset", {}, h("legend", {}, "Who is listed"), h("div", { class: "fields" },
    rules(asked.rule, models, (chosen) => dispatchEvent(new CustomEvent("go",
      { detail: { href: `/enrich?${new URLSearchParams({ by, ...(chosen === "usual" ? {} : { rule: chosen }) })}` } })), rule.asked === ""),
    h("span", { class: "soft" }, "takes effect at once; or with changes:")),
    h("div", { class: "fields" },
    h("label", {}, "Dictionary ", h("select", { name: "dictionary" }, dictionaries.map(({ name, doc }) =>
      h("option", { value: name, title: doc, selected: name === settings.dictionary }, name)))),
    h("label", {}, "Names at least ", h("input", { name: "min_names", type: "number", min: 0, value: asked.min_names,
      placeholder: settings["min-names"] })),
    h("label", {}, "or pairs ", h("input", { name: "min_pairs", type: "number", min: 0, value: asked.min_pairs,
      placeholder: settings["min-pairs"] })),
    h("label", {}, "Services ", h("input", { name: "services", value: asked.services, placeholder: settings.services.join(",") })),
    h("label", {}, "Within hours ", h("input", { name: "within_hours", type: "number", min: 1, value: asked.within_hours,
      placeholder: settings["window-hours"] })),
    h("button", {}, "List by these changes")),
    h("p", { class: "soft" }, "An empty field goes by the rule chosen above, whose value it shows in grey.")));
  const systems = threat.rows.some((source) => source.autonomous_system);
  const row = (source) => [
    address(source.address), source.score, source.names, source.pairs, source.attempts, source.first_seen,
    source.last_seen, source.services.join(" "), source.country ?? "", ...(systems ? [source.autonomous_system ?? ""] : []),
    source.registration ?? "", source.usernames.join(" "),
    h("details", {}, h("summary", {}, source.evidence.length === 1 ? "1 line" : `${source.evidence.length} lines`),
      h("ul", {}, source.evidence.map((line) => h("li", {}, line)))),
  ];
  return [
    h("h1", {}, "Enrich ", h("small", {}, "what do we know about who knocked?")),
    h("form", { class: "fields", id: "know", submit: (event) => {
      event.preventDefault();
      const text = new FormData(event.target).get("who").trim();
      if (text) dispatchEvent(new CustomEvent("go", { detail: { href: (text.includes("/") ? blockBy : addressBy)(text, on) } }));
    } }, h("label", {}, "Know an address or a block ", h("input", { name: "who", size: 24, spellcheck: "false",
      placeholder: "192.0.2.7 or 192.0.2.0/24" })), h("button", {}, "Look")),
    form,
    h("section", {}, h("h2", {}, `Threat list: ${count(threat.rows.length)} sources`),
      byRule({ ...rule, asked: "" }),
      note("soft", "A listed source tried a botnet's names. That is not proof of the botnet."),
      h("p", {}, "Names, pairs and attempts, and when it first and last tried, are of the rule's dictionary; the threat score, in bits, is made of the names and pairs. An address's own page",
        " counts its log-ins of any name beside them, and says when anything of it was seen. Evidence lines are the few that showed something new, not all its attempts."),
      table("sources on the threat list", [
        "address", { name: "threat score, bits", doc: "in bits: how specific its names and pairs are to the dictionary, added up; each bit halves the odds of chance" },
        { name: "names", doc: "distinct names of the dictionary" }, { name: "pairs", doc: "distinct pairs of name and password of the dictionary; 0 where the log holds no password" },
        { name: "attempts", doc: "log-in attempts with a dictionary name; the address's page counts all" }, { name: "first tried", doc: "the first line with a dictionary name" }, { name: "last tried", doc: "the last line with a dictionary name" }, "services", "country",
        ...(systems ? ["AS"] : []), "registration", { name: "dictionary names", doc: "those it tried" }, { name: "evidence", doc: "the lines that met the rule first: each showed a new name or pair, five at most" },
      ], threat.rows.map(row), { path: "/enrich/threat", query: asked, of: "rows" }),
      systems || !threat.rows.length ? null : h("p", { class: "soft" }, "No column of autonomous systems (AS), as no database of them is known: ",
        ...prose("name an MMDB file as `databases.asn` in botany.toml and begin the server again.")),
      allowed.length ? table("never listed here", ["network", "reason", "since"], allowed.map((one) =>
        [single(one.network, on), one.reason, one.since]), { path: "/enrich/allowed" }) : null,
      repeat("The command line", `botany enrich threat --data ${quoted(about.data)}${rule.flags}`),
      repeat("The statement that says the same", threat.sql)),
    h("section", {}, h("h2", {}, `Sources by ${frequency.by}`),
      h("label", {}, "Count by ", h("select", { id: "by", change: (event) => dispatchEvent(new CustomEvent("go", { detail: { replace: true,
        href: `/enrich?${new URLSearchParams([...new URLSearchParams(location.search)].filter(([name]) => name !== "by").concat([["by", event.target.value]]))}` } })) },
      THINGS.map((name) => h("option", { value: name, selected: name === by }, name === "as" ? "as (autonomous system)" : name)))),
      by === "country" ? map(frequency.rows) : null,
      bars(`addresses by ${frequency.by}`, frequency.rows.map((value) => ({
        name: value.value, value: value.addresses, part: value.listed,
        link: by === "source" ? address(value.value) : null,
      })), "listed", { path: "/enrich/frequency", query: { by, ...asked }, of: "rows" }, [frequency.by, "addresses"]),
      note("soft", `The darker part, and the column "listed": on the threat list by ${rule.whose}.`),
      frequency.note ? note("soft", frequency.note) : null,
      repeat("The command line", `botany enrich frequency --data ${quoted(about.data)} --by ${by}${rule.flags}`)),
  ];
}
