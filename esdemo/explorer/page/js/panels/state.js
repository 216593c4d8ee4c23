// The state of one stream, with what the event at the position changed in it.

import { difference, leaves, pathName } from "../history/states.js";
import { short, show } from "../history/words.js";
import { h, remark } from "../view/elements.js";
import { table } from "../view/tables.js";

const MOST_LEAVES = 60;

export function stateTable(explorer, stream, position) {
  const { log, fold } = explorer;
  if (!fold) {
    return remark("No decider was given, so there is no state to show: only the events.");
  }
  const number = log.byName.get(stream);
  const version = log.versionAt(number, position);
  const changes = changesAt(explorer, number, position);
  const rows = stateRows(fold.state(number, position), changes);
  const when = version ? `at version ${version}` : "before its first event";
  return table(`State of ${stream} ${when}`, ["field", "value", "change"], rows, MOST_LEAVES);
}

// A refused command changed nothing, so on its row there is nothing.
function changesAt({ log, fold, row }, stream, position) {
  if (!position || log.streamOf[position] !== stream) return [];
  if (row >= 0 && !log.isEvent(row)) return [];
  return difference(fold.state(stream, position - 1), fold.state(stream, position));
}

// What changed comes first where not all can be shown.
function stateRows(state, changes) {
  const before = new Map(changes.map(([path, was]) => [JSON.stringify(path), was]));
  const gone = changes.filter(([, , is]) => is === undefined);
  const rows = [...leaves(state).map((leaf) => leafRow(leaf, before)), ...gone.map(goneRow)];
  const isMarked = ([, , mark]) => mark.className !== "";
  return rows.length > MOST_LEAVES ? rows.sort((a, b) => isMarked(b) - isMarked(a)) : rows;
}

function leafRow([path, value], before) {
  const key = JSON.stringify(path);
  if (!before.has(key)) return [pathName(path), value, h("span")];
  const was = `● was ${short(show(before.get(key)), 80)}`;
  return [pathName(path), h("b", short(show(value), 300)), h("span.was", was)];
}

function goneRow([path, was]) {
  return [pathName(path), h("span"), h("span.was", `● taken away: ${short(show(was), 80)}`)];
}
