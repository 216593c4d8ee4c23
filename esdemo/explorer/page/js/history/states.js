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

// [path, before, after] for every leaf that differs; undefined where there is none. Two records
// differ by their keys only, an empty one too.
export function difference(before, after, path = [], out = []) {
  if (same(before, after)) return out;
  if (isRecord(before) && isRecord(after)) {
    for (const key of new Set([...Object.keys(after), ...Object.keys(before)])) {
      difference(own(before, key), own(after, key), [...path, key], out);
    }
    return out;
  }
  const nested = isRecord(before) || isRecord(after);
  if (!nested && before !== undefined && after !== undefined) out.push([path, before, after]);
  else {
    if (after !== undefined) for (const [p, v] of leaves(after, path)) out.push([p, undefined, v]);
    if (before !== undefined)
      for (const [p, v] of leaves(before, path)) out.push([p, v, undefined]);
  }
  return out;
}

// A state may have a key such as "__proto__".
const own = (record, key) => (Object.hasOwn(record, key) ? record[key] : undefined);

const same = (a, b) => a === b || (!isRecord(a) && JSON.stringify(a) === JSON.stringify(b));
