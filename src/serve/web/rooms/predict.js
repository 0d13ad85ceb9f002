// The prediction assistant: define here, learn one algorithm or compare several; what came of it is reviewed on the
// leaderboard and where all experiments are.

import { ended, get, post } from "../api.js";
import { h, link, note, prose, quoted, refused, repeat, short } from "../dom.js";
import { readdress } from "../place.js";
import { saving, suggested } from "../save.js";
import { steps } from "../steps.js";
import * as board from "./board.js";
import { chosen as chosenThreat, fromRecipe, named, recipe } from "./recipe.js";
import { teller, underway } from "./run.js";
import { families } from "./shelf.js";

const PLAIN = { grain: "flow", filter: "dest_port = 22", threat: "any Mirai user name, over SSH", sample: 50000, seed: 1, k: 5,
  features: "packets_in packets_out packets_total packet_ratio packet_pcr_range", scale: "" };

const CLUSTERS = { name: "clusters", doc: "what the clustering says of a row", features: [
  { name: "cluster_distance", doc: "squared distance to the own cluster's centre" },
  { name: "cluster", doc: "number of the own cluster" },
] };

const SPLITS = [["address", "by address: no address is both learnt from and tested on"], ["block", "by block of addresses"],
  ["time", "by time: learnt from what came before, tested on what came later"],
  ["row", "by row, as the article did: it leaks, and is shown to be compared"]];

/** Fits with shuffled labels that tell chance at one in twenty. */
const SHUFFLED = 19;

export const page = (rest, query) => (query.get("comparison") ? board.page(query.get("comparison"), query) : define(query));

/** A setting as a recipe has it: a number if it is one. */
const typed = (value) => (value !== "" && Number.isFinite(Number(value)) ? Number(value)
  : value === "true" ? true : value === "false" ? false : value);

/** The form of what was followed already, as an address of this page: `of` is `experiment` or `comparison`. */
export const definedAs = (of, id) => `/learn/prediction?${new URLSearchParams({ [`of_${of}`]: id })}`;

/** What was asked for there, as this page's address says it. */
function answers({ asked, candidates }) {
  const given = [["threat", fromRecipe(asked).threat], ...asked.learn.classifier.features.map((name) => ["inputs", name]),
    ...asked.validate.splits.map((name) => ["splits", name]), ...candidates.flatMap(({ algorithm, settings }) =>
      [["algorithm", algorithm], ...Object.entries(settings).map(([key, value]) => [`set:${algorithm}:${key}`, value])])];
  return new URLSearchParams(given);
}

async function define(query) {
  const id = query.get("clustering");
  const [experiment, comparison] = [query.get("of_experiment"), query.get("of_comparison")];
  const before_ = experiment || comparison ? await get("/learn/definition", { experiment, comparison }) : null;
  // What was changed since stands in the address, and then all of it.
  if (before_ && !query.has("algorithm")) for (const [name, value] of answers(before_)) query.append(name, value);
  const [about, shelf, algorithms, clustering, jobs, compared, saved] = await Promise.all([
    get("/about"), get("/learn/features"), get("/learn/algorithms"), id ? get(`/learn/clusterings/${id}`) : null, get("/jobs"),
    get("/learn/comparisons"), get("/learn/saved-clusterings"),
  ]);
  const from = clustering ? fromRecipe(clustering.asked) : before_ ? fromRecipe(before_.asked) : PLAIN;
  const usable = shelf.filter((f) => !f.encodes_label && f.usable_at.includes(from.grain));
  const kept = query.has("inputs") || query.has("algorithm");
  const wanted = query.has("inputs") ? query.getAll("inputs") : ["cluster_distance", ...from.features.split(" ")];
  const chosen = query.has("algorithm") ? query.getAll("algorithm") : ["random-forest"];
  const splits = query.has("splits") ? query.getAll("splits") : SPLITS.map(([name]) => name);
  const shuffled = kept ? query.has("permutations") : from.judged?.permutations >= SHUFFLED;
  const shown = h("div", { id: "shown" });
  const said = h("div", { id: "run", role: "status" });
  const learn = h("button", { id: "learn" });
  const track = steps(0);
  // The name follows the algorithm until somebody gives one.
  let named_by_hand = query.has("model");
  const usual = () => suggested(algorithms, candidates()[0]?.algorithm ?? chosen[0], from.grain);

  const field = (algorithm, parameter) => {
    const { name: own, kind, choices, ends, preset } = parameter;
    const name = `set:${algorithm.name}:${own}`;
    const given = query.get(name) ?? (preset && !kept ? preset.value : "");
    const value = given === parameter.default ? "" : given;
    if (["word", "flag"].includes(kind)) {
      return h("select", { name }, h("option", { value: "", selected: value === "" }, preset ? parameter.default : `${parameter.default} (default)`),
        choices.filter((word) => word !== parameter.default).map((word) => h("option", { value: word, selected: word === value }, word)));
    }
    const shown = { name, value, placeholder: parameter.default, title: parameter.may_be };
    if (kind === "word-or-count") {
      const list = `words-${algorithm.name}-${own}`;
      return [h("input", { ...shown, size: 10, list, pattern: `${choices.join("|")}|[1-9][0-9]*` }),
        h("datalist", { id: list }, choices.map((word) => h("option", { value: word })))];
    }
    return h("input", { ...shown, type: "number", min: ends[0], max: ends[1], step: kind === "count" ? 1 : "any" });
  };
  const parameters = (one) => one.parameters.map((parameter) =>
    h("label", { class: "parameter" }, h("span", {}, h("code", {}, parameter.name), " ", field(one, parameter)),
      h("small", {}, prose(parameter.doc),
        parameter.preset ? prose(`. Here \`${parameter.preset.value}\` unless you choose otherwise: ${parameter.preset.why} (\`${parameter.default}\`)`) : "")));
  const one = (algorithm) => {
    const own = h("details", { class: "set", open: [...query.keys()].some((name) => name.startsWith(`set:${algorithm.name}:`)) },
      h("summary", {}, "Settings: what stands there is fine to begin with"), h("div", { class: "fields" }, parameters(algorithm)));
    const box = h("input", { type: "checkbox", name: "algorithm", value: algorithm.name, checked: chosen.includes(algorithm.name),
      change: () => turn() });
    // What is not seen is neither sent nor checked.
    const turn = () => {
      own.hidden = !box.checked;
      for (const one of own.querySelectorAll("input, select")) one.disabled = own.hidden;
    };
    turn();
    return h("div", { class: "algorithm" }, h("label", {}, box, " ", h("b", {}, algorithm.name), " ", h("small", {}, prose(algorithm.doc))), own);
  };
  const candidates = () => {
    const data = new FormData(form);
    return data.getAll("algorithm").map((algorithm) => {
      const settings = [...data].filter(([name, value]) => name.startsWith(`set:${algorithm}:`) && value !== "")
        .map(([name, value]) => [name.split(":")[2], typed(value)]);
      return { algorithm, settings: Object.fromEntries(settings) };
    });
  };
  // The recipe, and with it the experiment and the model, says from which clustering it was made.
  const origin = (data) => (saved.some((one) => one.name === id) && data.getAll("inputs").some((name) => name === "cluster" || name === "cluster_distance")
    ? `, clusters defined as in ${id}` : "");
  const text = () => {
    const data = new FormData(form);
    const [first] = candidates();
    const judged = { ...from.judged, permutations: data.has("permutations") ? Math.max(SHUFFLED, from.judged?.permutations ?? 0) : 0 };
    return recipe({ ...from, judged, threat: data.get("threat"), inputs: data.getAll("inputs").join(" "), settings: first?.settings,
      algorithm: first?.algorithm, splits: data.getAll("splits").join(" "), model: several() ? "" : data.get("model") ?? "",
      name: data.get("model") || usual(), title: `${first?.algorithm ?? "nothing"} over ${from.grain}s${origin(data)}` });
  };
  const several = () => candidates().length > 1;
  const label = ({ algorithm, settings }) => {
    const set = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
    return set.length ? `${algorithm}:${set.join(",")}` : algorithm;
  };
  const tell = teller(said);
  const show = () => {
    const all = candidates();
    if (!named_by_hand) save.set(usual());
    learn.textContent = all.length > 1 ? `Compare ${all.length} algorithms` : at_once.checked ? "Fit, judge and save" : "Fit and judge";
    learn.disabled = all.length === 0;
    one_model.hidden = all.length > 1;
    of_several.hidden = all.length < 2;
    const file = `${save.field.value || usual()}.toml`;
    const command = all.length > 1
      ? `botany learn compare --data ${quoted(about.data)} ${file}${all.map((c) => ` --algorithm ${quoted(label(c))}`).join("")}`
      : `botany run --data ${quoted(about.data)} ${file}`;
    shown.replaceChildren(repeat("The recipe", text()), repeat("The command line", command));
  };
  const remember = () => {
    const asked = new URLSearchParams(id ? { clustering: id } : experiment ? { of_experiment: experiment } : comparison ? { of_comparison: comparison } : {});
    const on = (name) => new FormData(form).getAll("algorithm").includes(name.split(":")[1]);
    for (const [name, value] of new FormData(form)) {
      if (name === "save" ? value === "now" : name === "model" ? named_by_hand : value !== "" && (!name.startsWith("set:") || on(name))) asked.append(name, value);
    }
    readdress(`${location.pathname}?${asked}`);
  };
  const at_once = h("input", { type: "radio", name: "save", value: "now", checked: query.get("save") === "now" });
  const save = saving({ name: query.get("model") ?? suggested(algorithms, chosen[0], from.grain),
    changed: () => { named_by_hand = true; }, active: () => at_once.checked });
  const one_model = h("div", {}, h("div", { class: "fields" },
    h("label", {}, h("input", { type: "radio", name: "save", value: "later", checked: query.get("save") !== "now" }),
      " after I have seen the result: in step 4, Operationalise"),
    h("label", {}, at_once, " at once, before I have seen it"), save.label), save.said);
  const of_several = h("p", {}, "A comparison saves nothing but the leaderboard: the algorithm to keep is chosen there.");
  const form = h("form", { change: (event) => {
    if (event.target.name === "save") save.refresh();
    remember();
    show();
  }, submit: async (event) => {
    event.preventDefault();
    const all = candidates();
    track.to(1);
    try {
      const { job } = all.length > 1
        ? await post("/learn/comparisons", { text: text(), candidates: all }) : await post("/learn/runs", { text: text() });
      const done = await ended(job, tell);
      if (!said.isConnected) return;
      if (done.state === "done") {
        const href = done.result.comparison ? `/learn/prediction?comparison=${done.result.comparison}`
          : `/validate/${encodeURIComponent(done.result.experiment)}`;
        dispatchEvent(new CustomEvent("go", { detail: { href } }));
        return;
      }
      track.to(0);
      said.scrollIntoView({ block: "center" });
    } catch (error) {
      track.to(0);
      said.replaceChildren(refused(error));
    }
  } },
    h("fieldset", {}, h("legend", {}, "Rows and clusters"),
      before_ ? h("p", { id: "as-before" }, "As in ", experiment ? link(`/validate/${encodeURIComponent(experiment)}`, experiment)
        : link(`/learn/prediction?comparison=${comparison}`, "that comparison"), ": change what you like, and what comes of it is a new one.") : null,
      h("p", {}, clustering ? `${clustering.sample}, in ${clustering.k} clusters (`
        : before_ ? `${from.grain === "flow" ? "Flows" : `What each ${from.grain} did in a day`}${from.filter ? ` where ${from.filter}` : ""}, ${from.k ? `in ${from.k} clusters by ${from.features.split(" ").join(", ")}` : "without clusters"} (`
        : "Those of the article: flows to port 22, in 5 clusters by their packets (",
        link("/learn/clustering", "choose others"), ")."),
      h("p", { class: "soft" }, "What is taken over from a clustering are its choices: rows, features, k and seed. Its centres are found anew in every test, from the rows that are learnt from, so that no test row has a say in them."),
      saved.length ? h("p", {}, "Or those of a clustering that was saved: ", saved.map((one) =>
        h("a", { class: "choice", href: `/learn/prediction?clustering=${one.name}`, "aria-current": one.name === id ? "true" : null,
          title: `${one.found.sample}, in ${one.found.k} clusters` }, one.name))) : null),
    h("fieldset", {}, h("legend", {}, "What is predicted"), h("div", { class: "fields" },
      h("label", {}, "Label 1: its source tried to log in with ", h("select", { name: "threat" }, named(from.rules).map((name) =>
        h("option", { value: name, selected: name === chosenThreat(query.get("threat"), from.threat) }, name))))),
      h("p", { class: "soft" }, "Where it says over SSH, only tries that failed count. Mirai's user names are such as root, admin, ubnt or 888888. Where one is enough, whoever guesses at root is among them, bot or not; the fewer names are asked for, the more sources have label 1.")),
    h("fieldset", {}, h("legend", {}, "From what"), families("inputs", usable, wanted, [CLUSTERS])),
    h("fieldset", {}, h("legend", {}, "Algorithms: choose one, or several to compare them"), algorithms.map(one)),
    h("fieldset", {}, h("legend", {}, "Test split"), h("div", { class: "fields" }, SPLITS.map(([name, what]) =>
      h("label", {}, h("input", { type: "checkbox", name: "splits", value: name, checked: splits.includes(name) }), " ", what))),
      h("label", {}, h("input", { type: "checkbox", name: "permutations", value: SHUFFLED, checked: shuffled }),
        ` and ${SHUFFLED} fits more with shuffled labels: does the model tell more than chance would?`)),
    h("fieldset", {}, h("legend", {}, "Save"), one_model, of_several),
    h("p", {}, learn), said);
  show();
  const running = underway(jobs, "run", "comparison");
  // Begun before this page was loaded: it tells, and leads to what came of it when asked.
  if (running) ended(running.id, tell).catch((error) => said.replaceChildren(note("serious", error.message)));
  const before = compared.slice(0, 4).map((one) =>
    h("li", {}, link(`/learn/prediction?comparison=${one.id}`, `${one.algorithms.join(", ")} on ${one.recipe}, ${short(one.made_at)}`)));
  return [h("h1", {}, "Prediction ", h("small", {}, "which sources tried a bot's user names, told by their flows alone?")), track, form, shown,
    before.length ? h("section", {}, h("h2", {}, "Leaderboards of earlier comparisons"), h("ul", {}, before)) : null];
}
