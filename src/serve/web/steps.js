// The steps of an assistant: which are done, where one is, what comes next.

import { h } from "./dom.js";

const STEPS = [["Define", "which rows, which features"], ["Learn", "the machine computes"], ["Review", "what came of it"],
  ["Operationalise", "save it, use it"]];

/** The steps with the one that is being taken; `hrefs` lead to those that can be gone to. */
export function steps(at, hrefs = []) {
  const list = h("ol", { class: "steps" });
  const step = ([name, what], i, now) => {
    const state = i < now ? "done" : i === now ? "current" : "next";
    const text = [h("b", {}, name), h("small", {}, i === now ? `${what}: you are here` : what)];
    return h("li", { class: state, "aria-current": i === now ? "step" : null },
      h("span", { class: "mark", "aria-hidden": "true" }, i < now ? "✓" : String(i + 1)),
      hrefs[i] && i !== now ? h("a", { href: hrefs[i], "aria-label": `${name}: ${i < now ? "back to it" : "go on to it"}` }, text)
        : h("span", { class: "step" }, text));
  };
  list.to = (now, to = hrefs) => {
    hrefs = to;
    list.setAttribute("aria-label", `step ${now + 1} of ${STEPS.length}`);
    list.replaceChildren(...STEPS.map((one, i) => step(one, i, now)));
  };
  list.to(at);
  return list;
}
