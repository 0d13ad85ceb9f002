// Logs in, and what became of their lines.

import { ended, get, post, put } from "../api.js";
import { bytes, count, h, link, note, quoted, repeat, table, timeline } from "../dom.js";

export const title = "Collect";

export async function page() {
  const [about, all, hours, rejects] = await Promise.all([
    get("/about"), get("/collect"), get("/collect/hours"), get("/collect/rejects"),
  ]);
  const sum = (counts) => Object.values(counts).reduce((a, b) => a + b, 0);
  const each = (counts) => Object.entries(counts).sort((a, b) => b[1] - a[1])
    .map(([name, number]) => `${count(number)} ${name}`).join(", ");
  const said = h("p", { id: "said", role: "status" });

  const follow = async (begun) => {
    const job = await ended(begun.job, (now) => {
      said.textContent = `${now.state}: ${bytes(now.bytes)} read`;
    });
    if (job.state !== "done") throw new Error(`${job.title}: ${job.state}: ${job.error ?? ""}`);
  };
  const all_done = () => {
    if (said.isConnected) dispatchEvent(new CustomEvent("go", { detail: { href: "/collect", replace: true } }));
  };
  const tried = (work) => async (event) => {
    event.preventDefault();
    await work(event).catch((error) => { said.textContent = error.message; });
  };
  const files = h("input", { type: "file", multiple: true, id: "files" });
  const year = h("input", { type: "number", min: 1970, max: 2100, placeholder: "inferred" });
  const upload = h("form", { class: "fields", submit: tried(async () => {
    for (const file of files.files) {
      said.textContent = `sending ${file.name}`;
      const name = file.name.replaceAll(/[^A-Za-z0-9._-]/g, "_").replace(/^\.+/, "");
      const query = year.value ? `?year=${year.value}` : "";
      await follow(await put(`/collect/uploads/${encodeURIComponent(name || "log")}${query}`, file));
    }
    all_done();
  }) }, h("label", {}, "Send logs ", files), h("label", {}, "year, if the stamps name none ", year),
    h("button", {}, "Collect"));
  const path = h("input", { name: "path", size: 40, placeholder: `${about.logs[0] ?? "/var/log/suricata"}/*` });
  const point = h("form", { class: "fields", submit: tried(async () => {
    await follow(await post("/collect", { paths: [path.value] }));
    all_done();
  }) }, h("label", {}, "Files on the server ", path), h("button", {}, "Collect"));

  return [
    h("h1", {}, "Collect ", h("small", {}, "where do the logs come from?")),
    h("p", {}, `${count(all.lines)} lines = ${count(sum(all.stored))} stored + ${count(sum(all.counted))} not stored + ` +
      `${count(all.rejected)} rejected, in ${about.data}.`),
    about.temporary ? note("soft", `${about.data} goes with this server: commands on these pages that name it work as long as the server runs.`
      + " Without `--demo` a directory of your own stays.") : null,
    all.reconciles ? null : note("serious", "The lines do not add up; please report this."),
    all.lines ? h("p", {}, "Next: ", link("/enrich", "who knocked"), ", ", link("/learn/clustering", "which flows resemble each other"),
      ", ", link("/learn/prediction", "what can be predicted"), ".") : null,
    h("section", {}, h("h2", {}, "Read logs"),
      upload,
      about.logs.length ? point : note("soft", "To collect files that lie on the server, begin it with --logs FOLDER."),
      said,
      note("soft", "A year is asked for because the stamps of syslog name none."),
      repeat("The same on the command line", `botany collect --data ${quoted(about.data)} PATH…`)),
    h("section", {}, h("h2", {}, "When"), timeline(`events an hour${hours.more ? ", the newest" : ""}`, hours.rows)),
    h("section", {}, h("h2", {}, "What became of the lines"),
      note("soft", "Size: of what was read, unpacked. Stored: rows of a table. Not stored: understood, but of a kind that is not kept; such as a line of the \"same name told before\", which would be"
        + " an attempt counted twice. Rejected: no reader understood it."),
      table("what was read", ["file", "collected", { name: "size", doc: "of what was read, unpacked" }, "lines", "stored", "not stored", "rejected"],
        all.files.map((file) => [file.file, file.collected_at, bytes(file.bytes).replace(" ", "\u00a0"), file.lines,
          each(file.stored), each(file.counted), file.rejected]), { path: "/collect", of: "files" })),
    h("section", {}, h("h2", {}, "Rejected"),
      rejects.rows.length
        ? table(`lines nobody could read${rejects.more ? ", the first 500" : ""}`, rejects.columns, rejects.rows,
          { sql: "SELECT file, line, source, reason, text FROM reject ORDER BY file, line" })
        : h("p", { class: "soft" }, "Every line was read.")),
  ];
}
