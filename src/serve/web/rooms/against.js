// Two experiments side by side: what was asked differently, and whether it made a difference.

import { get } from "../api.js";
import { h, interval, link, note, quoted, repeat, table } from "../dom.js";
import { LEAKS } from "./validate.js";

export async function page(first, second) {
  const path = `/experiments/${encodeURIComponent(first)}/against`;
  const query = { with: second };
  const [about, both] = await Promise.all([get("/about"), get(path, query)]);
  const [a, b] = both.experiments;
  const name = (at) => h("span", {}, link(`/validate/${encodeURIComponent(both.experiments[at])}`, both.experiments[at]),
    ` ${both.titles[at]}`);
  const verdict = { true: "overlap", false: "do not overlap" };
  const shown = ["f1", "precision", "recall", "average_precision", "roc_auc"];
  const metrics = both.metrics.filter((m) => shown.includes(m.metric));
  const side = (m, which) => interval({ value: m[which], low: m[`${which}_low`], high: m[`${which}_high`] });
  const same = !both.recipe.length && both.features.every((f) => f.first === f.second)
    && both.metrics.every((m) => m.first === m.second && m.first_low === m.second_low && m.first_high === m.second_high);
  const yes = (value) => (value ? "yes" : "–");
  return [
    h("p", {}, link("/validate", "Validate"), " › side by side"),
    h("h1", {}, "Two experiments"),
    h("ol", {}, h("li", {}, name(0)), h("li", {}, name(1))),
    same ? h("p", { class: "verdict", id: "same" }, a === b ? "Nothing differs: it is the same experiment twice."
      : "Nothing differs: recipes, features and every number are the same.") : null,
    h("section", {}, h("h2", {}, "Metrics"),
      note("soft", `The intervals are of 95 %. ${both.overlap}`),
      table("metrics with their intervals", ["grain", "split", LEAKS, { name: "metric", prose: true }, "first", "second", "intervals"],
        metrics.map((m) => [m.grain, m.split, m.leaks ? "leaks" : "", m.label, side(m, "first"),
          side(m, "second"), verdict[m.overlap] ?? "–"]), { path, query, of: "metrics" })),
    h("section", {}, h("h2", {}, "Features"),
      table("what the classifiers look at", ["feature", "first", "second"],
        both.features.map((f) => [f.name, yes(f.first), yes(f.second)]), { path, query, of: "features" })),
    h("section", {}, h("h2", {}, "Recipes"), both.recipe.length
      ? table("in what they differ", ["setting", "first", "second"],
        both.recipe.map((d) => [d.key, d.first ?? "–", d.second ?? "–"]), { path, query, of: "recipe" })
      : note("soft", "Nothing differs: the recipes ask for the same.")),
    repeat("The command line", ["diff", ...[a, b].map((id) => quoted(`${about.data}/experiments/${id}/recipe.toml`))].join(" ")),
  ];
}
