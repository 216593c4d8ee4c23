// Reading: a history from a page, one that has grown, and one that has branched off another.

import { unpack } from "./columns.js";
import { Fold, joinedPatches, pickedPatches, readPatches } from "./fold.js";
import { Log } from "./log.js";
import { joinedRows, pickedRows, readRows } from "./rows.js";

// {log, fold}; there is no fold where no decider was given.
export function readHistory(data) {
  return made(readRows(data), data.state && readPatches(data.state));
}

function made(rows, patches) {
  const log = new Log(rows);
  return { log, fold: patches ? new Fold(log, patches) : null };
}

// A history, and what was recorded after it.
export function grown({ log, fold }, data) {
  const rows = joinedRows(log.columns, readRows(data));
  return made(rows, fold && joinedPatches(fold.patches, readPatches(data.state)));
}

// A history that shares facts with a recorded one. It says of each of its events which one of the
// recorded it is, or of the new ones, which count on from there; and so for the patches.
export function branched({ log, fold }, { events, patches, fresh }) {
  const rows = joinedRows(log.columns, readRows(fresh));
  const recorded = log.rowOf.subarray(1);
  const row = (n) => (n <= log.count ? recorded[n - 1] : log.rows + n - log.count - 1);
  const other = pickedRows(rows, Int32Array.from(unpack(events), row));
  const all = fold && joinedPatches(fold.patches, readPatches(fresh.state));
  return made(
    other,
    all &&
      pickedPatches(
        all,
        Int32Array.from(unpack(patches), (n) => n - 1),
      ),
  );
}
