// JSON Lines: a line for each event, out and in.

import { readTime } from "./times.js";
import { compact } from "./words.js";

export const toLines = (log, rows = log.rowOf.subarray(1)) =>
  Array.from(rows, (row) => compact(log.stored(row)) + "\n").join("");

const ENVELOPE = {
  position: "integer",
  stream: "string",
  version: "integer",
  event: "object",
  command_id: "string",
  correlation_id: "string",
  actor: "string",
  recorded_at: "string",
  effective_at: "string",
};

// The events of an import, or what is wrong with it: nothing is guessed, nothing is skipped.
export function readLines(text, schema) {
  const events = [];
  const problems = [];
  const outOfOrder = orderly();
  text.split("\n").forEach((line, n) => {
    if (!line.trim()) return;
    const found = parseExactly(line);
    const wrong = unlike(found, schema);
    if (!wrong.length) {
      const { type, ...payload } = found.event;
      wrong.push(...misfits(payload, schema[type], type), ...outOfOrder(found));
      events.push(found);
    }
    problems.push(...wrong.map((problem) => `line ${n + 1}: ${problem}`));
  });
  if (!events.length && !problems.length) problems.push("there is no event in it");
  return { events, problems };
}

// Whole numbers that JSON.parse would round keep their digits. undefined for what is not JSON.
function parseExactly(line) {
  const exact = line.replace(/"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g, (token) =>
    token[0] === '"' || Number.isSafeInteger(Number(token)) ? token : `{"$int":"${token}"}`,
  );
  try {
    return JSON.parse(exact);
  } catch {
    return undefined;
  }
}

// Why a line is no event of this history at all.
function unlike(found, schema) {
  if (found === undefined) return ["is not JSON"];
  if (kindOf(found) !== "object") return ["is not an event in its envelope"];
  const wrong = misfits(found, ENVELOPE, "the envelope");
  if (wrong.length) return wrong;
  const { type } = found.event;
  if (Object.hasOwn(schema, type)) return [];
  return [`${type ?? "an event without a type"} is not an event type of this history`];
}

function misfits(found, wanted, what) {
  const names = new Set([...Object.keys(wanted), ...Object.keys(found)]);
  return [...names].flatMap((name) => {
    if (!Object.hasOwn(found, name)) {
      return mayBeMissing(wanted[name]) ? [] : [`${what} has no ${name}`];
    }
    if (!Object.hasOwn(wanted, name)) return [`${what} has the unknown field ${name}`];
    const kind = kindOf(found[name]);
    const allowed = wanted[name].split("|");
    return allowed.includes(kind) || allowed.includes("any")
      ? []
      : [`${name} of ${what} is ${kind}, not ${wanted[name].replaceAll("|", " or ")}`];
  });
}

// A log that nobody here wrote may have a field now and then.
const mayBeMissing = (kinds) => kinds.split("|").includes("missing");

function kindOf(value) {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "object") return "$int" in value ? "integer" : "object";
  if (typeof value !== "number") return typeof value;
  return Number.isInteger(value) ? "integer" : "number";
}

// Given event after event, says what is wrong with the order.
function orderly() {
  const versions = new Map();
  const last = { position: 0, at: -Infinity };
  return ({ position, stream, version, recorded_at, effective_at }) => {
    const at = readTime(recorded_at);
    if (at === null || readTime(effective_at) === null) return ["a time is not ISO 8601"];
    const wrong = [];
    if (position <= last.position) wrong.push(`position ${position} is not the next`);
    if (at < last.at) wrong.push("recorded_at goes backwards");
    const next = (versions.get(stream) ?? 0) + 1;
    if (version !== next) wrong.push(`${stream} should be at version ${next}, not ${version}`);
    versions.set(stream, version);
    Object.assign(last, { position, at });
    return wrong;
  };
}

// Columns from events, as Python would send them, but without states: those need evolve.
export function columnsOf(events) {
  const list = (f) => events.map(f);
  const streams = [...new Set(list((e) => e.stream))];
  const index = new Map(streams.map((name, n) => [name, n]));
  const at = list((e) => readTime(e.recorded_at));
  const positions = list((e) => e.position);
  const { type, ...event } = typed(events);
  return {
    events: events.length,
    of: events.length,
    streams,
    row: {
      type,
      decision: list(() => -1),
      stream: list((e) => index.get(e.stream)),
      actor: list((e) => e.actor),
    },
    time: { start: 0, unit: 1, at, lag: list((e, i) => readTime(e.effective_at) - at[i]) },
    event,
    command: { type: [], types: [], values: [] },
    decision: { rejected: [], cause: [], id: [], correlation: [] },
    imported: { id: list((e) => e.command_id), correlation: list((e) => e.correlation_id) },
    position: positions.every((p, i) => p === i + 1) ? null : positions,
    version: null,
    state: null,
  };
}

// The number of each event's type, and a column for each field of each type. Two shapes of one
// type count as two types of one name.
function typed(events) {
  const shapes = new Map();
  const values = [];
  const type = events.map(({ event: { type, ...payload } }) => {
    const shape = JSON.stringify([type, ...Object.keys(payload)]);
    if (!shapes.has(shape)) {
      shapes.set(shape, shapes.size);
      values.push(Object.keys(payload).map(() => []));
    }
    const number = shapes.get(shape);
    Object.values(payload).forEach((value, slot) => values[number][slot].push(value));
    return number;
  });
  return { type, types: [...shapes.keys()].map((shape) => JSON.parse(shape)), values };
}
