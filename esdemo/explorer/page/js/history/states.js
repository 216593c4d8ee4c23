// Looking at states: leaves, paths, differences.

export const isRecord = (value) =>
  value !== null && typeof value === "object" && !Array.isArray(value) && !("$int" in value);

// [path, value] for everything in a state that is not itself a record. Lists are values.
export function leaves(value, path = [], out = []) {
  const keys = isRecord(value) ? Object.keys(value) : [];
  if (keys.length) for (const key of keys) leaves(value[key], [...path, key], out);
  else out.push([path, value]);
  return out;
}

export const pick = (state, path) => path.reduce((node, key) => node?.[key], state);

export const pathName = (path) => path.join(".") || "state";

// [path, before, after] for every leaf that differs; undefined where there is none.
export function difference(before, after) {
  if (before === after) return [];
  const old = new Map();
  if (before !== undefined) for (const [p, v] of leaves(before)) old.set(JSON.stringify(p), [p, v]);
  const found = [];
  if (after !== undefined) {
    for (const [path, value] of leaves(after)) {
      const key = JSON.stringify(path);
      const was = old.get(key);
      if (!was || !same(was[1], value)) found.push([path, was?.[1], value]);
      old.delete(key);
    }
  }
  for (const [path, value] of old.values()) found.push([path, value, undefined]);
  return found;
}

const same = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);
