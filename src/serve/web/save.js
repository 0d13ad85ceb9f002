// Saving, in the same words wherever something is saved: what it will be is said before, what it is now after.

import { get } from "./api.js";
import { h, prose } from "./dom.js";

/** The name of a model nobody has named, as the API's algorithms say. */
export const suggested = (algorithms, name, grain) => algorithms.find((one) => one.name === name)?.saved_as[grain] ?? "";

/**
 * The field for the name, and what will be saved under it. `experiment` is the one whose model is saved; without it a
 * new one is made. An empty name saves no model, nor does any while `active` says no.
 */
export function saving({ name, experiment = null, changed = () => {}, active = () => true }) {
  const told = h("p", { class: "will", role: "status" });
  const sure = h("input", { type: "checkbox", name: "sure", value: "yes" });
  const ask = h("p", { id: "ask", hidden: true });
  const said = h("div", {}, told, ask);
  let asked = 0;
  let question = "";
  const tell = async () => {
    const mine = ++asked;
    field.disabled = !active();
    // What is no name is not asked about.
    if (!field.validity.valid) {
      told.replaceChildren(`That is no name of a model: ${field.title}.`);
      agree(null);
      return;
    }
    const query = experiment ? { model: field.value, experiment } : { model: active() ? field.value : "" };
    // An empty name is asked about as well.
    const path = `/learn/saving?${new URLSearchParams(query)}`;
    const found = await get(path).catch((error) => ({ said: error.message }));
    if (mine !== asked) return;
    told.replaceChildren(...prose(found.said));
    agree(found);
  };
  /** A name that is used already is asked about: another version of it, or another name. */
  const agree = (found) => {
    const used = found?.next != null && field.value !== "";
    const of = used ? `${found.model} ${found.next}` : "";
    // What was answered is not asked again: leaving the field asks anew.
    if (of === question) return;
    question = of;
    ask.hidden = !used;
    [sure.required, sure.checked] = [used, false];
    if (!used) return;
    ask.replaceChildren(h("label", {}, sure, ` There is a model ${found.model} already: save a new version of it, v${String(found.next).padStart(4, "0")}, in force at once`), " ",
      h("button", { type: "button", class: "copy", click: () => {
        field.value = found.free;
        named();
      } }, `or call it ${found.free}`));
  };
  const named = () => {
    changed();
    tell();
  };
  const field = h("input", { name: "model", id: "model", pattern: "[A-Za-z0-9_\\-]{1,64}", size: 28, value: name, spellcheck: "false",
    autocomplete: "off", required: Boolean(experiment), title: `letters, digits, hyphens and underscores, at most 64${experiment ? "" : "; empty: no model is saved"}`,
    "aria-describedby": "will", input: named, change: named });
  told.id = "will";
  tell();
  return { refresh: tell, label: h("label", {}, "Save the model as ", field), said, field, set: (value) => {
    if (field.value === value) return;
    field.value = value;
    tell();
  } };
}

/** What was saved. */
export const saved = (said) => h("p", { class: "saved" }, prose(said.replace(/^saved/, "Saved")));
