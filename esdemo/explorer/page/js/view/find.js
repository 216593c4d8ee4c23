// Find: the rows whose text, type, stream, actor or changed field is the one that is asked for.

import { grouped } from "../history/words.js";
import { MOST_CHOICES, opener, select } from "./controls.js";
import { h, muted } from "./elements.js";

const REFUSED_TYPE = "\u0000refused";
const LARGE = 20000; // rows, from which on a search waits until the typing pauses

export function finder(explorer) {
  const query = { text: "", type: "", stream: "", actor: "", field: "" };
  const note = muted();
  let waiting = 0;
  const look = () => {
    const rows = rowsFound(explorer, query);
    const said = rows && `${grouped(rows.length)} found`;
    note.textContent = said ?? "";
    explorer.status.textContent = said ?? "all events are shown";
    explorer.set({ filtered: rows, follow: true });
  };
  const find = (change) => {
    Object.assign(query, change);
    clearTimeout(waiting);
    waiting = setTimeout(look, explorer.log.rows > LARGE ? 200 : 0);
  };
  const box = h("input", {
    type: "search",
    placeholder: "find",
    "aria-label": "Find text in stream, actor, type or payload",
    oninput: () => find({ text: box.value }),
  });
  const hidden = { id: explorer.id("filters"), hidden: true };
  const filters = h("div.filters", hidden, filterSelects(explorer, find));
  const more = opener("Filter", "Find by type, stream, actor or changed field", filters);
  const parts = [h("div.find", h("div.bar", box, more, note), filters)];
  return { parts, focus: () => box.focus() };
}

function filterSelects({ log, fold }, find) {
  const filter = (name, label, ...entries) =>
    select(label, entries, "", (value) => find({ [name]: value }));
  const refused = log.refusals ? [[REFUSED_TYPE, "refused commands"]] : [];
  const types = sorted([...log.events.types, ...log.commands.types].map(([type]) => type));
  const actors = sorted(log.actor).slice(0, MOST_CHOICES);
  const paths = sorted((fold?.paths ?? []).map((path) => path[0] ?? "state"));
  return [
    filter("type", "Type", ["", "any type"], ...refused, ...types),
    filter("stream", "Stream", ["", "any stream"], ...log.streams.slice(0, MOST_CHOICES)),
    filter("actor", "Actor", ["", "any actor"], ...actors),
    filter("field", "Changes this field", ["", "any change"], ...paths.slice(0, MOST_CHOICES)),
  ];
}

const sorted = (names) => [...new Set(names)].filter((name) => name !== "").sort();

// The numbers of the rows that fit, or null when nothing is asked for.
function rowsFound({ log, fold }, { text, type, stream, actor, field }) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length && !type && !stream && !actor && !field) return null;
  const path = field === "state" ? [] : [field];
  const isType = (row) =>
    type === REFUSED_TYPE ? log.reason(row) !== null : log.name(row) === type;
  const fits = (row) =>
    (!stream || log.streamName(row) === stream) &&
    (!actor || log.actor[row] === actor) &&
    (!type || isType(row)) &&
    (!field || (log.isEvent(row) && fold.touches(log.place[row], path))) &&
    words.every((word) => log.text(row).includes(word));
  const rows = [];
  for (let row = 0; row < log.rows; row++) if (fits(row)) rows.push(row);
  return rows;
}
