// The leaderboard: several algorithms on the same rows and folds, and one to keep.

import { ended, get, post } from "../api.js";
import { count, h, interval, link, note, quoted, repeat, short_number, table } from "../dom.js";
import { saving, suggested } from "../save.js";
import { steps } from "../steps.js";
import { definedAs } from "./predict.js";
import { teller } from "./run.js";

export async function page(id, query) {
  const path = `/learn/comparisons/${id}`;
  const [about, found, algorithms] = await Promise.all([get("/about"), get(path), get("/learn/algorithms")]);
  const { standings } = found;
  const splits = standings[0].splits;
  const chosen = splits.find((one) => one.split === query.get("split"))
    ?? splits.find((one) => one.split === found.ranked_by_split);
  const said = h("div", { id: "run", role: "status" });
  const tell = teller(said);
  const cell = (metric) => h("div", { class: "beside" }, interval(metric),
    h("small", { class: "soft" }, `baseline ${short_number(metric.baseline)}${metric.clears ? ", above" : ""}`));
  let by_hand = false;
  const save = saving({ name: suggested(algorithms, standings[0].algorithm, found.grain), changed: () => { by_hand = true; } });
  const name = (one) => h("label", { class: "pick" }, h("input", { type: "radio", name: "name", value: one.name, required: true,
    checked: one === standings[0], "aria-label": one.name, change: () => {
      if (!by_hand) save.set(suggested(algorithms, one.algorithm, found.grain));
    } }), h("span", {}, `${one.algorithm} `,
    h("small", {}, Object.entries(one.settings).map(([key, value]) => `${key} ${value}`).join(", "))));
  const rows = standings.map((one, at) => {
    const judged = one.splits.find((own) => own.split === chosen.split);
    const verdict = chosen.split === found.ranked_by_split
      ? one.verdict : `${judged?.no_better_than_baseline ? "no better" : "better"} than the baseline`;
    const metrics = judged ? judged.metrics.map(cell) : chosen.metrics.map(() => "–");
    return [at + 1, name(one), h("div", { class: "beside" }, verdict, one.level_with_first && chosen.split === found.ranked_by_split
      ? h("small", {}, found.level) : null), ...metrics, Math.round(1000 * one.fit_seconds) / 1000];
  });
  const form = h("form", { id: "keep", submit: async (event) => {
    event.preventDefault();
    try {
      const data = new FormData(form);
      const { job } = await post(`${path}/keep`, { name: data.get("name"), model: data.get("model") });
      const done = await ended(job, tell);
      if (said.isConnected && done.state === "done") {
        dispatchEvent(new CustomEvent("go", { detail: { href: `/validate/${encodeURIComponent(done.result.experiment)}` } }));
      }
    } catch (error) {
      said.replaceChildren(note("serious", error.message));
    }
  } },
    table(`judged by the split by ${chosen.split}, on ${count(chosen.tested)} rows of ${count(chosen.tested_addresses)} addresses, ` +
      `${count(chosen.tested_positives)} of label 1`,
    ["#", "keep", "verdict", ...chosen.metrics.map((metric) => metric.label), { name: "fit, s", doc: "one fit on all rows, on this machine, now; not judged" }],
    rows, { path, of: "standings.splits.metrics" }),
    h("div", { class: "fields" }, save.label), save.said, h("p", {}, h("button", { id: "keep-it" }, "Fit, judge and save")));
  const notes = [...new Set(standings.flatMap((one) => one.notes))];
  const command = `botany learn compare --data ${quoted(about.data)} ${found.recipe}.toml` +
    standings.map((one) => ` --algorithm ${quoted(one.name)}`).join("");
  return [
    h("p", {}, link("/learn/prediction", "Prediction"), " › leaderboard"),
    h("h1", {}, `${standings.length} algorithms on the same rows`),
    steps(2, [definedAs("comparison", id)]),
    h("p", {}, `${count(found.rows)} rows (${found.grain}), ${count(found.positives)} of label 1. Sorted by ` +
      `${found.ranked_by.replaceAll("_", " ")} on the split by ${found.ranked_by_split}. The baseline is an answer that looks at no feature; ` +
      "a model is better than it if the interval of F1 or of average precision lies above. " +
      "F1, precision and recall are those of the threshold 0.5; the other measures look at all thresholds, or at the probabilities themselves. " +
      "Doubts are tested once one is kept, and stand beside its verdict then."),
    h("p", { class: "toolbar" }, h("span", {}, "Judged by the split by"), splits.map((one) =>
      h("a", { class: "choice", href: `/learn/prediction?comparison=${id}&split=${one.split}`,
        "aria-current": one === chosen ? "true" : null }, one.leaks ? `${one.split} (leaks)` : one.split))),
    form, said, notes.map((text) => note("soft", text)),
    repeat("The recipe", found.text), repeat("The command line", command),
  ].flat();
}
