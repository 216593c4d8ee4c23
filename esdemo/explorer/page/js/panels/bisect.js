// Bisecting: the first event after which a condition on the state of its stream holds. A state may
// come and go, so no halving is safe: every state is looked at, which takes a moment only.

import { holds } from "../history/query.js";
import { leaves, pathName, pick } from "../history/states.js";

// {place, stream, steps}; place 0 when it never held, {unknown} for a field that no state has.
// further: only what begins to hold after the position.
/** @returns {{place?: number, stream?: string, steps?: number, unknown?: string}} */
export function firstTime({ log, fold, position, predicting }, conditions, further) {
  const tests = conditions.map((condition) => [pathOf(fold, condition.name), condition]);
  const missing = tests.find(([path]) => path === null);
  if (missing) return { unknown: missing[1].name };
  const isSo = (state) => tests.every(([path, one]) => holds(valueOf(state, path), one));
  const [world, owned, before] = [[], new Set(), new Map()];
  const last = predicting ? position : log.count;
  for (let place = 1; place <= last; place++) {
    const stream = log.streamOf[place];
    fold.apply(world, place, owned);
    const now = isSo(world[stream]);
    const isNew = now && !(before.get(stream) ?? isSo(fold.initial));
    before.set(stream, now);
    if (further ? isNew && place > position : now) {
      return { place, stream: log.streams[stream], steps: place };
    }
  }
  return { place: 0, steps: last };
}

// A field by its name, whole or in parts; sizes of lists and maps by "(how many)".
function pathOf(fold, name) {
  const counted = name.endsWith(" (how many)");
  const wanted = counted ? name.slice(0, -" (how many)".length) : name;
  const known = [...leaves(fold.initial).map(([path]) => path), ...fold.paths];
  const path = known.find((one) => pathName(one) === wanted) ?? prefix(known, wanted);
  return path && { path, counted };
}

const prefix = (known, wanted) => {
  const longer = known.find((one) => pathName(one).startsWith(`${wanted}.`));
  return longer?.slice(0, wanted.split(".").length) ?? null;
};

function valueOf(state, { path, counted }) {
  const value = pick(state, path);
  return counted ? Object.keys(value ?? {}).length : value;
}
