// The state of one stream, with what the event at the position changed in it. A large one is a
// tree that opens where one wants; nothing of it is cut.

import { difference, isRecord, leaves, pathName } from "../history/states.js";
import { plural, short, show } from "../history/words.js";
import { link } from "../view/controls.js";
import { h, muted, remark } from "../view/elements.js";
import { long, table } from "../view/tables.js";
import { passes } from "./sieve.js";

const FLAT = 60; // fields, up to which there is no tree

export function stateTable(explorer, stream, position) {
  const { log, fold } = explorer;
  if (!fold) {
    return remark("No decider was given, so there is no state to show: only the events.");
  }
  const number = log.byName.get(stream);
  const version = log.versionAt(number, position);
  const state = fold.state(number, position);
  const changes = new Map(changesAt(explorer, number, position).map((one) => [keyOf(one[0]), one]));
  const rows = stateRows(explorer, state, changes);
  const when = version ? `at version ${version}` : "before its first event";
  return table(explorer, `State of ${stream} ${when}`, ["field", "value", "change"], rows);
}

const keyOf = (path) => JSON.stringify(path);

// A refused command changed nothing, so on its row there is nothing.
function changesAt({ log, fold, row }, stream, position) {
  if (!position || log.streamOf[position] !== stream) return [];
  if (row >= 0 && !log.isEvent(row)) return [];
  return difference(fold.state(stream, position - 1), fold.state(stream, position));
}

function stateRows(explorer, state, changes) {
  const gone = [...changes.values()].filter(([, , is]) => is === undefined);
  const all = leaves(state);
  const flat = all.length <= FLAT || explorer.sieve !== "";
  const found = all.filter(([path, value]) => passes(explorer, pathName(path), show(value)));
  const rows = flat
    ? found.map((leaf) => () => leafRow(explorer, leaf, changes))
    : branches(explorer, state, [], changes);
  const shownGone = gone.filter(([path, was]) => passes(explorer, pathName(path), show(was)));
  return [...rows, ...shownGone.map((one) => () => goneRow(one))];
}

// The rows of a record: its own values, and the records in it, closed at first. What the event
// changed is seen also where it is in a closed one.
function branches(explorer, record, path, changes) {
  return Object.keys(record).flatMap((key) => {
    const [inner, value] = [[...path, key], record[key]];
    if (!isRecord(value) || !Object.keys(value).length) {
      return [() => leafRow(explorer, [inner, value], changes)];
    }
    const open = explorer.shown.get(`tree ${keyOf(inner)}`) ?? Object.keys(record).length === 1;
    const head = () => nodeRow(explorer, inner, value, open);
    const rows = open
      ? branches(explorer, value, inner, changes)
      : changedIn(inner, changes).map((leaf) => () => leafRow(explorer, leaf, changes));
    return [head, ...rows];
  });
}

const changedIn = (path, changes) =>
  [...changes.values()]
    .filter(([inner, , is]) => is !== undefined && path.every((key, n) => inner[n] === key))
    .map(([inner, , is]) => [inner, is]);

function nodeRow(explorer, path, value, open) {
  const toggle = () => {
    explorer.shown.set(`tree ${keyOf(path)}`, !open);
    explorer.paint();
  };
  const node = link(`${open ? "▾" : "▸"} ${pathName(path)}`, "Open or close", toggle);
  node.setAttribute("aria-expanded", String(open));
  return [node, muted(plural(Object.keys(value).length, "field")), h("span")];
}

function leafRow(explorer, leaf, changes) {
  const [path, value] = leaf;
  const change = changes.get(keyOf(path));
  const cell = h(change ? "b" : "span", long(explorer.inUnits(value, path)));
  return [pathName(path), cell, change ? before(explorer, path, change[1]) : h("span")];
}

function before(explorer, path, was) {
  if (was === undefined) return h("span.was", "● new");
  return h("span.was", `● was ${short(explorer.inUnits(was, path), 80)}`);
}

function goneRow([path, was]) {
  return [pathName(path), h("span"), h("span.was", `● taken away: ${short(show(was), 80)}`)];
}

// A value of a state in a column of its own, on the right where it is a number.
export function valueCell(explorer, path, value) {
  const text = explorer.inUnits(value, path);
  return h(typeof value === "number" ? "span.number" : "span", long(text));
}
