// The models of the registry.

import { get, post } from "../api.js";
import { h, link, note, quoted, repeat, table } from "../dom.js";

export const title = "Watch";

export const page = (rest) => (rest[0] ? card(rest[0]) : all());

const version = (number) => `v${String(number).padStart(4, "0")}`;

async function all() {
  const [about, models] = await Promise.all([get("/about"), get("/models")]);
  const said = h("p", { role: "status" });
  const back = (model) => h("button", { type: "button", click: async () => {
    try {
      await post(`/models/${model.name}@${version(model.version)}/roll-back`);
      dispatchEvent(new CustomEvent("go", { detail: { href: "/watch", replace: true } }));
    } catch (error) {
      said.textContent = error.message;
    }
  } }, "make current");
  return [
    h("h1", {}, "Watch ", h("small", {}, "the saved models")),
    models.length
      ? table("models", ["model", "current version", "made", "grain", "algorithm", "rows of label 0", "rows of label 1"],
        models.map((model) => [
          link(`/watch/${model.name}@${version(model.version)}`, `${model.name} ${version(model.version)}`),
          model.current ? "yes" : back(model), model.created_at, model.grain, model.algorithm,
          ...model.class_counts,
        ]))
      : note("soft", "No model was kept yet."),
    models.length ? null : h("p", {}, link("/learn", "Follow a recipe that names a model")),
    said,
    repeat("The command line", `botany models list --data ${quoted(about.data)}`),
  ];
}

async function card(name) {
  const [about, { card: model, markdown }] = await Promise.all([get("/about"), get(`/models/${encodeURIComponent(name)}`)]);
  return [
    h("p", {}, link("/watch", "Watch"), " › model"),
    h("h1", {}, `${model.name} ${version(model.version)}`),
    h("pre", { class: "card" }, markdown),
    repeat("The recipe", model.recipe),
    repeat("The command line", `botany models card --data ${quoted(about.data)} ${name}`),
  ];
}
