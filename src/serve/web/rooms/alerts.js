// What live scoring told, as it comes.

import { get } from "../api.js";
import { four } from "../digits.js";
import { command, count, h, link, note, quoted, repeat, short_number, table } from "../dom.js";
import { addressBy, blockBy } from "../rule.js";

/** Milliseconds between two looks at the journal, while somebody looks at the page. */
const EVERY = 2000;

/** The command that begins to watch, for each model there is; its threshold is its own. */
export function begin(models, about) {
  const current = models.filter((model) => model.current);
  const chosen = h("div", { id: "begin" });
  const show = (model) => chosen.replaceChildren(
    command(`botany watch ${quoted(model.name)} --follow /var/log/suricata/eve.json --data ${quoted(about.data)}`),
    h("p", { class: "soft" }, `It alerts from probability ${four(model.threshold)}, the threshold kept with the model`,
      ` (${model.name} v${String(model.version).padStart(4, "0")}, in force); --threshold overrides it for that run. It begins with the first line of the file: --from-end leaves out what stands there already.`));
  if (!current.length) return [note("soft", "No model is in force yet, and watching needs one."), h("p", {}, link("/learn/prediction", "Learn one and save it"))];
  show(current[0]);
  return [current.length > 1 ? h("label", {}, "Model ", h("select", { change: (event) =>
    show(current.find((model) => model.name === event.target.value)) }, current.map((model) => h("option", { value: model.name }, model.name)))) : null, chosen];
}

/** The journals, each leading to its alerts; or which command begins one. */
export const journals = (all, about, models) => (all.length
  ? [table("journals of alerts", ["model", "alerts", "bytes", "last written", { name: "last alert's event", doc: "the time of the event itself: old logs give old ones" }], all.map((one) => [
    link(`/watch/alerts/${encodeURIComponent(one.model)}`, one.model), one.lines ?? "very many", one.bytes, one.written, one.last ?? ""]),
  { path: "/alerts" })]
  : [note("soft", "No alerts yet. This command begins to watch; its alerts are then shown here as they come."), ...begin(models, about)]);

/** Marks of writing direction turn around what stands beside them: they are shown as the journal has them. */
const plain = (text) => String(text).replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
  (mark) => `\\u${mark.charCodeAt(0).toString(16)}`);

/** A number may have been none: then it is a word. */
const told = (value) => (typeof value === "number" ? count(value) : plain(value));

/** How one feature moved the probability, in words. */
function moved({ feature: name, value, contribution }) {
  const feature = plain(name);
  if (typeof contribution !== "number") return `${feature} ${told(value)}`;
  const by = Math.abs(contribution) < 0.005 ? "less than 0.01" : short_number(Math.abs(contribution));
  return `${feature} ${told(value)} ${contribution < 0 ? "lowers" : "raises"} it by ${by}`;
}

const end = (ip, port) => (ip ? `${plain(ip)}${port == null ? "" : ` port\u00a0${port}`}` : "");

/** From where a model begins, and how what moved it is to be read. */
function origin({ name, version, class_counts: [without, having], pipeline }) {
  const share = having / Math.max(1, without + having);
  const alike = pipeline.settings.class_weight === "balanced";
  return h("p", { id: "moved" }, h("b", {}, "What moved it"), `: of the ${count(without + having)} rows ${name} v${String(version).padStart(4, "0")} learnt from, ${count(having)} are of label 1 (${count(Math.round(1000 * share) / 10)} %)`
    + `${alike ? ", and both labels were made to count alike" : ""}. Knowing nothing of a row it would say about ${alike ? "0.5" : four(share)}, the base rate; from there all features together lead to the probability.`
    + " \"Raises it by 0.20\": with this one feature at its usual value (the median, or the most frequent word, of those rows) and all others as they are, the probability would be 0.20 less."
    + " Features that say the same stand in for each other, so the amounts do not add up, and may be small, or none be named at all, where no feature by itself decides.");
}

/** Whom an alert is about, with the way to its page. */
function source({ src_ip: ip, src_port: port, botany }, known) {
  // The rule of the version that alerted; one that is not in the registry any more has none to ask by.
  const of = known.filter((model) => model.name === botany.model);
  const own = of.some((model) => model.version === botany.version) ? `@v${String(botany.version).padStart(4, "0")}` : "";
  const rule = of.length ? `model:${botany.model}${own}` : "";
  if (botany.block) return link(blockBy(botany.block, rule), plain(botany.block));
  const address = botany.address ?? ip;
  if (!address) return "";
  const page = link(addressBy(address, rule), plain(address));
  return botany.address || port == null ? page : h("span", {}, page, ` port\u00a0${port}`);
}

const row = (known) => (alert) => [
  alert.timestamp.replace("+0000", "Z"),
  typeof alert.botany.probability === "number" ? short_number(alert.botany.probability) : String(alert.botany.probability),
  typeof alert.botany.threshold === "number" ? four(alert.botany.threshold) : "",
  source(alert, known), end(alert.dest_ip, alert.dest_port), [alert.proto, alert.app_proto].filter(Boolean).map(plain).join(" "),
  (alert.botany.contributions ?? []).map(moved).join("; ") || "no feature by itself",
  (alert.botany.threat?.usernames ?? []).map(plain).join(" "), `v${String(alert.botany.version).padStart(4, "0")}`,
];

const COLUMNS = [{ name: "time", doc: "when the flow began or the window ended; flows are told when they end, so their times need not follow each other" },
  { name: "probability", doc: "of label 1" }, { name: "threshold", doc: "from this probability on it was alerted" }, "source", "destination", "protocol",
  { name: "what moved it", doc: "the probability minus what it would be with the feature at its usual value" },
  { name: "dictionary names", doc: "what the threat list knew of the source when it was told" }, "version"];

/** The columns, and what stands in them, without those that no alert has anything in: a window has no destination. */
function filled(alerts) {
  const kept = COLUMNS.map((_, at) => at).filter((at) => !["destination", "protocol"].includes(COLUMNS[at]) || alerts.some((cells) => cells[at] !== ""));
  return [kept.map((at) => COLUMNS[at]), alerts.map((cells) => kept.map((at) => cells[at]))];
}

/** The last alerts of a model, looked for again while they are on screen. */
async function live(model, known) {
  const path = `/alerts/${encodeURIComponent(model)}`;
  const rows = h("div", { id: "alerts" });
  const said = h("p", { role: "status", class: "soft" });
  let before = "";
  async function look() {
    const { alerts, more, damaged } = await get(path);
    const now = JSON.stringify(alerts);
    said.textContent = `${more ? `The last ${count(alerts.length)}` : `All ${count(alerts.length)}`} alerts${more ? "; there are earlier ones" : ""}`
      + `${damaged ? `; ${count(damaged)} lines are none` : ""}. Looked for every two seconds.`;
    // What has not changed stays, with whatever is selected in it.
    if (now === before) return;
    before = now;
    rows.replaceChildren(alerts.length ? table(`alerts of ${model}, the last told first`, ...filled(alerts.map(row(known))), { path, of: "alerts" })
      : note("soft", "Nothing was alerted yet."));
  }
  async function again() {
    if (!rows.isConnected) return;
    if (!document.hidden) await look().catch((error) => { said.textContent = error.message; });
    setTimeout(again, EVERY);
  }
  await look();
  setTimeout(again, EVERY);
  return [said, rows];
}

export async function page(model) {
  const [about, all, models] = await Promise.all([get("/about"), get("/alerts"), get("/models")]);
  const head = [h("p", {}, link("/watch", "Watch"), " › alerts"),
    h("h1", {}, model ? `Alerts of ${model} ` : "Alerts ", h("small", {}, "what was told while logs were written"))];
  if (!model) return [...head, ...journals(all, about, models)];
  // Alerts outlive the model: then there is nothing to say of it.
  const card = models.some((one) => one.name === model) ? (await get(`/models/${encodeURIComponent(model)}`).catch(() => null))?.card : null;
  return [...head, card ? origin(card) : null, ...(await live(model, models)),
    repeat("The command line", `botany watch ${quoted(model)} --follow /var/log/suricata/eve.json --data ${quoted(about.data)}`)];
}
