// Whose rule a list goes by, said and linked wherever a list or a label is shown.

import { h, link, prose } from "./dom.js";

/** The list of a rule. */
export const listOf = (asked) => `/enrich${asked && asked !== "usual" ? `?rule=${encodeURIComponent(asked)}` : ""}`;

/** Whose rule, the rule in words, and the way to its list. */
export const byRule = (rule, before = "Listed by") => h("p", { class: "rule" }, `${before} ${rule.whose}: `, prose(rule.words), ". ",
  rule.asked ? link(listOf(rule.asked), "The list") : null);

/** The address's page by a rule. */
export const addressBy = (address, asked) => `/enrich/address/${encodeURIComponent(address)}`
  + (asked && asked !== "usual" ? `?rule=${encodeURIComponent(asked)}` : "");

/** The block's page by a rule. */
export const blockBy = (block, asked) => `/enrich/block/${encodeURIComponent(block)}`
  + (asked && asked !== "usual" ? `?rule=${encodeURIComponent(asked)}` : "");

/** Rules to choose from: the default one, and that of each model in force; `asked` is among them. */
export function rules(asked, models, change) {
  const all = [["usual", "the default rule"], ...models.filter((model) => model.current)
    .map((model) => [`model:${model.name}`, `the rule of model ${model.name}`])];
  const now = asked || "usual";
  // A version in force is the model's.
  const same = (value) => value === now || now.startsWith(`${value}@`);
  if (!all.some(([value]) => same(value))) all.push([now, now.replace(/^(\w+):/, "the rule of $1 ")]);
  return h("label", {}, "Listed by ", h("select", { id: "rule", change: (event) => change(event.target.value) }, all.map(([value, text]) =>
    h("option", { value, selected: same(value) }, text))));
}
