// Features to choose from, by family, as the API lists them.

import { h, prose } from "../dom.js";

/** Boxes named `name` for each feature, those `wanted` checked; `more` are families beside those of the shelf. */
export function families(name, features, wanted, more = []) {
  const all = new Map(more.map((family) => [family.name, family]));
  for (const feature of features) {
    if (!all.has(feature.family)) all.set(feature.family, { name: feature.family, doc: feature.family_doc, features: [] });
    all.get(feature.family).features.push(feature);
  }
  return [...all.values()].map((family) => {
    const chosen = family.features.filter((feature) => wanted.includes(feature.name)).length;
    const said = h("span", { class: "soft" });
    const tell = (number) => { said.textContent = number ? ` ${number} chosen` : ""; };
    tell(chosen);
    const box = h("details", { open: chosen > 0, class: "family", change: () => tell(box.querySelectorAll(":checked").length) },
      h("summary", {}, h("b", {}, family.name), ": ", prose(family.doc), said),
      h("div", { class: "checks" }, family.features.map((feature) =>
        h("label", {}, h("input", { type: "checkbox", name, value: feature.name, checked: wanted.includes(feature.name) }),
          " ", h("span", {}, h("b", {}, feature.name), " ",
            h("small", {}, prose(feature.unit ? `${feature.doc} [${feature.unit}]` : feature.doc)))))));
    return box;
  });
}
