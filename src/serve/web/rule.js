// Whose rule a list goes by, said and linked wherever a list or a label is shown.

import { h, link, prose } from "./dom.js";

/** The list of a rule. */
export const listOf = (asked) => `/enrich${asked && asked !== "usual" ? `?rule=${encodeURIComponent(asked)}` : ""}`;

/** Whose rule, the rule in words, and the way to its list. */
export const byRule = (rule, before = "Listed by") => h("p", { class: "rule" }, `${before} ${rule.whose}: `, prose(rule.words), ". ",
  rule.asked ? link(listOf(rule.asked), "The list") : null);

/** What a rule is asked for by: whose it is, and what is changed of it. */
const ASKED = ["rule", "dictionary", "min_names", "min_pairs", "services", "within_hours"];

/** A rule as an address asks for it. */
export const ruleOf = (query) => Object.fromEntries(ASKED.map((name) => [name, query.get(name) ?? ""]));

/** The way on to the same rule: its name, or all that was asked where it was put together. */
export const onBy = (rule, asked) => rule.asked || asked;

/** A rule, named or put together, behind the address of a page. */
function by(asked) {
  const given = Object.entries(typeof asked === "string" ? { rule: asked } : asked ?? {}).filter(([name, value]) =>
    value && !(name === "rule" && value === "usual"));
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

/** The address's page by a rule. */
export const addressBy = (address, asked) => `/enrich/address/${encodeURIComponent(address)}${by(asked)}`;

/** The block's page by a rule. */
export const blockBy = (block, asked) => `/enrich/block/${encodeURIComponent(block)}${by(asked)}`;

/** Rules to choose from: the default one, and that of each model in force; `asked` is among them, and one put together if it is `own`. */
export function rules(asked, models, change, own = false) {
  const all = [["usual", "the default rule"], ...models.filter((model) => model.current)
    .map((model) => [`model:${model.name}`, `the log-in rule of model ${model.name}`])];
  if (own) all.push(["", "the rule chosen here"]);
  const now = own ? "" : asked || "usual";
  // A version in force is the model's.
  const same = (value) => value === now || now.startsWith(`${value}@`);
  if (!all.some(([value]) => same(value))) all.push([now, now.replace(/^(\w+):/, "the log-in rule of $1 ")]);
  return h("label", {}, "Listed by ", h("select", { id: "rule", change: (event) => change(event.target.value) }, all.map(([value, text]) =>
    h("option", { value, selected: same(value) }, text))));
}
