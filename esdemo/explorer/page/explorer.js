// The explorer: a history in the hand. One module, no build step, no dependency.
//
// It is given columns (esdemo/explorer/columns.py) and patches (patches.py), folds the patches
// itself, and draws. Three hosts use it: a live notebook (anywidget, at the end of this file), the
// output stored in a notebook, and a file of its own. Python decides and evolves; nothing here
// guesses what Python would say.

// --- 1. Columns: what pack() in columns.py wrote, read back ---------------------------------

export function unpack(column) {
  if (Array.isArray(column)) return column;
  const out = [];
  if (column.r) {
    for (let i = 0; i < column.r.length; i += 2) {
      for (let k = column.r[i + 1]; k > 0; k--) out.push(column.r[i]);
    }
  } else if (column.d) {
    let sum = 0;
    for (const step of unpack(column.d)) out.push((sum += step));
  } else if (column.k) {
    for (const key of unpack(column.i)) out.push(column.k[key]);
  } else {
    for (let i = 0; i < column.n.length; i += 3) {
      const [prefix, first, count] = column.n.slice(i, i + 3);
      for (let k = 0; k < count; k++) out.push(first < 0 ? prefix : prefix + (first + k));
    }
  }
  return out;
}

// How many earlier entries have the same number: the place of each in its own column.
function ordinals(numbers) {
  const seen = [];
  const out = new Int32Array(numbers.length);
  for (let i = 0; i < out.length; i++) {
    const n = numbers[i];
    out[i] = n < 0 ? -1 : (seen[n] = (seen[n] ?? -1) + 1);
  }
  return out;
}

class Messages {
  constructor({ types, values }, type) {
    this.types = types;
    this.type = type;
    this.ordinal = ordinals(type);
    this.values = values;
    this.columns = []; // of a type, unpacked when one of it is first looked at
  }

  name(i) {
    return this.types[this.type[i]][0];
  }

  get(i) {
    const [type, ...fields] = this.types[this.type[i]];
    const number = this.type[i];
    const columns = (this.columns[number] ??= this.values[number].map(unpack));
    const found = { type };
    fields.forEach((field, n) => (found[field] = columns[n][this.ordinal[i]]));
    return found;
  }
}

// --- 2. The log: rows (events, and commands that led to none) and positions ------------------

export class Log {
  constructor(data) {
    this.data = data;
    this.count = data.events;
    this.streams = data.streams;
    const type = unpack(data.row.type);
    this.rows = type.length;
    this.decision = unpack(data.row.decision);
    this.stream = unpack(data.row.stream);
    this.actor = unpack(data.row.actor);
    const { start, unit, at, lag } = data.time;
    this.at = scaled(unpack(at), unit, start);
    this.lag = scaled(unpack(lag), unit, 0);
    this.rejected = unpack(data.decision.rejected);
    this.cause = unpack(data.decision.cause);
    this.events = new Messages(data.event, type);
    this.commands = new Messages(data.command, unpack(data.command.type));
    this.imported = ordinals(this.decision.map((d) => (d < 0 ? 0 : -1)));
    this.place = new Int32Array(this.rows); // events up to and with this row
    this.rowOf = new Int32Array(this.count + 1).fill(-1); // of the event at a position
    this.streamOf = new Int32Array(this.count + 1);
    this.version = new Int32Array(this.count + 1);
    this.firstRow = new Int32Array(this.rejected.length).fill(-1); // of a decision
    const versions = new Int32Array(this.streams.length);
    const told = data.version && unpack(data.version);
    for (let row = 0, place = 0; row < this.rows; row++) {
      if (type[row] >= 0) {
        this.rowOf[++place] = row;
        const stream = (this.streamOf[place] = this.stream[row]);
        this.version[place] = told ? told[place - 1] : ++versions[stream];
      }
      this.place[row] = place;
      const decision = this.decision[row];
      if (decision >= 0 && this.firstRow[decision] < 0) this.firstRow[decision] = row;
    }
    this.positions = data.position && unpack(data.position);
    this.refusals = this.rejected.reduce((n, reason) => n + (reason !== null), 0);
    this.texts = [];
    this.unpacked = {};
  }

  // Long names, unpacked when first asked for.
  get ids() {
    return (this.unpacked.ids ??= unpack(this.data.decision.id));
  }

  get correlations() {
    return (this.unpacked.correlations ??= unpack(this.data.decision.correlation));
  }

  get importedIds() {
    return (this.unpacked.importedIds ??= unpack(this.data.imported.id));
  }

  get importedCorrelations() {
    return (this.unpacked.importedCorrelations ??= unpack(this.data.imported.correlation));
  }

  isEvent(row) {
    return this.events.type[row] >= 0;
  }

  // What a row shows: its event, or the command that led to none.
  message(row) {
    return this.isEvent(row) ? this.events.get(row) : this.commands.get(this.decision[row]);
  }

  name(row) {
    return this.isEvent(row) ? this.events.name(row) : this.commands.name(this.decision[row]);
  }

  reason(row) {
    return this.isEvent(row) ? null : this.rejected[this.decision[row]];
  }

  number(place) {
    return this.positions ? this.positions[place - 1] : place;
  }

  // The event in its envelope, as a line of JSON Lines has it (esdemo/explorer/lines.py).
  recorded(place) {
    const row = this.rowOf[place];
    const decision = this.decision[row];
    const imported = this.imported[row];
    const id = decision < 0 ? this.importedIds[imported] : this.ids[decision];
    const other = decision < 0 ? this.importedCorrelations[imported] : this.correlations[decision];
    return {
      position: this.number(place),
      stream: this.streams[this.stream[row]],
      version: this.version[place],
      event: this.events.get(row),
      command_id: id,
      correlation_id: other ?? id,
      actor: this.actor[row],
      recorded_at: isoTime(this.at[row]),
      effective_at: isoTime(this.at[row] + this.lag[row]),
    };
  }

  // The places of all events of a stream, in order.
  placesOf(stream) {
    if (!this.byStream) {
      this.byStream = this.streams.map(() => []);
      for (let p = 1; p <= this.count; p++) this.byStream[this.streamOf[p]].push(p);
    }
    return this.byStream[stream];
  }

  versionAt(stream, position) {
    return upTo(this.placesOf(stream), position);
  }

  // How many events had been recorded at a moment, inclusive; times never go backwards.
  positionAt(moment) {
    const row = upTo(this.at, moment) - 1;
    return row < 0 ? 0 : this.place[row];
  }

  text(row) {
    return (this.texts[row] ??= [
      this.streams[this.stream[row]],
      this.actor[row],
      this.reason(row) ?? "",
      ...Object.values(this.message(row)).map(compact),
    ]
      .join("\n")
      .toLowerCase());
  }
}

function scaled(list, unit, start) {
  const out = new Float64Array(list.length);
  for (let i = 0; i < out.length; i++) out[i] = start + list[i] * unit;
  return out;
}

// How many entries of a sorted list are at most a limit.
function upTo(sorted, limit) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

// --- 3. The fold: state = patches applied in order, with checkpoints every sqrt(n) events ----

const [SET, REMOVE, TAIL, ADD] = [0, 1, 2, 3];

export class Fold {
  constructor(log) {
    const state = log.data.state;
    this.log = log;
    this.initial = state.initial;
    this.paths = state.paths;
    this.shapes = state.shapes;
    this.shape = unpack(state.shape);
    this.ordinal = ordinals(this.shape);
    this.values = state.values.map((slots) => slots.map(unpack));
    this.every = Math.max(16, Math.ceil(Math.sqrt(log.count)));
    this.checkpoints = null;
    this.cached = new Map();
  }

  // One event. `owned` holds the objects that this fold made and may therefore change.
  apply(world, place, owned) {
    const number = this.shape[place - 1];
    const stream = this.log.streamOf[place];
    let state = world[stream] === undefined ? this.initial : world[stream];
    const shape = this.shapes[number];
    const values = this.values[number];
    const k = this.ordinal[place - 1];
    for (let slot = 0; slot < shape.length; slot++) {
      const path = this.paths[shape[slot][1]];
      state = patch(state, path, 0, shape[slot][0], values[slot][k], owned);
    }
    world[stream] = state;
  }

  // The states of all streams (undefined: no event yet) when `position` events have happened.
  world(position) {
    if (!this.checkpoints) {
      this.checkpoints = [[]];
      const world = [];
      for (let place = 1, owned = new Set(); place <= this.log.count; place++) {
        this.apply(world, place, owned);
        if (place % this.every === 0) {
          this.checkpoints.push(world.slice());
          owned = new Set();
        }
      }
    }
    if (this.cached.has(position)) return this.cached.get(position);
    const nearest = Math.floor(position / this.every);
    const world = this.checkpoints[nearest].slice();
    const owned = new Set();
    for (let p = nearest * this.every + 1; p <= position; p++) this.apply(world, p, owned);
    if (this.cached.size > 3) this.cached.delete(this.cached.keys().next().value);
    this.cached.set(position, world);
    return world;
  }

  state(stream, position) {
    return this.world(position)[stream] ?? this.initial;
  }

  // The values of a field of one stream: [places, numbers], a step at each of its events.
  series(stream, field) {
    const places = this.log.placesOf(stream);
    const world = [];
    const owned = new Set();
    const numbers = Float64Array.from(places, (place) => {
      this.apply(world, place, owned);
      return field.of(world[stream]);
    });
    return [places, numbers];
  }

  // Whether the event at a place changed this path, or something in or around it.
  touches(place, path) {
    return this.shapes[this.shape[place - 1]].some(([, number]) => {
      const changed = this.paths[number];
      return path.every((part, n) => n >= changed.length || changed[n] === part);
    });
  }
}

function patch(node, path, depth, kind, value, owned) {
  if (depth === path.length) {
    if (kind === ADD) return node + value;
    if (kind !== TAIL) return value;
    const list = own(node, owned);
    list.length = value[0];
    for (let i = 1; i < value.length; i++) list.push(value[i]);
    return list;
  }
  const copy = own(node, owned);
  const key = path[depth];
  if (kind === REMOVE && depth === path.length - 1) delete copy[key];
  else copy[key] = patch(copy[key], path, depth + 1, kind, value, owned);
  return copy;
}

function own(node, owned) {
  if (owned.has(node)) return node;
  // Without a prototype, so that no key ("__proto__") is special.
  const copy = Array.isArray(node) ? node.slice() : Object.assign(Object.create(null), node);
  owned.add(copy);
  return copy;
}

// --- 4. Looking at states: leaves, fields, differences ---------------------------------------

const isRecord = (value) =>
  value !== null && typeof value === "object" && !Array.isArray(value) && !("$int" in value);

// [path, value] for everything in a state that is not itself a record. Lists are values.
export function leaves(value, path = [], out = []) {
  const keys = isRecord(value) ? Object.keys(value) : [];
  if (keys.length) for (const key of keys) leaves(value[key], [...path, key], out);
  else out.push([path, value]);
  return out;
}

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

export const same = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);

const pick = (state, path) => path.reduce((node, key) => node?.[key], state);
const size = (value) => (value === null || value === undefined ? 0 : Object.keys(value).length);
const asNumber = (value) => (typeof value === "number" ? value : NaN);

// What can be drawn: numbers in the state, sizes of lists and maps, and always the version.
export function fields(log, fold) {
  const found = new Map();
  const number = (path) => {
    const name = path.join(".") || "state";
    found.set(name, { name, path, of: (state) => asNumber(pick(state, path)) });
  };
  const count = (path) => {
    const name = `${path.join(".") || "state"} (how many)`;
    found.set(name, { name, path, of: (state) => size(pick(state, path)) });
  };
  const look = (path, value) => {
    if (typeof value === "number") number(path);
    else if (Array.isArray(value) || (isRecord(value) && !size(value))) count(path);
  };
  if (fold) {
    for (const [path, value] of leaves(fold.initial)) look(path, value);
    fold.shapes.forEach((shape, n) =>
      shape.forEach(([kind, p], slot) => {
        if (kind === ADD) number(fold.paths[p]);
        if (kind === TAIL) count(fold.paths[p]);
        if (kind === SET && found.size < 100 && fold.values[n][slot].length) {
          const value = fold.values[n][slot][0];
          for (const [path, leaf] of leaves(value)) look([...fold.paths[p], ...path], leaf);
        }
      }),
    );
  }
  const list = [...found.values()].slice(0, 100);
  return [...list, { name: "version (events so far)", path: null }];
}

// --- 5. Words: numbers, values and times as text ---------------------------------------------

const grouped = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 6 });

export function show(value) {
  if (value === undefined) return "nothing";
  if (typeof value === "number") return grouped.format(value);
  if (typeof value === "string") return value === "" ? '""' : value;
  return compact(value);
}

// JSON, with the long whole numbers as digits again.
export function compact(value) {
  return JSON.stringify(value).replace(/\{"\$int":"(-?\d+)"\}/g, "$1");
}

const short = (text, most = 160) => (text.length > most ? text.slice(0, most - 1) + "…" : text);

const summary = (message) =>
  Object.entries(message)
    .filter(([name]) => name !== "type")
    .map(([name, value]) => `${name} ${show(value)}`)
    .join(" · ");

export function isoTime(micros) {
  const seconds = Math.floor(micros / 1e6);
  const rest = String(micros - seconds * 1e6).padStart(6, "0");
  return new Date(seconds * 1000).toISOString().slice(0, 19) + "." + rest + "+00:00";
}

const clock = (micros) => isoTime(micros).slice(0, 19).replace("T", " ");

// Microseconds since 1970 of ISO 8601 text. A date alone means the end of that day; without a
// zone it is UTC. null for anything else.
export function readTime(text) {
  const match =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?)? ?(Z|[+-]\d\d:\d\d)?$/i.exec(
      text.trim(),
    );
  if (!match) return null;
  const [, date, minutes, seconds = "00", fraction = "", zone = "Z"] = match;
  const whole = Date.parse(`${date}T${minutes ?? "00:00"}:${seconds}${zone.toUpperCase()}`);
  if (Number.isNaN(whole) || new Date(`${date}T00:00Z`).toISOString().slice(0, 10) !== date) {
    return null;
  }
  return whole * 1000 + (minutes ? Number(fraction.padEnd(6, "0")) : 86400e6 - 1);
}

function duration(micros) {
  const units = [
    ["day", 86400e6],
    ["hour", 3600e6],
    ["minute", 60e6],
    ["second", 1e6],
  ];
  const [name, length] = units.find(([, length]) => micros >= length) ?? units[3];
  const n = Math.round(micros / length);
  return `${grouped.format(n)} ${name}${n === 1 ? "" : "s"}`;
}

const plural = (n, word) => `${grouped.format(n)} ${word}${n === 1 ? "" : "s"}`;

// --- 6. JSON Lines: a line for each event, out and in ----------------------------------------

export const toLines = (log) =>
  Array.from({ length: log.count }, (_, i) => compact(log.recorded(i + 1)) + "\n").join("");

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

function kindOf(value) {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "object") return "$int" in value ? "integer" : "object";
  if (typeof value !== "number") return typeof value;
  return Number.isInteger(value) ? "integer" : "number";
}

function misfits(found, wanted, what) {
  const names = Object.keys({ ...wanted, ...found });
  return names.flatMap((name) => {
    if (!(name in found)) return [`${what} has no ${name}`];
    if (!(name in wanted)) return [`${what} has the unknown field ${name}`];
    const kind = kindOf(found[name]);
    const allowed = wanted[name].split("|");
    return allowed.includes(kind) || allowed.includes("any")
      ? []
      : [`${name} of ${what} is ${kind}, not ${wanted[name].replaceAll("|", " or ")}`];
  });
}

// Whole numbers that JSON.parse would round keep their digits.
const parseExactly = (line) =>
  JSON.parse(
    line.replace(/"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g, (token) =>
      token[0] === '"' || Number.isSafeInteger(Number(token)) ? token : `{"$int":"${token}"}`,
    ),
  );

// The events of an import, or what is wrong with it: nothing is guessed, nothing is skipped.
export function readLines(text, schema) {
  const events = [];
  const problems = [];
  const versions = new Map();
  const last = { position: 0, at: -Infinity };
  text.split("\n").forEach((line, n) => {
    if (!line.trim()) return;
    const say = (problem) => problems.push(`line ${n + 1}: ${problem}`);
    let found;
    try {
      found = parseExactly(line);
    } catch {
      return say("is not JSON");
    }
    if (kindOf(found) !== "object") return say("is not an event in its envelope");
    const wrong = misfits(found, ENVELOPE, "the envelope");
    if (wrong.length) return wrong.forEach(say);
    const { type, ...payload } = found.event;
    if (!(type in schema)) {
      return say(`${type ?? "an event without a type"} is not an event type of this history`);
    }
    misfits(payload, schema[type], type).forEach(say);
    const at = readTime(found.recorded_at);
    if (at === null || readTime(found.effective_at) === null) return say("a time is not ISO 8601");
    if (found.position <= last.position) say(`position ${found.position} is not the next`);
    if (at < last.at) say("recorded_at goes backwards");
    const version = (versions.get(found.stream) ?? 0) + 1;
    if (found.version !== version) {
      say(`${found.stream} should be at version ${version}, not ${found.version}`);
    }
    versions.set(found.stream, found.version);
    last.position = found.position;
    last.at = at;
    events.push(found);
  });
  if (!events.length && !problems.length) problems.push("there is no event in it");
  return { events, problems };
}

// Columns from events, as Python would send them, but without states: those need evolve.
export function columnsOf(events) {
  const list = (f) => events.map(f);
  const shapes = new Map();
  const values = [];
  const type = list(({ event: { type, ...payload } }) => {
    const shape = JSON.stringify([type, ...Object.keys(payload)]);
    if (!shapes.has(shape)) {
      shapes.set(shape, shapes.size);
      values.push(Object.keys(payload).map(() => []));
    }
    const number = shapes.get(shape);
    Object.values(payload).forEach((value, slot) => values[number][slot].push(value));
    return number;
  });
  const streams = [...new Set(list((e) => e.stream))];
  const index = new Map(streams.map((name, n) => [name, n]));
  const at = list((e) => readTime(e.recorded_at));
  const none = { rejected: [], cause: [], id: [], correlation: [] };
  const positions = list((e) => e.position);
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
    event: { types: [...shapes.keys()].map((shape) => JSON.parse(shape)), values },
    command: { type: [], types: [], values: [] },
    decision: none,
    imported: { id: list((e) => e.command_id), correlation: list((e) => e.correlation_id) },
    position: positions.every((p, i) => p === i + 1) ? null : positions,
    version: null,
    state: null,
  };
}

// --- 7. Two branches: the history as recorded, and another beside it -------------------------

export class Branch {
  // align: for each position of the recorded history, how far the other one is at that moment.
  constructor(log, { label, history, align, notes = [], summary = "" }) {
    this.log = new Log(history);
    this.fold = history.state ? new Fold(this.log) : null;
    this.label = label;
    this.notes = notes;
    this.summary = summary;
    this.align = align
      ? unpack(align)
      : Array.from({ length: log.count + 1 }, (_, p) =>
          p ? this.log.positionAt(log.at[log.rowOf[p]]) : 0,
        );
    const both = Math.min(log.count, this.log.count);
    const fact = (side, p) => {
      const row = side.rowOf[p];
      return compact([side.streams[side.stream[row]], side.events.get(row), side.at[row]]);
    };
    let p = 0;
    while (p < both && fact(log, p + 1) === fact(this.log, p + 1)) p++;
    this.prefix = p; // how many events both begin with
    this.pairs = this.#pairs(log, fact);
  }

  // [position or 0, position or 0, same?] after the common prefix, in order.
  #pairs(log, fact) {
    const pairs = [];
    let other = this.prefix;
    const rest = (until) => {
      while (other < until) pairs.push([0, ++other, false]);
    };
    for (let p = this.prefix + 1; p <= log.count; p++) {
      const until = Math.min(this.align[p], this.log.count);
      if (until <= other) {
        pairs.push([p, 0, false]);
        continue;
      }
      rest(until - 1);
      pairs.push([p, ++other, fact(log, p) === fact(this.log, other)]);
    }
    rest(this.log.count);
    return pairs;
  }

  // Differences of all streams at a moment of the recorded history: [stream, path, was, is].
  differences(fold, position) {
    const names = [...new Set([...fold.log.streams, ...this.log.streams])];
    const [ours, theirs] = [fold.world(position), this.fold.world(this.align[position])];
    return names.flatMap((name) => {
      const a = ours[fold.log.streams.indexOf(name)];
      const b = theirs[this.log.streams.indexOf(name)];
      return difference(a, b).map((found) => [name, ...found]);
    });
  }
}

// --- 8. Drawing: elements, icons, marks, the step chart --------------------------------------

const SVG = "http://www.w3.org/2000/svg";

function h(tag, props = {}, ...children) {
  const svg = ["svg", "path", "line", "circle", "g", "text", "rect", "clipPath"].includes(tag);
  const node = svg ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && !svg && name !== "list") node[name] = value;
    else if (value !== false && value !== null) node.setAttribute(name, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

const ICONS = {
  first: "M4 3v10M13 3L6 8l7 5z",
  back: "M11 3L4 8l7 5z",
  play: "M4 2.5l9 5.5-9 5.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  next: "M5 3l7 5-7 5z",
  last: "M12 3v10M3 3l7 5-7 5z",
  pin: "M8 1.5a4.5 4.5 0 0 1 4.5 4.5C12.5 9.5 8 14.5 8 14.500S3.5 9.5 3.5 6A4.5 4.5 0 0 1 8 1.500z",
};

const icon = (name) =>
  h(
    "svg",
    { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" },
    h("path", { d: ICONS[name] }),
  );

// A shape and a colour for each type, so that no one has to tell colours apart.
const SHAPES = [
  "M8 3a5 5 0 1 0 .01 0z",
  "M3.5 3.500h9v9h-9z",
  "M8 2.500l6 11H2z",
  "M8 2l6 6-6 6-6-6z",
  "M2 2.500h12l-6 11z",
  "M6 2h4v4h4v4h-4v4H6v-4H2V6h4z",
  "M8 2l2 4 4 .5-3 3 .8 4.500L8 12l-3.8 2 .8-4.5-3-3L6 6z",
];
const REFUSED = "M8 2.500a5.5 5.5 0 1 0 .01 0zM4.2 4.200l7.6 7.6";

const mark = (type) =>
  h(
    "svg",
    {
      viewBox: "0 0 16 16",
      class: type < 0 ? "mark refused" : `mark c${type % 7}`,
      "aria-hidden": "true",
    },
    h("path", { d: type < 0 ? REFUSED : SHAPES[type % 7] }),
  );

// A path that steps through (x, y) pixels. With more points than pixels: a vertical stroke from
// the lowest to the highest in each pixel, which looks the same.
export function stepPath(xs, ys, end, sampled) {
  const parts = [];
  const r = (n) => Math.round(n * 10) / 10;
  let drawn = false;
  for (let i = 0; i < xs.length; i++) {
    if (Number.isNaN(ys[i])) {
      drawn = false;
      continue;
    }
    if (!drawn) parts.push(`M${r(xs[i])} ${r(ys[i])}`);
    if (sampled) {
      const pixel = Math.floor(xs[i]);
      let [low, high] = [ys[i], ys[i]];
      while (i + 1 < xs.length && Math.floor(xs[i + 1]) === pixel) {
        const y = ys[++i];
        if (y < low) low = y;
        if (y > high) high = y;
      }
      parts.push(`H${pixel}V${r(low)}V${r(high)}V${r(ys[i])}`);
    } else if (drawn) parts.push(`H${r(xs[i])}V${r(ys[i])}`);
    drawn = true;
  }
  return drawn ? `${parts.join("")}H${r(end)}` : parts.join("");
}

// --- 9. The explorer itself -------------------------------------------------------------------

const ROW = 46; // pixels of a row in the list
const SPEEDS = [0.5, 1, 2, 4, 8];
const LONGEST = 2000; // milliseconds of the longest gap in playback
const FOLLOW = "\u0000follow";
const MOST = 200; // rows of a table

const TABS = [
  ["now", "Now", "The event at this position, and the state that it led to"],
  ["all", "All", "The state of every stream at this position"],
  ["why", "Why", "From command to events, and the event as it was stored"],
  ["compare", "Compare", "Pin a moment and compare another with it"],
  ["what-if", "What if", "Skip an event or a command, or try a new one"],
  ["predict", "Predict", "Say what comes next before you see it"],
  ["carry", "Carry", "Export and import JSON Lines"],
];

const HELP = [
  ["← →", "one event back, one on"],
  ["↑ ↓", "one row of the list, refused commands included"],
  ["Page Up, Page Down", "a tenth of the history"],
  ["Home, End", "the beginning, the end"],
  ["Space", "play, pause"],
  ["[ ]", "the previous, the next event of this type"],
  ["{ }", "the previous, the next event of this stream"],
  ["p", "pin this moment, to compare others with it"],
  ["/", "find"],
];

export function mount(root, data, options = {}) {
  return new Explorer(root, data, options);
}

class Explorer {
  constructor(root, data, options) {
    this.options = options;
    this.log = new Log(data);
    this.fold = data.state ? new Fold(this.log) : null;
    this.fields = fields(this.log, this.fold);
    this.byName = new Map(this.log.streams.map((name, n) => [name, n]));
    this.branches = [];
    this.query = { text: "", type: "", stream: "", actor: "", field: "" };
    this.filtered = null; // row numbers, or null for all
    this.score = { right: 0, asked: 0 };
    this.predicting = false;
    this.position = -1;
    this.row = -1;
    this.pin = null;
    this.branch = null;
    this.tab = "now";
    this.speed = 1;
    this.playing = 0;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    const field = this.fields.findIndex((f) => f.name === options.field);
    this.field = this.fields[Math.max(0, field)];
    this.watch = this.byName.has(options.stream) ? options.stream : this.log.streams[0];
    this.root = h("section", {
      class: "esdemo-explorer",
      "aria-label": "History explorer",
    });
    this.root.append(...this.build());
    this.root.addEventListener("keydown", (event) => this.key(event));
    // JupyterLab looks at whatever has the focus itself: its own keys stay out while that is ours.
    this.root.addEventListener("focusin", ({ target }) =>
      target.setAttribute("data-lm-suppress-shortcuts", "true"),
    );
    if (options.height) this.root.style.setProperty("--height", `${options.height}px`);
    this.root.explorer = this; // for whoever looks at the page with the browser's own tools
    root.append(this.root);
    this.theme();
    this.resized = new ResizeObserver(() => this.draw(true));
    this.resized.observe(this.chart);
    this.resized.observe(this.list);
    this.pin = options.pin ?? null;
    this.move(this.fromLink() ?? options.position ?? this.log.count, { quiet: true });
    this.paint();
  }

  remove() {
    this.pause();
    this.resized.disconnect();
    this.themed?.disconnect();
    this.root.remove();
  }

  // Light or dark: as JupyterLab is, else as the reader's system is.
  theme() {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const page = document.body;
    const set = () => {
      const lab = page.dataset.jpThemeLight;
      const code = page.dataset.vscodeThemeKind;
      const isDark = lab ? lab === "false" : code ? code.includes("dark") : dark.matches;
      this.root.dataset.theme = isDark ? "dark" : "light";
    };
    set();
    dark.addEventListener("change", set);
    this.themed = new MutationObserver(set);
    this.themed.observe(page, {
      attributeFilter: ["data-jp-theme-light", "data-vscode-theme-kind"],
    });
  }

  // -- building, once --

  build() {
    this.status = h("div", { class: "hidden", role: "status", "aria-live": "polite" });
    return [this.buildHead(), this.buildMoves(), this.buildChart(), this.buildBody(), this.status];
  }

  buildHead() {
    const { log } = this;
    const times = log.rows
      ? ` · ${clock(log.at[0]).slice(0, 10)} to ${clock(log.at[log.rows - 1]).slice(0, 10)}`
      : "";
    const parts = [plural(log.count, "event"), plural(log.streams.length, "stream")];
    if (log.rejected.length) parts.push(plural(log.refusals, "refused command"));
    this.seek = h("input", {
      type: "text",
      size: 16,
      placeholder: "position or date",
      "aria-label": "Go to a position, or to the moment as of a date or time (UTC)",
      title:
        "A position such as 120, or a moment such as 2025-03-03 or 2025-03-03 12:00 (UTC); a date alone means its end",
      onkeydown: (event) => {
        if (event.key === "Enter") this.goTo(this.seek.value);
      },
    });
    this.pinButton = this.button(
      [icon("pin"), " Pin"],
      "Pin this moment as A, to compare others with it (p)",
      () => this.setPin(),
    );
    const help = h(
      "dl",
      { class: "help", hidden: true, id: this.id("help") },
      HELP.map(([keys, what]) => [h("dt", {}, keys), h("dd", {}, what)]),
    );
    const button = this.button("Keys", "What the keys do, while the focus is in here", () => {
      help.hidden = !help.hidden;
      button.setAttribute("aria-expanded", String(!help.hidden));
    });
    button.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-controls", help.id);
    const cut =
      log.data.of > log.count
        ? h(
            "span",
            { class: "note" },
            `the first ${grouped.format(log.count)} of ${grouped.format(log.data.of)} events`,
          )
        : null;
    return h(
      "header",
      {},
      h(
        "div",
        { class: "bar" },
        h("strong", {}, parts.join(" · ")),
        h("span", { class: "muted times" }, times),
        cut,
        h("span", { class: "space" }),
        h(
          "span",
          { class: "group" },
          this.seek,
          this.button("Go", "Go there", () => this.goTo(this.seek.value)),
        ),
        this.pinButton,
        button,
      ),
      help,
    );
  }

  buildMoves() {
    const go = (name, label, keys, action) => {
      const button = this.button(icon(name), `${label} (${keys})`, action);
      button.classList.add("square");
      return button;
    };
    this.playButton = go("play", "Play", "Space", () => this.toggle());
    this.speedSelect = this.select(
      "Speed",
      SPEEDS.map((n) => [String(n), `${n}×`]),
      "1",
      (value) => {
        this.speed = Number(value);
      },
    );
    this.pace = this.select(
      "Pace",
      [
        ["even", "even steps"],
        ["real", "real gaps"],
      ],
      "even",
      () => this.tellPace(),
    );
    this.where = h("span", { class: "where" });
    this.said = h("span", { class: "note" });
    return h(
      "div",
      { class: "bar moves" },
      h(
        "span",
        { class: "group" },
        go("first", "The beginning", "Home", () => this.move(0)),
        go("back", "One event back", "←", () => this.step(-1)),
        this.playButton,
        go("next", "One event on", "→", () => this.step(1)),
        go("last", "The end", "End", () => this.move(this.log.count)),
      ),
      this.speedSelect,
      this.pace,
      this.where,
      h("span", { class: "space" }),
      this.said,
    );
  }

  buildChart() {
    const streams = this.log.streams.slice(0, 2000);
    this.watchSelect = this.select(
      "Stream",
      [[FOLLOW, "the event’s stream"], ...streams.map((name) => [name, name])],
      this.watch,
      (value) => this.choose({ watch: value }),
    );
    this.fieldSelect = this.select(
      "Field",
      this.fields.map((f) => [f.name, f.name]),
      this.field.name,
      (value) => this.choose({ field: this.fields.find((f) => f.name === value) }),
    );
    this.lineNote = h("span", { class: "muted" });
    this.drawing = h("svg");
    this.over = h("svg", { class: "over" }); // a layer of its own, so that the line is drawn once
    this.chart = h("div", { class: "chart", role: "img" }, this.drawing, this.over);
    const drag = (event) => {
      if (!(event.buttons & 1)) return;
      const box = this.chart.getBoundingClientRect();
      this.move(Math.round(((event.clientX - box.left - 8) / (box.width - 16)) * this.log.count));
    };
    this.chart.addEventListener("pointerdown", (event) => {
      this.chart.setPointerCapture(event.pointerId);
      drag(event);
    });
    this.chart.addEventListener("pointermove", drag);
    this.slider = h("input", {
      type: "range",
      min: 0,
      max: this.log.count,
      step: 1,
      "aria-label": "Position in the log",
      oninput: () => this.move(Number(this.slider.value)),
    });
    const of = h("span", { class: "muted" }, "of");
    return h(
      "div",
      { class: "line" },
      h("div", { class: "bar" }, this.fieldSelect, of, this.watchSelect, this.lineNote),
      this.chart,
      this.slider,
    );
  }

  buildBody() {
    this.list = h("div", {
      class: "list",
      role: "listbox",
      tabIndex: 0,
      "aria-label": "Events and refused commands",
      onscroll: () => this.drawList(),
    });
    this.spacer = h("div", { class: "spacer", role: "presentation" });
    this.list.append(this.spacer);
    this.tabs = TABS.map(([name, label, title]) =>
      h(
        "button",
        {
          type: "button",
          role: "tab",
          id: this.id(`tab-${name}`),
          title,
          "aria-controls": this.id("panel"),
          onclick: () => this.open(name),
        },
        label,
      ),
    );
    this.panel = h("div", { class: "panel", role: "tabpanel", id: this.id("panel"), tabIndex: 0 });
    return h(
      "div",
      { class: "body" },
      h("div", { class: "left" }, this.buildFind(), this.list),
      h(
        "div",
        { class: "right" },
        h("div", { class: "tabs", role: "tablist", "aria-label": "What to see" }, this.tabs),
        this.panel,
      ),
    );
  }

  buildFind() {
    const unique = (list) => [...new Set(list)].filter((name) => name !== "").sort();
    const { log } = this;
    const all = (word, names) => [["", word], ...names.slice(0, 2000).map((name) => [name, name])];
    const filter = (name, label, entries) =>
      this.select(label, entries, "", (value) => this.find({ [name]: value }));
    const refused = log.refusals ? [["\u0000refused", "refused commands"]] : [];
    const types = unique([...log.events.types, ...log.commands.types].map(([type]) => type));
    const paths = this.fold ? unique(this.fold.paths.map((path) => path[0] ?? "state")) : [];
    this.filters = [
      filter("type", "Type", [["", "any type"], ...refused, ...types.map((name) => [name, name])]),
      filter("stream", "Stream", all("any stream", log.streams)),
      filter("actor", "Actor", all("any actor", unique(log.actor))),
      filter("field", "Changes this field", all("any change", paths)),
    ];
    const more = h("div", { class: "filters", hidden: true, id: this.id("filters") }, this.filters);
    this.findBox = h("input", {
      type: "search",
      placeholder: "find",
      "aria-label": "Find text in stream, actor, type or payload",
      oninput: () => this.find({ text: this.findBox.value }),
    });
    const button = this.button("Filter", "Find by type, stream, actor or changed field", () => {
      more.hidden = !more.hidden;
      button.setAttribute("aria-expanded", String(!more.hidden));
    });
    button.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-controls", more.id);
    this.foundNote = h("span", { class: "muted" });
    return h(
      "div",
      { class: "find" },
      h("div", { class: "bar" }, this.findBox, button, this.foundNote),
      more,
    );
  }

  id(name) {
    this.uid ??= `esdemo-${(mount.count = (mount.count ?? 0) + 1)}`;
    return `${this.uid}-${name}`;
  }

  button(content, title, onclick) {
    const named = typeof content === "string";
    return h(
      "button",
      { type: "button", title, onclick, ...(named ? {} : { "aria-label": title }) },
      content,
    );
  }

  select(label, entries, value, onchange) {
    const node = h("select", {
      "aria-label": label,
      title: label,
      onchange: () => onchange(node.value),
    });
    node.append(
      ...entries.map(([v, text]) => h("option", { value: v, selected: v === value }, text)),
    );
    return node;
  }

  // -- moving --

  // Stand where `position` events have happened; on a refused command's row when one is given.
  move(position, { row, quiet = false } = {}) {
    if (!Number.isFinite(position)) return;
    position = Math.max(0, Math.min(this.log.count, Math.round(position)));
    row ??= this.log.rowOf[position];
    if (position === this.position && row === this.row) return;
    this.position = position;
    this.row = row;
    this.follow = true;
    this.paint();
    if (!quiet) this.tell();
    if (!quiet || this.playing) this.link();
  }

  choose(changes) {
    Object.assign(this, changes);
    this.watchSelect.value = this.watch;
    this.fieldSelect.value = this.field.name;
    this.line = null;
    this.paint();
    this.link();
  }

  step(by) {
    this.move(this.position + by);
  }

  // The next row of the list in either direction.
  stepRow(by) {
    const shown = this.filtered;
    const last = (shown ? shown.length : this.log.rows) - 1;
    const here = shown ? upTo(shown, this.row) - 1 : this.row;
    const exact = !shown || shown[here] === this.row;
    const next = Math.max(by < 0 ? -1 : 0, Math.min(last, here + by + (by < 0 && !exact ? 1 : 0)));
    if (next < 0) return shown ? undefined : this.move(0);
    const row = shown ? shown[next] : next;
    this.move(this.log.place[row], { row });
  }

  // The previous or next event that is like this one.
  stepLike(by, like) {
    for (let p = this.position + by; p > 0 && p <= this.log.count; p += by) {
      if (like(p)) return this.move(p);
    }
    this.say(by > 0 ? "there is no later one" : "there is no earlier one");
  }

  stepType(by) {
    const type = this.row < 0 ? null : this.log.name(this.row);
    this.stepLike(by, (p) => type === null || this.log.events.name(this.log.rowOf[p]) === type);
  }

  stepStream(by) {
    const stream = this.row < 0 ? this.byName.get(this.watched()) : this.log.stream[this.row];
    this.stepLike(by, (p) => this.log.streamOf[p] === stream);
  }

  goTo(text) {
    const number = /^\s*#?([\d,. ]+)\s*$/.exec(text)?.[1].replace(/[,. ]/g, "");
    if (number) {
      const most = this.log.count;
      if (Number(number) > most) this.say(`there are ${grouped.format(most)} positions`);
      return this.move(Number(number));
    }
    const moment = readTime(text);
    if (moment === null) {
      return this.say("write a position (120) or a moment (2025-03-03, 2025-03-03 12:00), in UTC");
    }
    const position = this.log.positionAt(moment);
    this.move(position, { quiet: true });
    this.say(`as of ${clock(moment)} UTC: position ${grouped.format(position)}`);
  }

  setPin(position = this.position) {
    this.pin = this.pin === position ? null : position;
    this.options.onpin?.(this.pin);
    this.say(
      this.pin === null ? "pin taken away" : `pinned position ${grouped.format(position)} as A`,
    );
    this.paint();
    this.link();
  }

  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    const tag = event.target.tagName;
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(tag) && event.target.type !== "range";
    const actions = {
      ArrowLeft: () => this.step(-1),
      ArrowRight: () => this.step(1),
      ArrowUp: () => this.stepRow(-1),
      ArrowDown: () => this.stepRow(1),
      PageUp: () => this.move(this.position - this.tenth()),
      PageDown: () => this.move(this.position + this.tenth()),
      Home: () => this.move(0),
      End: () => this.move(this.log.count),
      " ": () => this.toggle(),
      "[": () => this.stepType(-1),
      "]": () => this.stepType(1),
      "{": () => this.stepStream(-1),
      "}": () => this.stepStream(1),
      p: () => this.setPin(),
      "/": () => this.findBox.focus(),
    };
    if (typing || !(event.key in actions)) return;
    if (tag === "BUTTON" && event.key === " ") return; // presses the button
    if (event.target === this.panel && /^(Arrow(Up|Down)|Page|Home|End)/.test(event.key)) return; // scrolls it
    event.preventDefault();
    event.stopPropagation();
    actions[event.key]();
  }

  tenth() {
    return Math.max(1, Math.round(this.log.count / 10));
  }

  // -- playing --

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    if (this.position >= this.log.count) this.move(0);
    this.playButton.replaceChildren(icon("pause"));
    this.playButton.setAttribute("aria-label", "Pause (Space)");
    this.tellPace();
    this.schedule();
  }

  pause() {
    clearTimeout(this.playing);
    this.playing = 0;
    this.playButton.replaceChildren(icon("play"));
    this.playButton.setAttribute("aria-label", "Play (Space)");
    this.saidBefore("");
    this.tell();
    this.options.onmove?.(this.position);
    this.link();
  }

  // The next event after a pause; each step is set off by a timer, so no frame waits for a kernel.
  schedule() {
    this.playing = setTimeout(() => {
      this.move(this.position + 1, { quiet: true });
      if (this.position >= this.log.count) this.pause();
      else this.schedule();
    }, this.delay());
  }

  delay() {
    let wait = 400;
    if (this.pace.value === "real") {
      const now = this.position ? this.log.at[this.log.rowOf[this.position]] : this.log.at[0];
      const gap = this.log.at[this.log.rowOf[this.position + 1]] - now;
      wait = Math.max(50, (gap / this.usualGap()) * 400);
      const long = wait > LONGEST;
      this.saidBefore(long ? `a gap of ${duration(gap)} is shortened` : "");
      wait = Math.min(wait, LONGEST);
    }
    return Math.max(wait / this.speed, this.still.matches ? 1000 : 16);
  }

  usualGap() {
    if (!this.gap) {
      const gaps = [];
      for (let p = 2; p <= this.log.count; p++) {
        const gap = this.log.at[this.log.rowOf[p]] - this.log.at[this.log.rowOf[p - 1]];
        if (gap > 0) gaps.push(gap);
      }
      this.gap = gaps.sort((a, b) => a - b)[gaps.length >> 1] ?? 1e6;
    }
    return this.gap;
  }

  tellPace() {
    if (this.still.matches) this.saidBefore("reduced motion: at most one event a second");
    else if (this.pace.value === "real") this.saidBefore("long gaps are shortened");
  }

  saidBefore(text) {
    if (this.said.textContent !== text) this.said.textContent = text;
  }

  // -- saying --

  say(text) {
    this.saidBefore(text);
    this.status.textContent = text;
  }

  // What a screen reader hears after a move, once things have settled.
  tell() {
    clearTimeout(this.telling);
    this.saidBefore("");
    if (this.playing) return;
    this.options.onmove?.(this.position);
    this.telling = setTimeout(() => {
      this.status.textContent = this.words();
    }, 300);
  }

  words() {
    const place = `position ${grouped.format(this.position)} of ${grouped.format(this.log.count)}`;
    if (this.row < 0) return `${place}: before the first event`;
    const stream = this.log.streams[this.log.stream[this.row]];
    const refused = this.log.isEvent(this.row)
      ? ""
      : this.log.reason(this.row) === null
        ? ", no event"
        : ", refused";
    return `${place}: ${this.log.name(this.row)} of ${stream}${refused}`;
  }

  // -- deep links: in a file of its own, the address says where we are --

  link() {
    if (!this.options.link) return;
    clearTimeout(this.linking);
    this.linking = setTimeout(() => {
      const parts = {
        position: this.position,
        stream: this.watch === FOLLOW ? "" : this.watch,
        field: this.field.name,
      };
      if (this.pin !== null) parts.pin = this.pin;
      history.replaceState(null, "", `#${new URLSearchParams(parts)}`);
    }, 200);
  }

  fromLink() {
    if (!this.options.link) return null;
    addEventListener("hashchange", () => this.move(this.fromLink() ?? this.position));
    const parts = new URLSearchParams(location.hash.slice(1));
    const field = this.fields.find((f) => f.name === parts.get("field"));
    if (this.byName.has(parts.get("stream"))) this.watch = parts.get("stream");
    if (parts.get("stream") === "") this.watch = FOLLOW;
    if (field) this.field = field;
    if (/^\d+$/.test(parts.get("pin") ?? ""))
      this.pin = Math.min(Number(parts.get("pin")), this.log.count);
    this.watchSelect.value = this.watch;
    this.fieldSelect.value = this.field.name;
    return /^\d+$/.test(parts.get("position") ?? "") ? Number(parts.get("position")) : null;
  }

  // -- drawing, after every change, once a frame --

  paint() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => this.draw(false));
  }

  draw(all) {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.root.isConnected) return;
    const n = grouped.format;
    this.slider.value = this.position;
    this.slider.setAttribute("aria-valuetext", this.words());
    const at = this.row < 0 ? "before the first event" : `${clock(this.log.at[this.row])} UTC`;
    this.where.replaceChildren(
      h("strong", {}, n(this.position)),
      ` of ${n(this.log.count)}`,
      h("span", { class: "muted" }, ` · ${at}`),
    );
    this.drawChart(all);
    this.drawList();
    if (!this.view || this.view.name !== this.tab) this.open(this.tab);
    this.drawPanel();
  }

  watched() {
    if (this.watch !== FOLLOW) return this.watch;
    return this.log.streams[this.row < 0 ? 0 : this.log.stream[this.row]];
  }

  seriesOf(log, fold, stream) {
    const number = log.streams.indexOf(stream);
    if (number < 0) return [[], []];
    if (this.field.path === null || !fold) {
      const places = log.placesOf(number);
      return [places, places.map((_, i) => i + 1)];
    }
    return fold.series(number, this.field);
  }

  drawChart(all) {
    const stream = this.watched();
    const width = this.chart.clientWidth;
    const height = this.chart.clientHeight;
    if (!width) return;
    const x = (place) => 8 + (place / Math.max(1, this.log.count)) * (width - 16);
    const old = this.line;
    if (
      !old ||
      all ||
      old.stream !== stream ||
      old.branch !== this.branch ||
      old.hides !== this.predicting
    ) {
      this.line = this.layOut(stream, x, width, height);
    }
    const { line } = this;
    const cursor = x(this.position);
    line.clip.setAttribute("width", this.predicting ? cursor : width);
    const value = line.valueAt(this.position);
    const dot = Number.isNaN(value)
      ? []
      : [h("circle", { cx: cursor, cy: line.y(value), r: 4.5, class: "dot" })];
    const right = cursor > width * 0.75;
    const text = Number.isNaN(value) ? "" : show(value);
    const label = h(
      "text",
      {
        x: cursor + (right ? -8 : 8),
        y: 13,
        class: "value",
        "text-anchor": right ? "end" : "start",
      },
      text,
    );
    const pin =
      this.pin === null
        ? []
        : [
            h("line", { x1: x(this.pin), x2: x(this.pin), y1: 0, y2: height, class: "pin" }),
            h("text", { x: x(this.pin) + 4, y: height - 16, class: "value" }, "A"),
          ];
    this.over.replaceChildren(
      h("line", { x1: cursor, x2: cursor, y1: 0, y2: height, class: "cursor" }),
      ...pin,
      ...dot,
      label,
    );
    this.chart.setAttribute(
      "aria-label",
      `${this.field.name} of ${stream} over the log: ${text || "nothing"} at position ${this.position}`,
    );
  }

  // Everything in the chart that stays while the cursor moves.
  layOut(stream, x, width, height) {
    const [places, numbers] = this.seriesOf(this.log, this.fold, stream);
    const other = this.branch ? this.seriesOf(this.branch.log, this.branch.fold, stream) : [[], []];
    let [low, high] = [Infinity, -Infinity];
    for (const list of [numbers, other[1]]) {
      for (const n of list) {
        if (n < low) low = n;
        if (n > high) high = n;
      }
    }
    const flat = low === high;
    const y = (n) => (flat ? height / 2 : height - 14 - ((n - low) / (high - low)) * (height - 34));
    const sampled = places.length > 2 * width;
    const path = ([at, values], where) =>
      stepPath(Array.from(at, where), Array.from(values, y), width - 8, sampled);
    const clip = h("rect", { x: 0, y: 0, width, height });
    const clipId = this.id("clip");
    const back = this.branch && this.placesBack(this.branch);
    const ticks = new Set();
    const number = this.byName.get(stream);
    for (let row = 0; row < this.log.rows; row++) {
      if (!this.log.isEvent(row) && this.log.stream[row] === number)
        ticks.add(Math.round(x(this.log.place[row])));
    }
    const drawn = h(
      "g",
      { "clip-path": `url(#${clipId})` },
      low < 0 && high > 0
        ? h("line", { x1: 8, x2: width - 8, y1: y(0), y2: y(0), class: "zero" })
        : null,
      h("path", { d: path([places, numbers], x), class: "step" }),
      back ? h("path", { d: path(other, (p) => x(back[p])), class: "step other" }) : null,
      h("path", {
        d: [...ticks].map((t) => `M${t - 2.5} ${height - 8}l5 5m0-5l-5 5`).join(""),
        class: "refusals",
      }),
    );
    for (const svg of [this.drawing, this.over]) {
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    }
    this.drawing.replaceChildren(h("clipPath", { id: clipId }, clip), drawn);
    const words = [];
    if (this.predicting) words.push("what comes next is hidden");
    else if (places.length && low < Infinity)
      words.push(flat ? `always ${show(low)}` : `from ${show(low)} to ${show(high)}`);
    else words.push("no value");
    if (ticks.size) words.push("× refused");
    if (back) words.push("dashed: the other branch");
    if (sampled)
      words.push(`${grouped.format(places.length)} steps, drawn as lowest and highest per pixel`);
    this.lineNote.textContent = words.join(" · ");
    const start = this.field.path && this.fold ? this.field.of(this.fold.initial) : 0;
    const valueAt = (position) => {
      const n = upTo(places, position);
      return n ? numbers[n - 1] : low < Infinity ? start : NaN;
    };
    return { stream, branch: this.branch, hides: this.predicting, clip, y, valueAt };
  }

  // For each position of a branch, the first moment of the recorded history that has reached it.
  placesBack(branch) {
    const back = new Int32Array(branch.log.count + 1).fill(this.log.count);
    for (let p = this.log.count; p >= 0; p--) {
      back.fill(p, p ? Math.min(branch.align[p - 1] + 1, branch.align[p]) : 0, branch.align[p] + 1);
    }
    return back;
  }

  // -- the list: only the rows that can be seen exist --

  find(change) {
    Object.assign(this.query, change);
    clearTimeout(this.finding);
    this.finding = setTimeout(() => this.filter(), this.log.rows > 20000 ? 200 : 0);
  }

  filter() {
    const { text, type, stream, actor, field } = this.query;
    const { log, fold } = this;
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length && !type && !stream && !actor && !field) this.filtered = null;
    else {
      this.filtered = [];
      const path = field && field !== "state" ? [field] : [];
      for (let row = 0; row < log.rows; row++) {
        if (stream && log.streams[log.stream[row]] !== stream) continue;
        if (actor && log.actor[row] !== actor) continue;
        if (type && (type === "\u0000refused" ? log.reason(row) === null : log.name(row) !== type))
          continue;
        if (field && !(log.isEvent(row) && fold.touches(log.place[row], path))) continue;
        if (words.length && !words.every((word) => log.text(row).includes(word))) continue;
        this.filtered.push(row);
      }
    }
    const found = this.filtered && `${grouped.format(this.filtered.length)} found`;
    this.foundNote.textContent = found ?? "";
    this.status.textContent = found ?? "all events are shown";
    this.follow = true;
    this.paint();
  }

  drawList() {
    const { list, log } = this;
    const future = this.predicting ? this.row + 1 : log.rows;
    const rows = this.filtered;
    let total = rows ? upTo(rows, future - 1) : future;
    list.classList.toggle("empty", !total);
    const height = list.clientHeight;
    const here = rows ? upTo(rows, this.row) - 1 : this.row;
    this.spacer.style.height = `${total * ROW}px`;
    if (this.follow) {
      this.follow = false;
      const top = here * ROW;
      if (top < list.scrollTop || top + ROW > list.scrollTop + height) {
        list.scrollTop = Math.max(0, top - Math.round(height / 2) + ROW / 2);
      }
    }
    const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 2);
    const last = Math.min(total, first + Math.ceil(height / ROW) + 5);
    const shown = [];
    for (let i = first; i < last; i++) shown.push(this.item(rows ? rows[i] : i, i, total));
    if (!total)
      shown.push(h("p", { class: "muted" }, rows ? "nothing found" : "nothing has happened yet"));
    this.spacer.replaceChildren(...shown);
    const selected = this.spacer.querySelector('[aria-selected="true"]');
    if (selected) list.setAttribute("aria-activedescendant", selected.id);
    else list.removeAttribute("aria-activedescendant");
  }

  item(row, i, total) {
    const { log } = this;
    const event = log.isEvent(row);
    const place = log.place[row];
    const reason = log.reason(row);
    const classes = ["item"];
    if (!event) classes.push(reason === null ? "nothing" : "refused");
    if (place > this.position) classes.push("future");
    const message = log.message(row);
    const outcome = event ? "" : reason === null ? "led to nothing" : `refused: ${reason}`;
    return h(
      "div",
      {
        class: classes.join(" "),
        role: "option",
        id: this.id(`row-${row}`),
        "aria-selected": String(row === this.row),
        "aria-posinset": i + 1,
        "aria-setsize": total,
        style: `top:${i * ROW}px`,
        onclick: () => this.move(place, { row }),
      },
      mark(event ? log.events.type[row] : -1),
      h(
        "div",
        {},
        h("span", { class: "name" }, message.type),
        h("span", { class: "stream" }, log.streams[log.stream[row]]),
        h("span", { class: "number" }, event ? grouped.format(log.number(place)) : ""),
      ),
      h(
        "div",
        {},
        h("span", { class: "what" }, short(outcome || summary(message))),
        h("time", {}, clock(log.at[row]).slice(0, 16)),
      ),
    );
  }

  // -- panels --

  open(name) {
    this.tab = name;
    for (const tab of this.tabs) {
      const chosen = tab.id === this.id(`tab-${name}`);
      tab.setAttribute("aria-selected", String(chosen));
      if (chosen) this.panel.setAttribute("aria-labelledby", tab.id);
    }
    const build = {
      now: "Now",
      all: "All",
      why: "Why",
      compare: "Compare",
      "what-if": "WhatIf",
      predict: "Predict",
      carry: "Carry",
    }[name];
    this.view = { name, ...this[`panel${build}`]() };
    this.panel.replaceChildren(...this.view.parts);
    this.panel.scrollTop = 0;
    this.drawPanel();
  }

  drawPanel() {
    const inside = this.panel.contains(document.activeElement);
    this.view.update?.();
    // What had the focus may be gone: keep it near, or the keys would fall to the page.
    if (inside && !this.panel.contains(document.activeElement)) this.panel.focus();
  }

  // A panel whose whole content follows from the position.
  flowing(make) {
    const part = h("div");
    return {
      parts: [part],
      update: () => part.replaceChildren(...make().flat(Infinity).filter(Boolean)),
    };
  }

  table(caption, heads, rows, most = MOST) {
    const cell = (content, i) =>
      h(
        i ? "td" : "th",
        i ? {} : { scope: "row" },
        content instanceof Node ? content : short(show(content), 300),
      );
    const table = h(
      "table",
      {},
      h("caption", {}, caption),
      heads
        ? h(
            "thead",
            {},
            h(
              "tr",
              {},
              heads.map((head) => h("th", { scope: "col" }, head)),
            ),
          )
        : null,
      h(
        "tbody",
        {},
        rows.slice(0, most).map((row) => h("tr", {}, row.map(cell))),
      ),
    );
    const rest = rows.length - most;
    return [
      table,
      rest > 0 ? h("p", { class: "muted" }, `and ${grouped.format(rest)} more`) : null,
    ];
  }

  jump(row, label, title = "Go there") {
    return h(
      "button",
      {
        type: "button",
        class: "link",
        title,
        onclick: () => this.move(this.log.place[row], { row }),
      },
      label ?? `#${grouped.format(this.log.number(this.log.place[row]))}`,
    );
  }

  card(row) {
    const { log } = this;
    const event = log.isEvent(row);
    const message = log.message(row);
    const reason = log.reason(row);
    const stream = log.streams[log.stream[row]];
    const place = log.place[row];
    const at = [clock(log.at[row]), "UTC"];
    if (log.lag[row]) at.push(`(effective ${clock(log.at[row] + log.lag[row])})`);
    const about = [
      `${stream}`,
      event ? `version ${log.version[place]}` : null,
      log.actor[row] && `by ${log.actor[row]}`,
      at.join(" "),
    ];
    const { type, ...payload } = message;
    return [
      h(
        "h3",
        {},
        mark(event ? log.events.type[row] : -1),
        ` ${type} `,
        h(
          "span",
          { class: "muted" },
          event ? `#${grouped.format(log.number(place))}` : "a command",
        ),
      ),
      h("p", { class: "muted" }, about.filter(Boolean).join(" · ")),
      event
        ? null
        : h(
            "p",
            { class: "verdict no" },
            reason === null ? "Accepted, and nothing happened." : `Refused: ${reason}`,
          ),
      Object.keys(payload).length ? this.table("Payload", null, Object.entries(payload)) : null,
    ];
  }

  stateTable(stream, position) {
    if (!this.fold)
      return [
        h(
          "p",
          { class: "muted" },
          "No decider was given, so there is no state to show: only the events.",
        ),
      ];
    const number = this.byName.get(stream);
    const { log, fold } = this;
    const version = log.versionAt(number, position);
    const now = fold.state(number, position);
    const changed = new Map();
    // A refused command changed nothing, so on its row nothing is marked.
    if (
      position &&
      log.streamOf[position] === number &&
      !(this.row >= 0 && !log.isEvent(this.row))
    ) {
      for (const [path, was] of difference(fold.state(number, position - 1), now))
        changed.set(JSON.stringify(path), was);
    }
    const rows = leaves(now).map(([path, value]) => {
      const key = JSON.stringify(path);
      const name = path.join(".") || "state";
      if (!changed.has(key)) return [name, value, h("span")];
      const was = changed.get(key);
      changed.delete(key);
      return [
        name,
        h("b", {}, short(show(value), 300)),
        h("span", { class: "was" }, `● was ${short(show(was), 80)}`),
      ];
    });
    for (const [key, was] of changed)
      rows.push([
        JSON.parse(key).join("."),
        h("span"),
        h("span", { class: "was" }, `● taken away: ${short(show(was), 80)}`),
      ]);
    const first =
      rows.length > 60
        ? [...rows.filter((row) => row[2].className), ...rows.filter((row) => !row[2].className)]
        : rows;
    const title = version
      ? `State of ${stream} at version ${version}`
      : `State of ${stream} before its first event`;
    return this.table(title, ["field", "value", "change"], first, 60);
  }

  panelNow() {
    return this.flowing(() => {
      const { log, row } = this;
      const watched = this.watched();
      if (row < 0) return [h("h3", {}, "Before the first event"), this.stateTable(watched, 0)];
      const stream = log.streams[log.stream[row]];
      const other = stream !== watched && this.fold && log.isEvent(row);
      const { position } = this;
      const changes = other
        ? difference(
            this.fold.state(log.stream[row], position - 1),
            this.fold.state(log.stream[row], position),
          )
        : [];
      return [
        this.card(row),
        other
          ? this.table(
              `What it changed in ${stream}`,
              ["field", "was", "is"],
              changes.map(([path, was, is]) => [path.join(".") || "state", was, is]),
              20,
            )
          : null,
        stream !== watched
          ? h(
              "p",
              {},
              this.button(`Watch ${stream}`, `Show the state and chart of ${stream}`, () =>
                this.choose({ watch: stream }),
              ),
            )
          : null,
        this.stateTable(watched, position),
      ];
    });
  }

  panelAll() {
    return this.flowing(() => {
      const { log, fold, position } = this;
      const world = fold?.world(position) ?? [];
      const names = fold
        ? leaves(fold.initial)
            .filter(([path]) => path.length < 2)
            .slice(0, 6)
            .map(([path]) => path)
        : [];
      const rows = log.streams.map((stream, n) => {
        const version = log.versionAt(n, position);
        const cells = names.map((path) =>
          version ? short(show(pick(world[n] ?? fold.initial, path)), 40) : "not yet",
        );
        const watch = h(
          "button",
          {
            type: "button",
            class: "link",
            title: `Show the state and chart of ${stream}`,
            onclick: () => this.choose({ watch: stream }),
          },
          stream,
        );
        return [watch, version, ...cells];
      });
      return this.table(
        `All streams at position ${grouped.format(position)}`,
        ["stream", "version", ...names.map((path) => path.join(".") || "state")],
        rows,
      );
    });
  }

  panelWhy() {
    return this.flowing(() => {
      const { log, row } = this;
      if (row < 0) return [h("p", { class: "muted" }, "Nothing has happened yet.")];
      const decision = log.decision[row];
      const place = log.place[row];
      const raw = log.isEvent(row) ? log.recorded(place) : this.refusal(row);
      const text = JSON.stringify(raw, null, 2).replace(/\{\s*"\$int": "(-?\d+)"\s*\}/g, "$1");
      const story =
        decision < 0
          ? [h("p", { class: "muted" }, "No command of this store led to it: it was imported.")]
          : [
              h("p", { class: "muted" }, "From the first command to everything that it set off."),
              h("ul", { class: "tree" }, this.tree(this.origin(decision), decision)),
              this.related(decision),
            ];
      return [
        h("h3", {}, "Why it happened"),
        ...story,
        h("h3", {}, "As it was stored"),
        h("pre", { tabIndex: 0, "aria-label": "As it was stored" }, text),
      ];
    });
  }

  refusal(row) {
    const { log } = this;
    const decision = log.decision[row];
    return {
      stream: log.streams[log.stream[row]],
      command: log.commands.get(decision),
      rejected: log.rejected[decision],
      command_id: log.ids[decision],
      correlation_id: log.correlations[decision] ?? log.ids[decision],
      actor: log.actor[row],
      recorded_at: isoTime(log.at[row]),
      effective_at: isoTime(log.at[row] + log.lag[row]),
    };
  }

  origin(decision) {
    while (this.log.cause[decision]) decision -= this.log.cause[decision];
    return decision;
  }

  tree(decision, current, depth = 0) {
    const { log } = this;
    const row = log.firstRow[decision];
    if (!this.children) {
      this.children = new Map();
      log.cause.forEach((ago, d) => {
        if (ago) this.children.set(d - ago, [...(this.children.get(d - ago) ?? []), d]);
      });
    }
    const events = [];
    for (let r = row; r < log.rows && log.decision[r] === decision && log.isEvent(r); r++) {
      events.push(
        h(
          "li",
          {},
          mark(log.events.type[r]),
          " ",
          this.jump(r, log.events.name(r)),
          h("span", { class: "muted" }, ` #${grouped.format(log.number(log.place[r]))}`),
        ),
      );
    }
    const reason = log.rejected[decision];
    if (reason !== null) events.push(h("li", {}, mark(-1), ` refused: ${reason}`));
    const name = this.jump(row, log.commands.name(decision), "Go to what it led to");
    if (decision === current) name.setAttribute("aria-current", "true");
    const set = depth < 20 ? (this.children.get(decision) ?? []) : [];
    return h(
      "li",
      {},
      name,
      h(
        "span",
        { class: "muted" },
        ` ${log.streams[log.stream[row]]}${log.actor[row] ? `, by ${log.actor[row]}` : ""}`,
      ),
      h(
        "ul",
        {},
        events,
        set.map((child) => this.tree(child, current, depth + 1)),
      ),
    );
  }

  // Other commands of the same correlation, which nothing in this tree led to.
  related(decision) {
    const { log } = this;
    const shared = log.correlations[decision];
    if (shared === null) return null;
    const found = [];
    for (let d = 0; d < log.ids.length; d++) {
      if (log.correlations[d] === shared && this.origin(d) !== this.origin(decision)) found.push(d);
    }
    if (!found.length) return null;
    return this.table(
      `Also of ${shared}`,
      ["command", "stream", "outcome"],
      found.map((d) => [
        this.jump(log.firstRow[d], log.commands.name(d)),
        log.streams[log.stream[log.firstRow[d]]],
        log.rejected[d] === null ? "accepted" : `refused: ${log.rejected[d]}`,
      ]),
      30,
    );
  }

  panelCompare() {
    let whole = false;
    const scope = this.select(
      "Compare",
      [
        ["one", "the watched stream"],
        ["all", "all streams"],
      ],
      "one",
      (value) => {
        whole = value === "all";
        this.paint();
      },
    );
    const pin = this.button("Pin this moment as A", "Pin this moment as A (p)", () =>
      this.setPin(),
    );
    const swap = this.button("Swap A and B", "Go to A, and pin where we were", () => {
      const [from, to] = [this.position, this.pin];
      this.setPin(from);
      this.move(to);
    });
    const flow = this.flowing(() => {
      swap.disabled = this.pin === null;
      pin.textContent = this.pin === this.position ? "Take the pin away" : "Pin this moment as A";
      if (!this.fold)
        return [
          h("p", { class: "muted" }, "No decider was given, so there are no states to compare."),
        ];
      if (this.pin === null)
        return [h("p", {}, "Pin a moment: it becomes A. Then move: where you are is B.")];
      const { log, fold, position: b, pin: a } = this;
      const streams = whole ? log.streams.map((_, n) => n) : [this.byName.get(this.watched())];
      const [was, is] = [fold.world(a), fold.world(b)];
      const rows = streams.flatMap((n) =>
        difference(was[n] ?? fold.initial, is[n] ?? fold.initial).map(([path, x, y]) => {
          const word =
            x === undefined
              ? "added"
              : y === undefined
                ? "removed"
                : typeof x === "number" && typeof y === "number"
                  ? `${y > x ? "+" : ""}${show(y - x)}`
                  : "changed";
          return [...(whole ? [log.streams[n]] : []), path.join(".") || "state", x, y, word];
        }),
      );
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      let refusals = 0;
      for (let r = 0; r < log.rows; r++)
        refusals += log.reason(r) !== null && log.place[r] >= low && log.place[r] < high;
      const between = `${plural(high - low, "event")}${log.rejected.length ? ` and ${plural(refusals, "refused command")}` : ""} lie between A (position ${grouped.format(a)}) and B (position ${grouped.format(b)}).`;
      return [
        h("p", {}, between),
        rows.length
          ? this.table(
              whole ? "All streams" : `State of ${this.watched()}`,
              [
                ...(whole ? ["stream"] : []),
                "field",
                `A: ${grouped.format(a)}`,
                `B: ${grouped.format(b)}`,
                "difference",
              ],
              rows,
            )
          : h("p", {}, "No difference."),
      ];
    });
    return {
      parts: [h("div", { class: "bar" }, pin, swap, scope), ...flow.parts],
      update: flow.update,
    };
  }

  // -- questions that need Python: a kernel answers, or the answers that a file was saved with --

  async ask(question, said) {
    const key = JSON.stringify(question);
    const kept = (this.options.answers ?? []).find(([asked]) => JSON.stringify(asked) === key);
    said.className = "muted";
    said.textContent = "asking the kernel …";
    try {
      if (!kept && !this.options.ask) throw new Error(NO_KERNEL);
      const answer = kept ? kept[1] : await this.options.ask(question);
      said.textContent = "";
      return answer;
    } catch (error) {
      said.className = "verdict no";
      said.textContent = error.message;
      this.status.textContent = error.message;
      return null;
    }
  }

  async addBranch(question, said) {
    const answer = await this.ask(question, said);
    if (!answer) return;
    this.showBranch(new Branch(this.log, answer));
  }

  showBranch(branch) {
    this.branches = [...this.branches.filter((other) => other.label !== branch.label), branch];
    this.branch = branch;
    this.status.textContent = `${branch.label}. ${branch.summary}`;
    this.open("what-if");
    this.paint();
  }

  panelWhatIf() {
    const said = h("p", { role: "alert" });
    const skipEvent = this.button("", "", () =>
      this.addBranch({ ask: "without_event", position: this.position }, said),
    );
    const skipCommand = this.button("", "", () =>
      this.addBranch({ ask: "without_command", decision: this.log.decision[this.row] }, said),
    );
    const kept = (this.options.answers ?? []).filter(([, answer]) => answer.history);
    const keptPart = kept.length
      ? [
          h("p", { class: "muted" }, "Asked before this file was saved:"),
          h(
            "div",
            { class: "bar" },
            kept.map(([, answer]) =>
              this.button(answer.label, "Show this branch", () =>
                this.showBranch(new Branch(this.log, answer)),
              ),
            ),
          ),
        ]
      : [];
    const branchPart = h("div");
    const update = () => {
      const { log, row } = this;
      const event = row >= 0 && log.isEvent(row);
      const decision = row < 0 ? -1 : log.decision[row];
      skipEvent.disabled = !event || !this.fold;
      skipEvent.textContent = event
        ? `Without event #${grouped.format(this.position)} ${log.name(row)}`
        : "Without this event";
      skipEvent.title = "Fold all other facts again: nobody decides, so rules may break";
      skipCommand.disabled = decision < 0 || !this.fold;
      skipCommand.textContent =
        decision >= 0 ? `Without command ${log.commands.name(decision)}` : "Without this command";
      skipCommand.title = "Decide all other commands again: some may now be refused or allowed";
      branchPart.replaceChildren(...this.branchParts().flat(Infinity).filter(Boolean));
    };
    const parts = [
      h("h3", {}, "What if this had not happened?"),
      this.options.ask ? null : h("p", { class: "note" }, NO_KERNEL),
      h(
        "div",
        { class: "choices" },
        skipEvent,
        h("span", { class: "muted" }, "folds the other facts again: rules may break"),
        skipCommand,
        h("span", { class: "muted" }, "decides the other commands again: some may be refused"),
      ),
      said,
      ...keptPart,
      branchPart,
      h("h3", {}, "What if somebody asked now?"),
      ...this.commandForm(),
    ];
    return { parts: parts.filter(Boolean), update };
  }

  branchParts() {
    const { branch, log } = this;
    if (!branch) return [];
    const choose = this.select(
      "Branch",
      this.branches.map((b, n) => [String(n), b.label]),
      String(this.branches.indexOf(branch)),
      (n) => {
        this.branch = this.branches[Number(n)];
        this.paint();
      },
    );
    const close = this.button("Close", "Put this branch away", () => {
      this.branches = this.branches.filter((other) => other !== branch);
      this.branch = this.branches.at(-1) ?? null;
      this.paint();
    });
    const notes = branch.notes.length
      ? [
          h(
            "ul",
            { class: "notes" },
            branch.notes.slice(0, 50).map((text) => h("li", {}, text)),
          ),
          branch.notes.length > 50
            ? h("p", { class: "muted" }, `and ${branch.notes.length - 50} more`)
            : null,
        ]
      : [];
    const [mine, other] = [
      `#${grouped.format(this.position)}`,
      `#${grouped.format(branch.align[this.position])}`,
    ];
    const states = !this.fold
      ? []
      : branch.fold
        ? (() => {
            const rows = branch
              .differences(this.fold, this.position)
              .map(([stream, path, a, b]) => [stream, path.join(".") || "state", a, b]);
            return rows.length
              ? this.table(
                  "States that differ at this position",
                  ["stream", "field", `recorded, ${mine}`, `branch, ${other}`],
                  rows,
                  60,
                )
              : [
                  h(
                    "p",
                    {},
                    `At position ${grouped.format(this.position)} the states of both are equal.`,
                  ),
                ];
          })()
        : [
            h(
              "p",
              { class: "note" },
              "The states of this branch need Python: its events are shown without them.",
            ),
          ];
    const side = (which, p) => {
      if (!p) return h("span", { class: "muted" }, "nothing");
      const row = which.rowOf[p];
      const message = which.events.get(row);
      return h(
        "span",
        {},
        `#${grouped.format(p)} `,
        h("b", {}, message.type),
        ` ${which.streams[which.stream[row]]} `,
        h("span", { class: "muted" }, short(summary(message), 60)),
      );
    };
    const parted = branch.pairs.filter(([, , equal]) => !equal);
    const prefix = `Both begin with the same ${plural(branch.prefix, "event")}.`;
    return [
      h(
        "div",
        { class: "branch" },
        h("div", { class: "bar" }, choose, close),
        h("p", {}, h("b", {}, branch.summary), branch.summary ? " " : "", prefix),
        notes,
        states,
        parted.length
          ? this.table(
              `Side by side, where they differ (${grouped.format(parted.length)} of ${grouped.format(branch.pairs.length)} after that)`,
              ["recorded", "branch"],
              parted.map(([a, b]) => [side(log, a), side(branch.log, b)]),
              100,
            )
          : h("p", {}, "No event differs after that."),
      ),
    ];
  }

  commandForm() {
    const forms = this.options.ask && this.fold ? this.log.data.forms : null;
    if (!forms || !Object.keys(forms).length) {
      return [
        h(
          "p",
          { class: "muted" },
          this.options.ask
            ? "This history has no commands to try."
            : `A new command is decided by Python. ${NO_KERNEL}`,
        ),
      ];
    }
    const said = h("p", { role: "alert" });
    const result = h("div");
    const inputs = h("div", { class: "form" });
    const stream = h("input", {
      type: "text",
      value: this.watched(),
      "aria-label": "Stream",
      name: "stream",
    });
    const type = this.select(
      "Command",
      Object.keys(forms).map((name) => [name, name]),
      "",
      () => fill(),
    );
    const labelled = (text, input, hint) =>
      h("label", {}, h("span", {}, text), input, hint ? h("span", { class: "muted" }, hint) : null);
    const fill = () => {
      inputs.replaceChildren(
        labelled("stream", stream),
        ...forms[type.value].map(([name, kind, required, standard]) =>
          labelled(
            name,
            h("input", { type: "text", name, "aria-label": name, value: standard ?? "" }),
            `${kind.replaceAll("|", " or ")}${required ? "" : ", optional"}`,
          ),
        ),
      );
      result.replaceChildren();
    };
    const tell = async () => {
      const given = {};
      for (const [name, kind] of forms[type.value]) {
        const text = inputs.querySelector(`input[name="${CSS.escape(name)}"]`).value;
        if (text !== "" || kind.includes("string")) given[name] = text;
      }
      const { position } = this;
      const answer = await this.ask(
        { ask: "command", position, stream: stream.value, type: type.value, fields: given },
        said,
      );
      if (!answer) return;
      const where = `${stream.value} at version ${answer.version}`;
      const verdict = answer.accepted
        ? `Accepted by ${where}.`
        : `Refused by ${where}: ${answer.reason}`;
      this.status.textContent = verdict;
      result.replaceChildren(
        h("p", { class: `verdict ${answer.accepted ? "yes" : "no"}` }, verdict),
        ...answer.events.map((event) => h("p", {}, h("b", {}, event.type), ` ${summary(event)}`)),
        ...(answer.accepted
          ? this.table(
              "It would change",
              ["field", "is", "would be"],
              difference(answer.before, answer.after).map(([path, a, b]) => [
                path.join(".") || "state",
                a,
                b,
              ]),
            )
          : []
        ).filter(Boolean),
        ...answer.broken.map((rule) => h("p", { class: "verdict no" }, `It would break: ${rule}`)),
        h("p", { class: "muted" }, "Nothing was written."),
      );
    };
    fill();
    const ask = this.button(
      "Ask",
      "Decide this command at this position; nothing is written",
      tell,
    );
    const submit = (event) => {
      if (event.key === "Enter") tell();
    };
    inputs.addEventListener("keydown", submit);
    return [
      h(
        "p",
        { class: "muted" },
        "A command is decided on the state at this position. Nothing is written.",
      ),
      h("div", { class: "bar" }, type, ask),
      inputs,
      said,
      result,
    ];
  }

  // -- predict first --

  panelPredict() {
    const part = h("div");
    let asked = null;
    let revealed = false;
    const start = () => {
      this.predicting = true;
      this.pause();
      this.paint();
    };
    const stop = () => {
      this.predicting = false;
      this.follow = true;
      this.paint();
    };
    const rest = () => `${this.score.right} of ${this.score.asked} right`;
    const reveal = (next, row, stream) => {
      const { log } = this;
      const value = this.valueAfter(stream, log.place[row]);
      const refused = log.reason(row) !== null;
      const guess = part.querySelector("input[type=text]")?.value.trim() ?? "";
      const said = part.querySelector("input[type=radio]:checked")?.value;
      const withOutcome = log.decision[row] >= 0;
      const outcomeRight = !withOutcome || said === (refused ? "refused" : "accepted");
      const valueRight = (refused && withOutcome) || guess.replace(/[,\s]/g, "") === String(value);
      const right = outcomeRight && valueRight;
      this.score.asked++;
      this.score.right += right;
      const truth = refused
        ? `it was refused: ${log.reason(row)}`
        : `${withOutcome ? "it was accepted, and " : ""}${this.field.name} of ${stream} is ${show(value)}`;
      this.lastVerdict = [right, `${right ? "Right" : "Not quite"}: ${truth}.`];
      this.status.textContent = `${this.lastVerdict[1]} ${rest()}`;
      asked = null;
      revealed = true;
      this.move(log.place[row], { row, quiet: true });
      this.link();
      this.options.onmove?.(this.position);
    };
    const update = () => {
      if (!this.predicting) {
        asked = null;
        return part.replaceChildren(
          h("h3", {}, "Predict first"),
          h(
            "p",
            {},
            "The future is hidden: in the list, the chart and the tables. Each time you are asked what comes of the next row, and then you see it.",
          ),
          this.button("Start here", "Hide what comes after this position", start),
          h("p", { class: "muted" }, this.score.asked ? `So far ${rest()}.` : ""),
        );
      }
      if (asked === this.row) return;
      asked = this.row;
      const { log } = this;
      const next = this.row + 1;
      const verdict =
        this.lastVerdict &&
        h("p", { class: `verdict ${this.lastVerdict[0] ? "yes" : "no"}` }, this.lastVerdict[1]);
      this.lastVerdict = null;
      const stopButton = this.button("Stop", "Show the future again", stop);
      const score = h("p", { class: "muted" }, rest());
      if (next >= log.rows)
        return part.replaceChildren(
          ...[h("h3", {}, "The end"), verdict, score, stopButton].filter(Boolean),
        );
      const stream = log.streams[log.stream[next]];
      const decision = log.decision[next];
      const message = decision >= 0 ? log.commands.get(decision) : log.events.get(next);
      const { type, ...payload } = message;
      const now = this.valueAfter(stream, this.position);
      const name = this.id("outcome");
      const radio = (value) =>
        h("label", {}, h("input", { type: "radio", name, value }), ` ${value}`);
      part.replaceChildren(
        ...[
          verdict,
          h(
            "h3",
            {},
            decision >= 0 ? `Next, ${stream} is asked: ${type}` : `Next, in ${stream}: ${type}`,
          ),
          ...this.table("Payload", null, Object.entries(payload)),
          ...this.stateTable(stream, this.position),
          decision >= 0
            ? h(
                "fieldset",
                {},
                h("legend", {}, "What becomes of it?"),
                radio("accepted"),
                radio("refused"),
              )
            : null,
          h(
            "label",
            { class: "guess" },
            h("span", {}, `${this.field.name} of ${stream} is ${show(now)}. Then it will be`),
            h("input", {
              type: "text",
              "aria-label": `${this.field.name} afterwards`,
              onkeydown: (e) => e.key === "Enter" && reveal(next, next, stream),
            }),
          ),
          h(
            "div",
            { class: "bar" },
            this.button("Reveal", "Show what happened", () => reveal(next, next, stream)),
            stopButton,
          ),
          score,
        ].filter(Boolean),
      );
      if (revealed) part.querySelector("input")?.focus({ preventScroll: true });
      revealed = false;
    };
    return { parts: [part], update };
  }

  valueAfter(stream, position) {
    const number = this.byName.get(stream);
    if (this.field.path === null || !this.fold) return this.log.versionAt(number, position);
    return this.field.of(this.fold.state(number, position));
  }

  // -- carry: JSON Lines --

  panelCarry() {
    const said = h("p", { role: "alert" });
    const text = h("textarea", {
      rows: 6,
      "aria-label": "JSON Lines, a line for each event",
      spellcheck: false,
      placeholder: '{"position":1,"stream":…',
    });
    const save = () => {
      const link = h("a", {
        href: URL.createObjectURL(new Blob([toLines(this.log)], { type: "application/x-ndjson" })),
        download: "events.jsonl",
      });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      said.className = "muted";
      said.textContent = "If no file arrives, this place forbids downloads: use Show as text.";
    };
    const file = h("input", {
      type: "file",
      "aria-label": "A file of JSON Lines",
      accept: ".jsonl,.ndjson,.json,.txt",
      onchange: async () => {
        text.value = file.files[0] ? await file.files[0].text() : "";
        take();
      },
    });
    const take = async () => {
      const { events, problems } = readLines(text.value, this.log.data.schema);
      said.className = "verdict no";
      if (problems.length) {
        const more = problems.length > 10 ? [`and ${problems.length - 10} more`] : [];
        said.replaceChildren(
          "Nothing was imported. ",
          h(
            "ul",
            {},
            [...problems.slice(0, 10), ...more].map((p) => h("li", {}, p)),
          ),
        );
        this.status.textContent = `Nothing was imported: ${plural(problems.length, "problem")}`;
        return;
      }
      const label = `Imported: ${plural(events.length, "event")}`;
      if (this.options.ask && this.fold)
        return this.addBranch({ ask: "import", lines: text.value }, said);
      said.textContent = "";
      this.showBranch(new Branch(this.log, { label, history: columnsOf(events), summary: "" }));
    };
    return {
      parts: [
        h("h3", {}, "Export"),
        h(
          "p",
          { class: "muted" },
          "A line of JSON for each event, in its envelope. Refused commands are in no stream, so they are not in it; nor are hashes.",
        ),
        h(
          "div",
          { class: "bar" },
          this.button("Save events.jsonl", "Download all events as JSON Lines", save),
          this.button("Show as text", "Put all events into the box below", () => {
            text.value = toLines(this.log);
            text.select();
          }),
        ),
        h("h3", {}, "Import"),
        h(
          "p",
          { class: "muted" },
          "Laid beside this history as a branch. A line whose type or fields this history does not know is reported, and then nothing is imported.",
        ),
        text,
        h(
          "div",
          { class: "bar" },
          this.button("Import the text", "Read the lines in the box", take),
          file,
        ),
        said,
      ],
    };
  }
}

const NO_KERNEL = "This needs Python: open the notebook and run the cell that makes the explorer.";

// --- 10. The live host: anywidget ------------------------------------------------------------

const PATIENCE = 20000; // milliseconds

export default {
  render({ model, el }) {
    const waiting = new Map();
    let last = 0;
    let late = 0;
    const answered = (message) => {
      const { id, answer, error } = message;
      const done = waiting.get(id);
      if (!done) return;
      waiting.delete(id);
      if (error) done.reject(new Error(error));
      else done.resolve(answer);
    };
    const ask = (question) =>
      new Promise((resolve, reject) => {
        const id = `${Date.now()}-${waiting.size}`;
        waiting.set(id, { resolve, reject });
        setTimeout(
          () => answered({ id, error: "The kernel does not answer: is it busy or stopped?" }),
          PATIENCE,
        );
        model.send({ id, ...question });
      });
    const tell = (name, value) => {
      if (model.get(name) === value) return;
      model.set(name, value);
      model.save_changes();
    };
    // The kernel hears where we are at most ten times a second, and always the last place.
    const onmove = (position) => {
      clearTimeout(late);
      const wait = Math.max(0, last + 100 - Date.now());
      late = setTimeout(() => {
        last = Date.now();
        tell("position", position);
      }, wait);
    };
    const bytes = model.get("_page");
    const view = mount(el, JSON.parse(new TextDecoder().decode(bytes)), {
      position: model.get("position"),
      pin: model.get("pin"),
      stream: model.get("stream"),
      field: model.get("field"),
      height: model.get("height"),
      ask,
      onmove,
      onpin: (position) => tell("pin", position),
    });
    const moved = () => {
      // Our own move comes back as a change too, and must not leave a refused command's row.
      if (model.get("position") !== view.position)
        view.move(model.get("position"), { quiet: true });
    };
    const pinned = () => {
      view.pin = model.get("pin");
      view.paint();
    };
    model.on("msg:custom", answered);
    model.on("change:position", moved);
    model.on("change:pin", pinned);
    return () => {
      model.off("msg:custom", answered);
      model.off("change:position", moved);
      model.off("change:pin", pinned);
      view.remove();
    };
  },
};
