// Fields: what of a state can be drawn over the log.

import { ADD, SET, TAIL } from "./fold.js";
import { isRecord, leaves, pathName, pick } from "./states.js";
import { asNumber, isLong } from "./words.js";

// Numbers in the state, sizes of lists and maps, and always the version.
export function fields(fold) {
  const found = new Map();
  for (const [path, value] of fold ? samples(fold) : []) {
    const field = fieldOf(path, value);
    if (field) found.set(field.name, field);
  }
  return [...found.values(), { name: "version (events so far)", path: null }];
}

// [path, a value that can stand there] for all that the states are known to hold.
function* samples(fold) {
  yield* leaves(fold.initial);
  for (const [number, shape] of fold.shapes.entries()) {
    for (const [slot, [kind, path]] of shape.entries()) {
      const values = fold.values[number][slot];
      if (kind === ADD) yield [fold.paths[path], 0];
      if (kind === TAIL) yield [fold.paths[path], []];
      if (kind === SET && values.length) yield* leaves(example(values), fold.paths[path]);
    }
  }
}

// A field may be null before it is a number.
const example = (values) => values.find((value) => value !== null) ?? null;

function fieldOf(path, value) {
  const name = pathName(path);
  const of = (state) => asNumber(pick(state, path));
  if (typeof value === "number" || isLong(value)) return { name, path, of };
  if (!Array.isArray(value) && !isRecord(value)) return null;
  return { name: `${name} (how many)`, path, of: (state) => size(pick(state, path)) };
}

const size = (value) => Object.keys(value ?? {}).length;

// A field of one stream of a history: [places, numbers], a step at each of its events.
export function series({ log, fold }, stream, field) {
  const number = log.byName.get(stream);
  if (number === undefined) return [[], []];
  if (field.path !== null && fold) return fold.series(number, field);
  const places = log.placesOf(number);
  return [places, places.map((_, i) => i + 1)];
}

export function valueAt({ log, fold }, stream, field, position) {
  const number = log.byName.get(stream);
  if (field.path === null || !fold) return log.versionAt(number, position);
  return field.of(fold.state(number, position));
}
