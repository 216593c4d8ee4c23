// The list of events and refused commands: only the rows that can be seen exist.

import { upTo } from "../history/columns.js";
import { grouped, short } from "../history/words.js";
import { fill, h, remark } from "./elements.js";
import { mark } from "./icons.js";

const ROW = 46; // pixels
const TALLEST = 10e6; // pixels that a browser surely scrolls: beyond, they stand for more

export function list(explorer) {
  const spacer = h("div.spacer", { role: "presentation" });
  const update = () => {
    const { log, filtered: rows } = explorer;
    const future = explorer.predicting ? explorer.row + 1 : log.rows;
    const total = rows ? upTo(rows, future - 1) : future;
    box.classList.toggle("empty", !total);
    spacer.style.height = `${Math.min(TALLEST, total * ROW)}px`;
    const scroll = scrolling(box, total);
    if (explorer.follow) {
      explorer.follow = false;
      scroll.bringIntoView(rows ? upTo(rows, explorer.row) - 1 : explorer.row);
    }
    const items = scroll
      .seen()
      .map(([i, top]) => item(explorer, rows ? rows[i] : i, { i, top, total }));
    const nothing = remark(rows ? "nothing found" : "nothing has happened yet");
    fill(spacer, total ? items : nothing);
    const selected = spacer.querySelector('[aria-selected="true"]');
    if (selected) box.setAttribute("aria-activedescendant", selected.id);
    else box.removeAttribute("aria-activedescendant");
  };
  const about = { role: "listbox", tabIndex: 0, "aria-label": "Events and refused commands" };
  const box = h("div.list", { ...about, onscroll: update }, spacer);
  explorer.resized.observe(box);
  return { parts: [box], update };
}

// How far a box of so many rows is scrolled. A pixel of the bar stands for `dense` of the rows.
function scrolling(box, total) {
  const height = box.clientHeight;
  const dense = Math.max(1, (total * ROW - height) / (TALLEST - height));
  const top = () => box.scrollTop * dense;
  const bringIntoView = (row) => {
    const at = row * ROW;
    if (at < top() || at + ROW > top() + height) {
      box.scrollTop = Math.max(0, (at - Math.round(height / 2) + ROW / 2) / dense);
    }
  };
  // [row, where it is drawn] for those that can be seen, and a few around them.
  const seen = () => {
    const first = Math.max(0, Math.floor(top() / ROW) - 2);
    const last = Math.min(total, first + Math.ceil(height / ROW) + 5);
    const shift = box.scrollTop - top();
    return Array.from({ length: Math.max(0, last - first) }, (_, n) => [
      first + n,
      (first + n) * ROW + shift,
    ]);
  };
  return { bringIntoView, seen };
}

function item(explorer, row, { i, top, total }) {
  const { log } = explorer;
  const place = log.place[row];
  const classes = ["item", kind(log, row), place > explorer.position && "future"];
  const about = {
    class: classes.filter(Boolean).join(" "),
    role: "option",
    id: explorer.id(`row-${row}`),
    "aria-selected": String(row === explorer.row),
    "aria-posinset": i + 1,
    "aria-setsize": total,
    style: `top:${top}px`,
    onclick: () => explorer.move(place, { row }),
  };
  const what = short(outcome(log, row) || explorer.summaryOf(log.message(row)));
  const name = h("span.name", log.name(row));
  const number = h("span.number", log.isEvent(row) ? grouped(log.number(row)) : "");
  return h(
    "div",
    about,
    mark(log.kind(row)),
    h("div", name, h("span.stream", log.streamName(row)), number),
    h("div", h("span.what", what), h("time", explorer.clock.show(log.at[row], 16))),
  );
}

function kind(log, row) {
  if (log.isEvent(row)) return "";
  return log.reason(row) === null ? "nothing" : "refused";
}

function outcome(log, row) {
  if (log.isEvent(row)) return "";
  const reason = log.reason(row);
  return reason === null ? "led to nothing" : `refused: ${reason}`;
}
