// Following a recipe, and what can be learnt from and by what.

import { ended, get, post } from "../api.js";
import { h, note, prose, quoted, repeat, table } from "../dom.js";
import * as cluster from "./cluster.js";
import * as predict from "./predict.js";
import { teller } from "./run.js";

export const title = "Learn";

const assistants = new Map([["clustering", cluster.page], ["prediction", predict.page]]);

export const page = (rest, query) => (assistants.get(rest[0]) ?? overview)(rest.slice(1), query);

async function overview(rest, query) {
  const [about, recipes, features, algorithms, jobs] = await Promise.all([
    get("/about"), get("/learn/recipes"), get("/learn/features"), get("/learn/algorithms"), get("/jobs"),
  ]);
  const chosen = recipes.find((recipe) => recipe.name === query.get("recipe")) ?? recipes[0];
  const text = h("textarea", { id: "recipe", rows: 24, spellcheck: "false", "aria-label": "the recipe" });
  text.value = chosen.text;
  const said = h("div", { id: "run", role: "status" });

  const tell = teller(said);
  const follow = async (id) => {
    await ended(id, tell).catch((error) => said.replaceChildren(note("serious", error.message)));
  };
  const form = h("form", { submit: async (event) => {
    event.preventDefault();
    try {
      const { job } = await post("/learn/runs", { text: text.value });
      await follow(job);
    } catch (error) {
      said.replaceChildren(note("serious", error.message));
    }
  } },
    h("p", {}, recipes.map((recipe) =>
      h("a", { class: "choice", href: `/learn?recipe=${recipe.name}`,
        "aria-current": recipe === chosen ? "true" : null, title: recipe.title }, recipe.name))),
    text, h("p", {}, h("button", { id: "follow" }, "Follow this recipe")),
    h("p", { class: "will" }, ...prose("Saves an experiment and, if `[watch]` names a model, that model's next version, in force at once. What was saved is said below.")));
  const running = jobs.find((job) => job.kind === "run" && ["waiting", "running"].includes(job.state));
  if (running) follow(running.id);

  return [
    h("h1", {}, "Learn ", h("small", {}, "what do their flows look like?")),
    h("section", {}, h("h2", {}, "Two assistants"),
      h("p", {}, h("a", { class: "choice", href: "/learn/clustering" }, "Clustering"), "which flows resemble each other?"),
      h("p", {}, h("a", { class: "choice", href: "/learn/prediction" }, "Prediction"), "which sources tried a bot's user names, told by their flows alone?")),
    h("section", {}, h("h2", {}, "A recipe, end to end"),
      h("p", {}, "Label, cluster, fit, and judge on addresses the model has never seen: one text says it all."),
      form, said,
      repeat("The command line", `botany run --data ${quoted(about.data)} ${chosen.name}`)),
    h("section", {}, h("h2", {}, "Features"),
      table("what can be learnt from", ["name", { name: "rows that have it", doc: "the grains at which it can be learnt from" }, "what", "SQL"],
        features.map((f) => [h("div", { class: "beside" }, h("b", {}, f.name), h("small", {}, f.family)), f.usable_at.join(", "),
          h("div", {}, prose(f.doc), h("small", {}, ` ${f.kind}${f.unit ? `, in ${f.unit}` : ""}`),
            f.encodes_label ? h("small", {}, ". It is made of what the label is made of, so the assistants leave it out") : null),
          h("code", { class: "formula" }, f.sql)]),
        { path: "/learn/features" })),
    h("section", {}, h("h2", {}, "Algorithms"),
      table("what learns", ["algorithm", "what", "parameters"], algorithms.map((algorithm) => [
        algorithm.name, h("span", {}, prose(algorithm.doc)),
        h("ul", {}, algorithm.parameters.map((p) => h("li", {}, h("code", {}, p.name), ` = ${p.default}, ${p.may_be}: `, prose(p.doc))))]),
      { path: "/learn/algorithms" })),
  ];
}
