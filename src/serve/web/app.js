// Which room is shown: every state has an address.

import { get } from "./api.js";
import { boxes } from "./boxes.js";
import { h, link, note } from "./dom.js";
import { arrived, left } from "./place.js";
import { explain } from "./words.js";
import * as collect from "./rooms/collect.js";
import * as enrich from "./rooms/enrich.js";
import * as learn from "./rooms/learn.js";
import * as validate from "./rooms/validate.js";
import * as watch from "./rooms/watch.js";
import * as sql from "./rooms/sql.js";
import * as words from "./rooms/words.js";

/** How deep each room goes: what lies below is no page. */
const DEEP = { collect: 0, enrich: 2, learn: 2, validate: 1, watch: 2, sql: 0, words: 0 };
const rooms = { collect, enrich, learn, validate, watch, sql, words };
const view = document.getElementById("view");
let shown = 0;

/** Goes to an address of ours without loading everything anew. */
export function go(href, replace = false) {
  history[replace ? "replaceState" : "pushState"](null, "", href);
  show();
  if (replace) return;
  view.focus({ preventScroll: true });
  scrollTo(0, 0);
}

async function show() {
  const mine = ++shown;
  arrived();
  let parts = [""];
  try {
    parts = location.pathname.split("/").filter(Boolean).map(decodeURIComponent);
  } catch {
    // No text: the empty name is no room.
  }
  const [name, ...rest] = parts;
  const known = Object.hasOwn(rooms, name ?? "collect") && rest.length <= DEEP[name ?? "collect"];
  const room = known ? rooms[name ?? "collect"] : null;
  for (const entry of document.querySelectorAll("nav a")) {
    const here = entry.getAttribute("href") === `/${name ?? "collect"}`;
    if (here) entry.setAttribute("aria-current", "page");
    else entry.removeAttribute("aria-current");
  }
  if (!room) {
    document.title = "No such page · Botany";
    view.replaceChildren(h("h1", {}, "No such page"), note("serious", `There is no page ${location.pathname}.`),
      h("p", {}, link("/", "Home"), ": the first room, Collect. The others are named above."));
    view.removeAttribute("aria-busy");
    return;
  }
  document.title = `${room.title} · Botany`;
  // What is still shown stays until there is something to show in its place.
  view.setAttribute("aria-busy", "true");
  setTimeout(() => {
    if (mine === shown && !view.hasChildNodes()) view.append(h("p", { class: "soft" }, "Loading…"));
  }, 300);
  try {
    const page = (await room.page(rest, new URLSearchParams(location.search))).filter(Boolean);
    if (mine === shown) view.replaceChildren(...page);
  } catch (error) {
    if (mine === shown) {
      view.replaceChildren(h("h1", {}, room.title), note("serious", error.message),
        h("p", {}, link(`/${name ?? "collect"}`, `Back to ${room.title}`), " · ", link("/", "Home")));
    }
  }
  if (mine === shown) view.removeAttribute("aria-busy");
}

async function jobs() {
  const open = (await get("/jobs").catch(() => [])).filter((job) => ["waiting", "running"].includes(job.state));
  const text = open.map((job) => `${job.title}: ${job.steps.at(-1)?.what ?? job.state}`).join(", ");
  document.getElementById("jobs").textContent = text;
  setTimeout(jobs, open.length ? 1000 : 5000);
}

document.addEventListener("click", (event) => {
  const anchor = event.target.closest?.("a[href^='/']");
  if (!anchor || anchor.target || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  if (anchor.getAttribute("href").startsWith("/api/")) return;
  event.preventDefault();
  go(anchor.getAttribute("href"));
});
// Another place of the same page is gone to without making it anew.
addEventListener("popstate", () => {
  if (left()) show();
  else arrived();
});
addEventListener("go", (event) => go(event.detail.href, event.detail.replace));
show();
jobs();
boxes(view);
explain(view).catch(() => {});
