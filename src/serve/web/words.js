// Words are explained where a page first uses them: to point at, or to reach with the keyboard.

import { get } from "./api.js";
import { h, prose } from "./dom.js";

/** Where a word is prose of ours. */
const WHERE = "h1, h2, h3, p, li, legend, label, th, td.prose, dt, dd.prose, figcaption, summary, caption";
/** What is a name, a value or something to press, and no prose. */
const NOT = "a, button, code, pre, option, select, textarea, td:not(.prose), dd:not(.prose), svg, .term, .plain, [role=alert]";

const box = h("div", { id: "meaning", role: "tooltip", popover: "manual" });
const words = new Map();
let pattern = null;
const marked = new Map();

/** Every form leads to its word; the longest form is looked for first. */
async function learn() {
  for (const word of await get("/words")) {
    for (const form of [word.word, ...word.forms]) words.set(form.toLowerCase(), word);
  }
  const forms = [...words.keys()].sort((a, b) => b.length - a.length).map((form) => form.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"));
  pattern = new RegExp(`(?<![\\w-])(?:${forms.join("|")})(?![\\w-])`, "gi");
}

const mark = (word, text) => h("dfn", { class: "term", tabindex: 0, role: "button", "aria-description": word.says,
  "data-word": word.word }, text);

/** Marks the first use of each word in a text. */
function within(node) {
  const text = node.data;
  const parts = [];
  const here = new Set();
  let at = 0;
  for (const found of text.matchAll(pattern)) {
    const word = words.get(found[0].toLowerCase());
    if (here.has(word) || marked.get(word.word)?.isConnected) continue;
    here.add(word);
    const element = mark(word, found[0]);
    marked.set(word.word, element);
    parts.push(text.slice(at, found.index), element);
    at = found.index + found[0].length;
  }
  if (parts.length) node.replaceWith(...parts, text.slice(at));
}

function look(view) {
  if (!pattern) return;
  const walker = document.createTreeWalker(view, NodeFilter.SHOW_TEXT, (node) =>
    (node.parentElement.closest(WHERE) && !node.parentElement.closest(NOT) ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_REJECT));
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  // Marks count once they are on the page, so a text is done before the next one is looked at.
  texts.forEach(within);
}

function show(element) {
  const word = words.get(element.dataset.word.toLowerCase());
  box.replaceChildren(h("b", {}, word.word), " ", ...prose(word.says));
  box.showPopover();
  const { left, bottom, top } = element.getBoundingClientRect();
  const { width, height } = box.getBoundingClientRect();
  box.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  box.style.top = `${bottom + height + 12 > innerHeight ? Math.max(8, top - height - 6) : bottom + 6}px`;
}

const hide = () => { if (box.matches(":popover-open")) box.hidePopover(); };
const of = (event) => event.target.closest?.(".term");

/** Explains words in `view`, also in what comes into it later. */
export async function explain(view) {
  document.body.append(box);
  document.addEventListener("focusin", (event) => { if (of(event)) show(of(event)); });
  // A word that comes to lie below a pointer at rest was not pointed at.
  let pointed = null;
  document.addEventListener("mousemove", (event) => {
    if (!of(event) || of(event) === pointed || !(event.movementX || event.movementY)) return;
    pointed = of(event);
    show(pointed);
  });
  document.addEventListener("mouseout", () => { pointed = null; });
  for (const kind of ["mouseout", "focusout"]) document.addEventListener(kind, (event) => { if (of(event)) hide(); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
    else if (of(event) && ["Enter", " "].includes(event.key)) {
      event.preventDefault();
      if (box.matches(":popover-open")) hide();
      else show(of(event));
    }
  });
  // A word in the name of a box, or of what unfolds, is asked about and not pressed.
  document.addEventListener("click", (event) => {
    if (!of(event)) return;
    event.preventDefault();
    show(of(event));
  }, true);
  // What is focused stays explained where it goes; what was pointed at is no longer below the pointer.
  addEventListener("scroll", () => {
    if (!box.matches(":popover-open")) return;
    const focused = document.activeElement;
    if (focused?.matches(".term")) show(focused);
    else hide();
  }, { passive: true });
  await learn();
  look(view);
  new MutationObserver(() => look(view)).observe(view, { childList: true, subtree: true });
}
