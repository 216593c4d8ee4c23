// Streams: the state of every stream at this position.

import { leaves, pathName, pick } from "../history/states.js";
import { asNumber, grouped } from "../history/words.js";
import { link, select } from "../view/controls.js";
import { fill, h } from "../view/elements.js";
import { table } from "../view/tables.js";
import { passes, sieveBox } from "./sieve.js";
import { valueCell } from "./state.js";

const MOST_COLUMNS = 6;

export function streamsPanel(explorer) {
  const sieve = sieveBox(explorer);
  const paths = explorer.fold ? columns(explorer.fold.initial) : [];
  const orders = [
    ["began", "as they began"],
    ["stream", "by stream"],
    ["version", "by version"],
    ...paths.map((path, n) => [String(n), `by ${pathName(path)}`]),
  ];
  let order = "began";
  const sorting = select("Order", orders, order, (value) => {
    order = value;
    explorer.paint();
  });
  sieve.parts[0].append(sorting);
  const part = h("div");
  const update = () => {
    sieve.update();
    fill(part, streamsTable(explorer, paths, order));
  };
  return { parts: [sieve.parts, part], update };
}

function streamsTable(explorer, paths, order) {
  const { log, fold, position, predicting } = explorer;
  const world = fold ? fold.world(position) : [];
  const stateOf = (n) => world[n] ?? fold?.initial;
  const text = (n) =>
    [log.streams[n], ...paths.map((path) => explorer.inUnits(pick(stateOf(n), path), path))].join(
      " ",
    );
  const all = Array.from(log.streams.keys())
    .filter((n) => !predicting || log.versionAt(n, position))
    .filter((n) => explorer.sieve === "" || passes(explorer, text(n)));
  const rows = inOrder(explorer, all, paths, order, stateOf).map(
    (n) => () => streamRow(explorer, n, paths, stateOf(n)),
  );
  const heads = ["stream", "version", ...paths.map(pathName)];
  return table(explorer, `All streams at position ${grouped(position)}`, heads, rows);
}

function streamRow(explorer, n, paths, state) {
  const { log, position } = explorer;
  const version = log.versionAt(n, position);
  const cell = (path) => (version ? valueCell(explorer, path, pick(state, path)) : "not yet");
  return [watchLink(explorer, log.streams[n]), version, ...paths.map(cell)];
}

function inOrder({ log, position }, numbers, paths, order, stateOf) {
  if (order === "began") return numbers;
  const path = paths[Number(order)];
  const key =
    {
      stream: (n) => log.streams[n],
      version: (n) => -log.versionAt(n, position),
    }[order] ?? ((n) => sortable(pick(stateOf(n), path)));
  const keys = new Map(numbers.map((n) => [n, key(n)]));
  return numbers.sort((a, b) => compared(keys.get(a), keys.get(b)));
}

const sortable = (value) => (Number.isNaN(asNumber(value)) ? String(value) : asNumber(value));

function compared(a, b) {
  if (typeof a === typeof b) return a < b ? -1 : Number(a > b);
  return typeof a === "number" ? -1 : 1;
}

// The paths of the first fields of a state that are not nested.
const columns = (initial) =>
  leaves(initial)
    .map(([path]) => path)
    .filter((path) => path.length < 2)
    .slice(0, MOST_COLUMNS);

function watchLink(explorer, stream) {
  const watch = () => explorer.choose({ watch: stream });
  return link(stream, `Show the state and chart of ${stream}`, watch);
}
