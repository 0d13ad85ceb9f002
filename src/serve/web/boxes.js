// Boxes that hold more than they show say how much, and show all of it if asked to.

import { count, h } from "./dom.js";

/** Pixels a row may stick out without being cut. */
const SLACK = 4;

/** What stands at the foot of a box, as long as it holds more than it shows. */
function foot(box) {
  const [said, all] = [h("span", {}, " "), h("button", { type: "button", class: "copy", click: () => {
    box.classList.toggle("whole");
    tell();
  } }, "Show all")];
  const line = h("div", { class: "foot", hidden: true }, said, " ", all);
  box.append(line);
  function tell() {
    const whole = box.classList.contains("whole");
    line.hidden = !whole && box.scrollHeight - line.offsetHeight <= box.clientHeight + SLACK;
    if (line.hidden) return;
    const rows = box.querySelectorAll("tbody tr");
    const { top, bottom } = box.getBoundingClientRect();
    const low = bottom - line.offsetHeight + SLACK;
    const head = box.querySelector("thead")?.offsetHeight ?? 0;
    // Rows stand below each other: what is in sight is one stretch.
    const first = [...rows].findIndex((row) => row.getBoundingClientRect().top >= top + head - SLACK);
    const beyond = [...rows].findIndex((row) => row.getBoundingClientRect().bottom > low);
    const last = beyond < 0 ? rows.length : beyond;
    const seen = first < 0 || last <= first ? "" : `Rows ${count(first + 1)} to ${count(last)} of ${count(rows.length)} in sight`;
    // The text changes and no element does: words are not looked for anew.
    said.firstChild.data = whole ? `All ${count(rows.length)} rows in sight` : seen || `${count(rows.length)} rows`;
    all.firstChild.data = whole ? "Show fewer" : "Show all";
  }
  box.addEventListener("scroll", tell, { passive: true });
  const sizes = new ResizeObserver(tell);
  sizes.observe(box);
  sizes.observe(box.querySelector("table"));
}

/** Says so in `view`, also of boxes that come into it later. */
export function boxes(view) {
  const look = () => {
    for (const box of view.querySelectorAll(".scroll:not(:has(> .foot))")) if (!box.classList.contains("whole") && box.querySelector("table")) foot(box);
  };
  look();
  new MutationObserver(look).observe(view, { childList: true, subtree: true });
}
