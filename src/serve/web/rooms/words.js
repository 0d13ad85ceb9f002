// Every word that is explained, in one place.

import { get } from "../api.js";
import { h, prose, repeat, table } from "../dom.js";

export const title = "Words";

export async function page() {
  const words = await get("/words");
  return [
    h("h1", { class: "plain" }, "Words ", h("small", {}, "what they mean here")),
    h("p", {}, "A word with dots below it is explained where a page first uses it: point at it, or reach it with the Tab key."),
    h("div", { class: "all" }, table("every word", ["word", "what it means here"], words.map((word) => [h("b", {}, word.word), h("span", {}, prose(word.says))]),
      { path: "/words" })),
    repeat("The command line", "botany words"),
  ];
}
