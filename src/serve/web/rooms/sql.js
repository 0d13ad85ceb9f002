// Questions in SQL, which change nothing.

import { get, post } from "../api.js";
import { count, h, note, repeat, table } from "../dom.js";

export const title = "SQL";

const FIRST = "SELECT src_ip, count(*) AS flows FROM flow\nWHERE dest_port = 22 GROUP BY 1 ORDER BY 2 DESC LIMIT 20";

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
      const file = (form) => h("a", { href: `/api/v1/sql/download?${new URLSearchParams({ sql, form })}`,
        target: "_blank" }, form.toUpperCase());
      answer.replaceChildren(
        h("p", {}, `${count(found.rows.length)} rows${found.more ? " and more" : ""} in ${found.seconds.toFixed(2)} s · download `,
          file("csv"), " ", file("json")),
        table("the answer", found.columns, found.rows),
        repeat("The command line", `botany sql --data ${about.data} "${sql.replaceAll('"', '\\"')}"`));
    } catch (error) {
      answer.replaceChildren(note("serious", error.message));
    }
  };
  const form = h("form", { submit: (event) => {
    event.preventDefault();
    history.replaceState(null, "", `/sql?${new URLSearchParams({ q: question.value })}`);
    ask();
  } }, question, h("p", {}, h("button", { id: "ask" }, "Ask")));
  if (query.get("q")) ask();
  return [
    h("h1", {}, "SQL ", h("small", {}, "read-only")),
    form, answer,
    h("section", {}, h("h2", {}, "Tables"), tables.map((one) =>
      h("details", {}, h("summary", {}, h("b", {}, one.name), `: ${one.doc}`),
        table(`columns of ${one.name}`, ["column", "type", "unit", "what"],
          one.columns.map((column) => [column.name, column.kind, column.unit, column.doc]))))),
  ];
}
