// Find: the rows whose text, type, stream, actor or changed field is the one that is asked for.

import { holds, readQuery } from "../history/query.js";
import { grouped } from "../history/words.js";
import { chooser, opener } from "./controls.js";
import { fill, h, muted } from "./elements.js";
import { mark } from "./icons.js";

const REFUSED_TYPE = "\u0000refused";
const LARGE = 20000; // rows, from which on a search waits until the typing pauses
const QUERY_HELP =
  'Words, "a phrase", -without, #824, amount>1000, actor=card, time<=2025-03. Enter goes to the next one.';

export const NO_QUERY = { text: "", type: "", stream: "", actor: "", field: "" };

export function finder(explorer) {
  const note = muted();
  let waiting = 0;
  const look = (query) => {
    const rows = rowsFound(explorer, query);
    explorer.status.textContent = rows ? foundIn(explorer, rows) : "all events are shown";
    explorer.choose({ query, filtered: rows, follow: true });
  };
  const find = (change) => {
    clearTimeout(waiting);
    const query = { ...explorer.query, ...change };
    waiting = setTimeout(() => look(query), explorer.log.rows > LARGE ? 200 : 0);
  };
  const box = h("input", {
    type: "search",
    placeholder: "find",
    title: QUERY_HELP,
    "aria-label": "Find in all that the rows show",
    oninput: () => find({ text: box.value }),
    onkeydown: ({ key, shiftKey }) => key === "Enter" && explorer.stepRow(shiftKey ? -1 : 1),
  });
  const filters = h("div", { id: explorer.id("filters"), hidden: true });
  const choices = filterChoosers(explorer, find);
  fill(filters, h("div.filters", choices.parts), legend(explorer, find), remarkOn());
  const more = opener("Filter", "Find by type, stream, actor or changed field", filters, () =>
    explorer.set({ follow: true }),
  );
  const update = () => {
    const { filtered, query } = explorer;
    note.textContent = filtered ? foundIn(explorer, filtered) : "";
    if (document.activeElement !== box) box.value = query.text;
    choices.set(query);
  };
  const parts = [h("div.find", h("div.bar", box, more, note), filters)];
  return { parts, update, focus: () => box.focus(), look };
}

const remarkOn = () => h("p.muted.how", QUERY_HELP);

// While the future is hidden, so is how much of it fits.
function foundIn({ predicting, row }, rows) {
  const known = predicting ? rows.filter((found) => found <= row) : rows;
  return `${grouped(known.length)} found`;
}

function filterChoosers(explorer, find) {
  const { log, fold, id } = explorer;
  const refused = log.refusals ? [[REFUSED_TYPE, "refused commands"]] : [];
  const types = sorted([...log.events.types, ...log.commands.types].map(([type]) => type));
  const paths = sorted((fold?.paths ?? []).map((path) => path[0] ?? "state"));
  const actors = remembered(
    () => explorer.log.rows,
    () => sorted(explorer.log.actor),
  );
  const one = (name, label, first, names) =>
    chooser(id(`by-${name}`), label, first, names, (value) => find({ [name]: value }));
  const controls = {
    type: one("type", "Type", [["", "any type"], ...refused], () => types),
    stream: one("stream", "Stream", [["", "any stream"]], () => explorer.log.streams),
    actor: one("actor", "Actor", [["", "any actor"]], actors),
    field: one("field", "Changes this field", [["", "any change"]], () => paths),
  };
  const set = (query) => {
    for (const [name, control] of Object.entries(controls)) control.set(query[name]);
  };
  return { parts: Object.values(controls).map(({ node }) => node), set };
}

// What was made the last time, until a number is another.
function remembered(count, make) {
  let [at, made] = [-1, null];
  return () => {
    if (at !== count()) [at, made] = [count(), make()];
    return made;
  };
}

const sorted = (names) => [...new Set(names)].filter((name) => name !== "").sort();

// What each mark means; a press finds the events of that type.
function legend({ log }, find) {
  log.kind(0);
  const entries = log.names.map((name, kind) => {
    const title = `Find the events of type ${name}`;
    const onclick = () => find({ type: name });
    return h("button.key", { type: "button", title, onclick }, mark(kind), ` ${name}`);
  });
  return h("div.legend", { role: "group", "aria-label": "What the marks mean" }, entries);
}

// The numbers of the rows that fit, or null when nothing is asked for.
export function rowsFound(explorer, query) {
  const { log, fold } = explorer;
  const { type, stream, actor, field } = query;
  const terms = readQuery(query.text);
  if (!terms.length && !type && !stream && !actor && !field) return null;
  const path = field === "state" ? [] : [field];
  const isType = (row) =>
    type === REFUSED_TYPE ? log.reason(row) !== null : log.name(row) === type;
  const fits = (row) =>
    (!stream || log.streamName(row) === stream) &&
    (!actor || log.actor[row] === actor) &&
    (!type || isType(row)) &&
    (!field || (log.isEvent(row) && fold.touches(log.place[row], path))) &&
    terms.every((term) => fitsTerm(explorer, row, term) !== term.without);
  const rows = [];
  for (let row = 0; row < log.rows; row++) if (fits(row)) rows.push(row);
  return rows;
}

function fitsTerm({ log, clock, inWords }, row, term) {
  const { word, number, condition } = term;
  if (number !== undefined) return log.isEvent(row) && log.number(row) === number;
  if (!condition) {
    if (log.text(row).includes(word)) return true;
    return (clock.local && clock.show(log.at[row]).includes(word)) || inWords(row).includes(word);
  }
  if (condition.name === "time") return holdsAt(log.at[row], condition, clock);
  return holds(log.valueOf(row, condition.name), condition);
}

function holdsAt(at, { op, wanted }, clock) {
  const moment = clock.read(wanted);
  if (moment === null) return false;
  return holds(at, { op, wanted: String(moment) });
}
