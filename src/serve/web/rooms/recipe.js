// A recipe out of what a form says: the same text the command line takes.

const rules = (dictionary, names, pairs, outcomes, services) =>
  ({ dictionary, "min-names": names, "min-pairs": pairs, outcomes, services });

/** What label 1 may mean: the labels the article's recipe sets side by side. */
export const THREATS = {
  "one of the article's six user names, over SSH": rules("article-2016", 1, 0, "failed", ["ssh"]),
  "any Mirai user name, over SSH": rules("mirai", 1, 0, "failed", ["ssh"]),
  "two or more Mirai user names, over SSH": rules("mirai", 2, 0, "failed", ["ssh"]),
  "a Mirai user name and password, over telnet": rules("mirai", 0, 1, "failed-or-telnet", ["telnet"]),
  "two Mirai names or pairs, on any service (the default threat list)": rules("mirai", 2, 2, "failed-or-telnet", ["any"]),
};

/** The name for rules that have none of these. */
const OWN = "what the recipe asks for";

const same = (a, b) => Object.keys(b).every((key) => JSON.stringify(a[key]) === JSON.stringify(b[key]));
const nameOf = (own) => Object.keys(THREATS).find((name) => same(own, THREATS[name])) ?? OWN;

/** The names to choose from, with the recipe's own rules if they have no name. */
export const named = (own) => (own && nameOf(own) === OWN ? [OWN, ...Object.keys(THREATS)] : Object.keys(THREATS));

/** What was chosen, if it is one of these. */
export const chosen = (name, usual) => (name === OWN || Object.hasOwn(THREATS, name) ? name : usual);

const text = (value) => JSON.stringify(String(value));
const list = (values) => `[${values.map(text).join(", ")}]`;
const toml = (value) => (Array.isArray(value) ? list(value) : typeof value === "number" ? String(value) : text(value));
const words = (value) => String(value ?? "").split(" ").filter(Boolean);

/** The recipe of a clustering, with the prediction if the form has one. */
export function recipe(ask) {
  const threat = THREATS[ask.threat] ?? ask.rules ?? THREATS["any Mirai user name, over SSH"];
  const features = words(ask.features);
  const inputs = ask.inputs === undefined ? ["cluster_distance", ...features] : words(ask.inputs);
  const settings = Object.entries(ask.settings ?? {}).filter(([, value]) => value !== "");
  const number = (value) => (value !== "" && Number.isFinite(Number(value)) ? String(Number(value)) : text(value));
  return [
    `name = ${text(ask.name || `${ask.grain}-clusters`)}`,
    `title = ${text(ask.title || `${ask.grain}s in ${ask.k} clusters`)}`,
    "",
    "[enrich]",
    `grain = ${text(ask.grain)}`,
    `filter = ${text(ask.filter ?? "")}`,
    "",
    "[enrich.threat]",
    ...Object.entries(threat).map(([key, value]) => `${key} = ${toml(value)}`),
    "",
    "[learn]",
    `sample = ${Number(ask.sample)}`,
    `seed = ${Number(ask.seed)}`,
    "",
    ...(ask.k == null ? [] : ["[learn.clustering]",
      `features = ${list(features)}`,
      `k = ${Number(ask.k)}`,
      `scale = ${ask.scale === "yes"}`,
      ...(ask.sweep === "yes" ? ["sweep = [2, 9]"] : []),
      ""]),
    "[learn.classifier]",
    `algorithm = ${text(ask.algorithm || "random-forest")}`,
    `features = ${list(inputs)}`,
    ...(ask.scaled ? ["scale = true"] : []),
    ...(settings.length ? ["", "[learn.classifier.settings]", ...settings.map(([key, value]) => `${key} = ${number(value)}`)] : []),
    "",
    "[validate]",
    `splits = ${list(words(ask.splits ?? "row address block time"))}`,
    ...Object.entries({ "gap-hours": 24, ...ask.judged }).map(([key, value]) => `${key} = ${Number(value)}`),
    "",
    "[watch]",
    `model = ${text(ask.model ?? "")}`,
    "",
  ].join("\n");
}

/** What the form must know to go on from a recipe, as the API tells it. */
export function fromRecipe({ enrich, learn, validate }) {
  // A recipe may find no clusters.
  const clustering = learn.clustering ?? { features: [], k: null, scale: false };
  const { folds, draws, permutations } = validate;
  return {
    scaled: learn.classifier.scale, judged: { "gap-hours": validate["gap-hours"], folds, draws, permutations },
    grain: enrich.grain, filter: enrich.filter, threat: nameOf(enrich.threat), rules: enrich.threat,
    sample: learn.sample, seed: learn.seed, features: clustering.features.join(" "), k: clustering.k,
    scale: clustering.scale ? "yes" : "",
  };
}
