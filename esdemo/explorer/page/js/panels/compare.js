// Compare: pin a moment and compare another with it.

import { difference, pathName } from "../history/states.js";
import { grouped, plural, show } from "../history/words.js";
import { button, select } from "../view/controls.js";
import { flowing, h, remark } from "../view/elements.js";
import { table } from "../view/tables.js";

const SCOPES = [
  ["one", "the watched stream"],
  ["all", "all streams"],
];
const PIN = "Pin this moment as A";

export function comparePanel(explorer) {
  let whole = false;
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
  const { parts, update } = flowing(() => comparison(explorer, whole));
  return {
    parts: [h("div.bar", pin, swap, scope), parts],
    update: () => {
      swap.disabled = explorer.pin === null;
      pin.textContent = explorer.pin === explorer.position ? "Take the pin away" : PIN;
      update();
    },
  };
}

function comparison(explorer, whole) {
  const { fold, pin } = explorer;
  if (!fold) return remark("No decider was given, so there are no states to compare.");
  if (pin === null) return h("p", "Pin a moment: it becomes A. Then move: where you are is B.");
  const rows = whole ? changesOfAll(explorer) : changesOf(explorer, explorer.watched());
  return [
    h("p", between(explorer)),
    rows.length ? changesTable(explorer, whole, rows) : h("p", "No difference."),
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
    ? table("All streams", ["stream", ...heads], rows)
    : table(`State of ${explorer.watched()}`, heads, rows);
}

const changesOfAll = (explorer) =>
  explorer.log.streams.flatMap((stream) =>
    changesOf(explorer, stream).map((row) => [stream, ...row]),
  );

// [field, at A, at B, the difference] in one stream.
function changesOf({ log, fold, pin, position }, stream) {
  const number = log.byName.get(stream);
  const changes = difference(fold.state(number, pin), fold.state(number, position));
  return changes.map(([path, a, b]) => [pathName(path), a, b, inAWord(a, b)]);
}

function inAWord(a, b) {
  if (a === undefined) return "added";
  if (b === undefined) return "removed";
  if (typeof a !== "number" || typeof b !== "number") return "changed";
  return `${b > a ? "+" : ""}${show(b - a)}`;
}
