// Questions in SQL, which change nothing.

import { get, post } from "../api.js";
import { count, h, link, note, prose, quoted, repeat, table } from "../dom.js";
import { readdress } from "../place.js";
import { addressBy } from "../rule.js";

export const title = "SQL";

const FIRST = "SELECT src_ip, count(*) AS flows FROM flow\nWHERE dest_port = 22 GROUP BY 1 ORDER BY 2 DESC LIMIT 20";

/** The questions this browser has kept: name and text. */
const KEPT = "botany-questions";
const kept = () => JSON.parse(localStorage.getItem(KEPT) ?? "{}");

/** Columns of addresses, whose pages are a step away. */
const ADDRESSES = ["src_ip", "dest_ip", "address"];
const ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:.]+)$/i;
const linked = ({ columns, rows }) => rows.map((row) =>
  row.map((cell, at) => (ADDRESSES.includes(columns[at]) && ADDRESS.test(cell) ? link(addressBy(cell), cell) : cell)));

export async function page(rest, query) {
  const [about, tables] = await Promise.all([get("/about"), get("/tables")]);
  const question = h("textarea", { rows: 6, spellcheck: "false", id: "question", "aria-label": "the question" });
  question.value = query.get("q") ?? FIRST;
  const answer = h("div", { id: "answer", role: "status" });

  const ask = async () => {
    answer.replaceChildren(note("soft", "asking…"));
    const sql = question.value;
    try {
      const found = await post("/sql", { sql });
      answer.replaceChildren(
        h("p", {}, `${found.more ? `The first ${count(found.rows.length)} rows; there are more, which the files hold, a million at most` : `${count(found.rows.length)} ${found.rows.length === 1 ? "row" : "rows"}`}; ${found.seconds.toFixed(2)} s`),
        table("the answer", found.columns, linked(found), { sql }),
        repeat("The command line", `botany sql --data ${quoted(about.data)} ${quoted(sql)}`));
    } catch (error) {
      answer.replaceChildren(note("serious", error.message));
    }
  };
  const form = h("form", { submit: (event) => {
    event.preventDefault();
    readdress(`/sql?${new URLSearchParams({ q: question.value })}`);
    ask();
  } }, question, h("p", {}, h("button", { id: "ask" }, "Ask"), " ", h("button", { type: "button", class: "copy",
    click: () => keep() }, "Keep as…"), h("span", { class: "soft" }, " Ctrl-Enter asks")));
  question.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  const saved = h("p", {});
  const list = () => saved.replaceChildren(...Object.entries(kept()).map(([name, sql]) =>
    h("a", { class: "choice", href: `/sql?${new URLSearchParams({ q: sql })}` }, name)));
  const keep = () => {
    const name = prompt("A name for the question; nothing in the box above forgets it");
    if (!name) return;
    const all = kept();
    if (question.value.trim()) all[name] = question.value;
    else delete all[name];
    localStorage.setItem(KEPT, JSON.stringify(all));
    list();
  };
  list();
  if (query.get("q")) ask();
  return [
    h("h1", {}, "SQL ", h("small", {}, "read-only")),
    saved, form, answer,
    h("section", {}, h("h2", {}, "Tables"), tables.map((one) =>
      h("details", {}, h("summary", {}, h("b", {}, one.name), prose(`: ${one.doc}`)),
        table(`columns of ${one.name}`, ["column", "type", "unit", "what"],
          one.columns.map((column) => [column.name, column.kind, column.unit, h("span", {}, prose(column.doc))]),
          { path: "/tables", of: "columns" })))),
  ];
}
