// Compare: pin a moment and compare another with it.

import { difference, pathName } from "../history/states.js";
import { grouped, plural, show } from "../history/words.js";
import { button, select } from "../view/controls.js";
import { fill, h, remark } from "../view/elements.js";
import { table } from "../view/tables.js";
import { passes, sieveBox } from "./sieve.js";
import { valueCell } from "./state.js";

const SCOPES = [
  ["one", "the watched stream"],
  ["all", "all streams"],
];
const PIN = "Pin this moment as A";

export function comparePanel(explorer) {
  let whole = false;
  const sieve = sieveBox(explorer);
  const scope = select("Compare", SCOPES, "one", (value) => {
    whole = value === "all";
    explorer.paint();
  });
  const pin = button(PIN, `${PIN} (p)`, () => explorer.togglePin());
  const swap = button("Swap A and B", "Go to A, and pin where we were", () => {
    const to = explorer.pin;
    explorer.togglePin();
    explorer.move(to);
  });
  const part = h("div");
  return {
    parts: [h("div.bar", pin, swap, scope), explorer.fold && sieve.parts, part],
    update: () => {
      sieve.update();
      swap.disabled = explorer.pin === null;
      pin.textContent = explorer.pin === explorer.position ? "Take the pin away" : PIN;
      fill(part, comparison(explorer, whole));
    },
  };
}

function comparison(explorer, whole) {
  const { fold, pin, predicting, position } = explorer;
  if (!fold) return remark("No decider was given, so there are no states to compare.");
  if (pin === null) return h("p", "Pin a moment: it becomes A. Then move: where you are is B.");
  if (predicting && pin > position) return h("p", "A is in the future, which is hidden.");
  const rows = whole ? changesOfAll(explorer) : changesOf(explorer, explorer.watched());
  const found = rows.filter(([texts]) => passes(explorer, texts)).map(([, row]) => row);
  return [
    h("p", between(explorer)),
    rows.length ? changesTable(explorer, whole, found) : h("p", "No difference."),
  ];
}

function between({ log, position, pin }) {
  const [low, high] = [Math.min(pin, position), Math.max(pin, position)];
  const refused = plural(log.refusalsBetween(low, high), "refused command");
  const what = plural(high - low, "event") + (log.rejected.length ? ` and ${refused}` : "");
  return `${what} lie between A (position ${grouped(pin)}) and B (position ${grouped(position)}).`;
}

function changesTable(explorer, whole, rows) {
  const [a, b] = [`A: ${grouped(explorer.pin)}`, `B: ${grouped(explorer.position)}`];
  const heads = ["field", a, b, "difference"];
  return whole
    ? table(explorer, "All streams", ["stream", ...heads], rows)
    : table(explorer, `State of ${explorer.watched()}`, heads, rows);
}

const changesOfAll = (explorer) =>
  explorer.log.streams.flatMap((stream) =>
    changesOf(explorer, stream).map(([texts, row]) => [
      `${stream} ${texts}`,
      () => [stream, ...row()],
    ]),
  );

// What can be looked for, and how to make the row: [field, at A, at B, the difference].
function changesOf(explorer, stream) {
  const { log, fold, pin, position } = explorer;
  const number = log.byName.get(stream);
  const changes = difference(fold.state(number, pin), fold.state(number, position));
  return changes.map(
    ([path, a, b]) =>
      /** @type {[string, () => any[]]} */ ([
        `${pathName(path)} ${show(a)} ${show(b)}`,
        () => [
          pathName(path),
          valueCell(explorer, path, a),
          valueCell(explorer, path, b),
          inAWord(explorer, path, a, b),
        ],
      ]),
  );
}

function inAWord(explorer, path, a, b) {
  if (a === undefined) return "added";
  if (b === undefined) return "removed";
  if (typeof a !== "number" || typeof b !== "number") return "changed";
  return h("span.number", `${b > a ? "+" : ""}${explorer.inUnits(b - a, path)}`);
}
