// What leaves as a list: the forms, what the files of one look like, and how they are had.

import { get } from "../api.js";
import { four } from "../digits.js";
import { bytes, count, h, link, note, prose, quoted, repeat, short, table } from "../dom.js";
import { byRule } from "../rule.js";

const FOLDER = "/etc/suricata/botany";
const ASKED = ["model", "rule", "at", "threshold", "model_only", "folder"];

/** The forms, each leading to what it looks like. */
export const forms = (all) => table("forms of a list for other programs", ["form", "what it is", "holds blocks"],
  all.map(({ name, about, blocks }) => [link(`/watch/lists?form=${encodeURIComponent(name)}`, name), h("span", {}, prose(about)), blocks ? "yes" : "no"]),
  { path: "/lists" });

/** Of which entries the rule speaks, and of which a model. */
function by({ from_rule: rule, from_model: model, from_both: both }) {
  return `${count(rule)} ${rule === 1 ? "is" : "are"} listed by the rule of log-ins alone, ${count(model)} by the model alone, ${count(both)} by both`;
}

/** Which entries a rule misses before they are gone: a score of 31 or less is none to it. */
function fading({ half_life_hours: half, rule_expiry_hours: expiry }) {
  const least = (100 * 31 * 2 ** (expiry / half)) / 127;
  return least >= 100 ? "every entry fades to 31 before it is gone, and alerts no more from then on."
    : `an entry whose probability was below ${(least / 100).toFixed(2)} fades to 31 before it is gone, and alerts no more from then on.`;
}

/** The files of a list, each with its text and the way to have it whole. */
function files(list, asked) {
  const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value));
  // The moment is named, so that what is had is what is seen.
  query.set("at", list.at);
  return list.files.map((file) => {
    const href = `/api/v1/lists/${encodeURIComponent(list.form)}/files/${encodeURIComponent(file.name)}?${query}`;
    return h("section", { class: "leaves" }, h("h3", {}, file.name, " ", h("a", { href, download: file.name }, "download"), " ",
      h("small", {}, bytes(file.bytes))),
    h("pre", { tabindex: 0 }, h("code", {}, file.text || "(nothing)")),
    file.more ? h("p", { class: "soft" }, "The beginning; the download is whole.") : null);
  });
}

export async function page(query) {
  const form = query.get("form") ?? "iprep";
  const asked = Object.fromEntries(ASKED.map((name) => [name, query.get(name) ?? ""]));
  const [about, all, models] = await Promise.all([get("/about"), get("/lists"), get("/models")]);
  // The page shows what was current when the data ended, unless told; the API without a moment says what is current now.
  if (asked.at === "newest") asked.at = "";
  const list = await get(`/lists/${encodeURIComponent(form)}`, { ...asked, at: asked.at || "newest" }).catch((error) => error);
  const failed = list instanceof Error;
  const names = [...new Set(models.map((model) => model.name))];
  const to = (changed) => `/watch/lists?${new URLSearchParams([["form", form],
    ...Object.entries({ ...asked, ...changed }).filter(([, value]) => value)])}`;
  const choose = h("form", { class: "fields", id: "list", submit: (event) => {
    event.preventDefault();
    // The field shows four digits; what was asked for stays exact unless somebody writes another.
    const exact = ([name, value]) => [name, name === "threshold" && value === four(asked.threshold) ? asked.threshold : value];
    const given = [...new FormData(event.target)].map(exact).filter(([, value]) => value !== "");
    dispatchEvent(new CustomEvent("go", { detail: { href: `/watch/lists?${new URLSearchParams(given)}` } }));
  } },
  h("label", {}, "Form ", h("select", { name: "form" }, all.map(({ name, about: what }) =>
    h("option", { value: name, title: what, selected: name === form }, name)))),
  h("label", {}, "Model whose entries are added ", h("select", { name: "model" }, ["", ...new Set([...names, asked.model].filter(Boolean))].map((name) =>
    h("option", { value: name, selected: name === asked.model }, name || "none")))),
  asked.rule ? h("input", { type: "hidden", name: "rule", value: asked.rule }) : null,
  h("label", {}, "From probability (before it fades with time) ", h("input", { name: "threshold", type: "number", min: 0, max: 1, step: "any",
    value: four(asked.threshold), placeholder: failed || list.threshold == null ? "its own" : four(list.threshold) })),
  h("label", {}, h("input", { name: "model_only", type: "checkbox", value: "true", checked: asked.model_only === "true" }),
    " without the threat list"),
  h("label", {}, "As of ", h("input", { name: "at", value: asked.at, placeholder: "the newest event", size: 26, title: "a time in UTC such as 2018-06-18T16:00:00Z, or now" })),
  h("label", {}, "Folder of the files ", h("input", { name: "folder", value: asked.folder, placeholder: FOLDER })),
  h("button", {}, "Show"));
  const parts = [`botany watch list --data ${quoted(about.data)}`, asked.model && quoted(asked.model), `--as ${quoted(form)}`,
    `--out ${quoted(asked.folder || FOLDER)}`, asked.threshold && `--threshold ${quoted(asked.threshold)}`, asked.rule && `--rule ${quoted(asked.rule)}`,
    asked.model_only === "true" && "--model-only", !failed && `--at ${list.at}`];
  // Of old data nothing is current now: what was when the data ended is shown, and said to be.
  const when = failed ? null : asked.at
    ? h("p", {}, asked.at === "now" ? "As of now. " : `As of ${short(list.at)}. `, link(to({ at: "" }), "As of the newest event of the data"))
    : h("p", { id: "when" }, list.data_ends ? (short(list.at) < short(list.data_ends) ? "As of now: the newest event of the data is still to come, so a clock was wrong. "
      : `As of the newest event of the data, ${short(list.data_ends)}: what was current then. The API and the command list what is current now, unless they are given a time. `) : "Nothing was collected yet. ",
      link(to({ at: "now" }), "As of now"));
  const who = failed ? [] : [
    asked.model_only === "true" ? null : byRule(list.rule, "Sources are listed by"),
    asked.model && !asked.rule ? h("p", { class: "soft", id: "whose" }, "A model brings its own rule of log-ins along, which may list other sources than the default one. ",
      link(to({ rule: "usual" }), "By the default rule instead")) : null,
    list.threshold == null ? null : h("p", { id: "from" }, `${asked.model} lists from probability ${four(list.threshold)}`
      + `${asked.threshold ? ", as asked for here" : ", the model's own threshold"}. `, link(`/watch/${encodeURIComponent(asked.model)}`, "The model")),
  ];
  return [
    h("p", {}, link("/watch", "Watch"), " › lists"),
    h("h1", {}, "Lists ", h("small", {}, "what other programs are told")),
    choose,
    note("soft", "A listed source tried a botnet's names, or a model says that it behaves like those that did. That is no proof."),
    ...(failed ? [note("serious", list.message)] : [
      when, ...who,
      h("p", { id: "said" }, `${list.about}. ${count(list.entries)} entries; not listed: ${count(list.stale)} stale${asked.model ? " (each counted once, whether the rule, the model or both name it)" : ""}, `
        + `${count(list.later)} not yet seen then, ${count(list.never)} never to be listed, ${count(list.left_out)} blocks this form cannot hold.`),
      list.entries ? h("p", { id: "by" }, `Of ${count(list.entries + list.left_out)} addresses and blocks ${by(list)}. The forms csv and stix say it of each entry, and so does the page of an address. `,
      h("b", {}, "List score"), `: 127 times an entry's probability (of a listed source, what chance leaves of its threat score), from 1 to 127. It halves with every ${list.half_life_hours} hours since the entry was last seen,`
        + ` and after ${list.rule_expiry_hours} hours the entry is stale and gone. The rules that come with iprep and datarep alert on a list score above 31,`
        + ` which is a quarter of the surest: ${fading(list)} It is another number than the threat score, in bits, of the threat list.`) : null,
      list.note ? note("soft", list.note) : null,
      ...files(list, asked),
      repeat("The command line", parts.filter(Boolean).join(" ")),
    ]),
  ];
}
