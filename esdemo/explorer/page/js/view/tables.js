// Tables of values: at first as long as one cares to read, and then as long as one wants.

import { grouped, isLong, short, show } from "../history/words.js";
import { button } from "./controls.js";
import { h, muted } from "./elements.js";

const MOST_ROWS = 100;
const LONGEST = 300; // letters of a value, until it is looked at alone

// heads: of the columns, or null. A row is a list of cells, or a function that gives it; a cell is
// an element, or a value to show. The rest is shown on demand.
export function table(explorer, caption, heads, rows, most = MOST_ROWS) {
  const name = `${caption.replace(/\d[\d,]*/g, "")}|${heads ?? ""}`;
  const shown = explorer.shown.get(name) ?? most;
  const head = heads?.map((text) => h("th", { scope: "col" }, text));
  const body = rows.slice(0, shown).map((row) => h("tr", (row.call ? row() : row).map(cell)));
  return [
    h("table", h("caption", caption), head && h("thead", h("tr", head)), h("tbody", body)),
    more(explorer, name, rows.length, shown),
  ];
}

// What is not shown, and the way to it.
export function more(explorer, name, many, shown) {
  if (many <= shown) return null;
  const next = Math.min(many - shown, Math.max(MOST_ROWS, shown));
  const go = (upTo) => () => {
    explorer.shown.set(name, upTo);
    explorer.paint();
  };
  return h(
    "p.more",
    muted(`and ${grouped(many - shown)} more `),
    button(`Show ${grouped(next)} more`, "Make this list longer", go(shown + next)),
  );
}

function cell(content, column) {
  const number = typeof content === "number" || isLong(content) || isAmount(content);
  const inside = content instanceof Node ? content : long(content);
  if (!column) return h("th", { scope: "row" }, inside);
  return h(number ? "td.number" : "td", inside);
}

const isAmount = (content) => content instanceof Element && content.classList.contains("number");

// A value in a cell: a long one opens by itself.
export function long(value, most = LONGEST) {
  const text = typeof value === "string" ? value : show(value);
  if (text.length <= most) return text;
  return h("details.long", h("summary", short(text, most)), text);
}
