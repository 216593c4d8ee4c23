// The list of events and refused commands: only the rows that can be seen exist.

import { upTo } from "../history/columns.js";
import { clock, grouped, short, summary } from "../history/words.js";
import { fill, h, remark } from "./elements.js";
import { mark } from "./icons.js";

const ROW = 46; // pixels

export function list(explorer) {
  const { log } = explorer;
  const spacer = h("div.spacer", { role: "presentation" });
  const update = () => {
    const rows = explorer.filtered;
    const future = explorer.predicting ? explorer.row + 1 : log.rows;
    const total = rows ? upTo(rows, future - 1) : future;
    box.classList.toggle("empty", !total);
    spacer.style.height = `${total * ROW}px`;
    if (explorer.follow) {
      explorer.follow = false;
      bringIntoView(box, rows ? upTo(rows, explorer.row) - 1 : explorer.row);
    }
    const items = seen(box, total).map((i) => item(explorer, rows ? rows[i] : i, i, total));
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

// Bring a row that is out of sight to the middle.
function bringIntoView(box, row) {
  const [top, height] = [row * ROW, box.clientHeight];
  if (top < box.scrollTop || top + ROW > box.scrollTop + height) {
    box.scrollTop = Math.max(0, top - Math.round(height / 2) + ROW / 2);
  }
}

// The rows that can be seen, and a few around them.
function seen(box, total) {
  const first = Math.max(0, Math.floor(box.scrollTop / ROW) - 2);
  const last = Math.min(total, first + Math.ceil(box.clientHeight / ROW) + 5);
  return Array.from({ length: Math.max(0, last - first) }, (_, n) => first + n);
}

function item(explorer, row, i, total) {
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
    style: `top:${i * ROW}px`,
    onclick: () => explorer.move(place, { row }),
  };
  const message = log.message(row);
  const what = short(outcome(log, row) || summary(message));
  const name = h("span.name", message.type);
  const number = h("span.number", log.isEvent(row) ? grouped(log.number(row)) : "");
  return h(
    "div",
    about,
    mark(log.type(row)),
    h("div", name, h("span.stream", log.streamName(row)), number),
    h("div", h("span.what", what), h("time", clock(log.at[row], 16))),
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
