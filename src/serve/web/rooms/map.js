// Where sources are registered, on a map: a circle a country, its area the number of addresses.

import { count, drawn, h } from "../dom.js";
import { HEIGHT, LAND, PLACES, WIDTH } from "../world.js";

/** The largest circle's radius, in the map's units. */
const LARGEST = 26;
/** The smallest that can be pointed at. */
const SMALLEST = 2;

const names = new Intl.DisplayNames(["en"], { type: "region" });

/** A map of rows {value, addresses, listed} by a country's code; `null` where no row has a place on it. */
export function map(rows) {
  const placed = rows.filter(({ value }) => PLACES[value]).sort((one, other) => other.addresses - one.addresses);
  if (placed.length === 0) return null;
  const most = placed[0].addresses;
  const radius = (addresses) => Math.max(SMALLEST, LARGEST * Math.sqrt(addresses / most));
  const circles = placed.map(({ value, addresses, listed }) => {
    const [cx, cy] = PLACES[value];
    const r = radius(addresses);
    const share = listed ? drawn("circle", { class: "part", cx, cy, r: r * Math.sqrt(listed / addresses) }) : "";
    return drawn("g", {}, drawn("title", {}, `${names.of(value)} (${value}): ${count(addresses)} addresses, ${count(listed ?? 0)} listed`),
      drawn("circle", { cx, cy, r }), share);
  });
  const away = rows.filter(({ value }) => !PLACES[value]).reduce((sum, { addresses }) => sum + addresses, 0);
  return h("figure", { class: "map" },
    drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": "addresses by country, on a map; the table below has the same numbers" },
      drawn("path", { class: "land", d: LAND }), ...circles),
    h("figcaption", { class: "soft" }, `The larger the area of a circle, the more addresses; its dark part is those on the threat list. The largest is ${names.of(placed[0].value)} with ${count(most)}; the smallest are drawn larger than they are, to be seen.`,
      away ? ` ${count(away)} more are of no country that is known, or of one without a place here.` : "",
      " Countries are those of the database today; addresses of an old log may have moved."));
}
