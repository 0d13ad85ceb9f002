// Every word that is explained, in one place.

import { get } from "../api.js";
import { h, prose, repeat, table } from "../dom.js";
import { readdress } from "../place.js";

export const title = "Words";

export async function page(rest, query) {
  const words = await get("/words");
  const row = (word) => [h("b", {}, word.word), h("span", {}, prose(word.says))];
  const listed = h("div", { class: "all" });
  const shown = (part) => {
    const found = words.filter((word) => [word.word, ...word.forms, word.says].some((text) => text.toLowerCase().includes(part.toLowerCase())));
    listed.replaceChildren(table(part ? `${found.length} of ${words.length} words; the files hold all` : "every word", ["word", "what it means here"], found.map(row), { path: "/words" }));
  };
  const asked = query.get("look") ?? "";
  shown(asked);
  return [
    h("h1", { class: "plain" }, "Words ", h("small", {}, "what they mean here")),
    h("p", {}, "A word with dots below it is explained where a page first uses it: point at it, or reach it with the Tab key."),
    h("p", {}, h("label", {}, "Look for ", h("input", { type: "search", id: "look-for", size: 24, value: asked, input: (event) => {
      const part = event.target.value.trim();
      readdress(part ? `/words?${new URLSearchParams({ look: part })}` : "/words");
      shown(part);
    } }))),
    listed,
    repeat("The command line", "botany words"),
  ];
}
