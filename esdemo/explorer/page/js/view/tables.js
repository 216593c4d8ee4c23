// Tables of values, as long as one cares to read.

import { grouped, short, show } from "../history/words.js";
import { h, remark } from "./elements.js";

const MOST_ROWS = 200;

// heads: of the columns, or null. A cell is an element, or a value to show.
export function table(caption, heads, rows, most = MOST_ROWS) {
  const head = heads?.map((text) => h("th", { scope: "col" }, text));
  const body = rows.slice(0, most).map((row) => h("tr", row.map(cell)));
  return [
    h("table", h("caption", caption), head && h("thead", h("tr", head)), h("tbody", body)),
    more(rows.length - most),
  ];
}

export const more = (rest) => (rest > 0 ? remark(`and ${grouped(rest)} more`) : null);

function cell(content, column) {
  const inside = content instanceof Node ? content : short(show(content), 300);
  return column ? h("td", inside) : h("th", { scope: "row" }, inside);
}
