// Columns: what pack() in columns.py wrote, read back.

import { asNumber } from "./words.js";

const SURELY_EXACT = 2 ** 52; // microseconds: until 2112 no sum or product of them is rounded

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
  } else if (column.u !== undefined) {
    for (let i = 0; i < column.u.length; i += 32) out.push(uuid(column.u, i));
  } else {
    for (let i = 0; i < column.n.length; i += 3) {
      const [prefix, first, count] = column.n.slice(i, i + 3);
      for (let k = 0; k < count; k++) out.push(first < 0 ? prefix : prefix + (first + k));
    }
  }
  return out;
}

function uuid(digits, at) {
  const part = (from, to) => digits.slice(at + from, at + to);
  return [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-");
}

// How many earlier entries have the same number: the place of each in its own column.
export function ordinals(numbers) {
  const seen = [];
  const out = new Int32Array(numbers.length);
  for (let i = 0; i < out.length; i++) {
    const n = numbers[i];
    out[i] = n < 0 ? -1 : (seen[n] = (seen[n] ?? -1) + 1);
  }
  return out;
}

// How many entries of a sorted list are at most a limit.
export function upTo(sorted, limit) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Two columns of numbers as one; those of the second may move up.
export function concatenated(a, b, up = 0) {
  const out = new Int32Array(a.length + b.length);
  out.set(a);
  for (let i = 0; i < b.length; i++) out[a.length + i] = b[i] < 0 ? b[i] : b[i] + up;
  return out;
}

// Entries of a list or a typed array, by their indexes, as the same kind of thing.
export const picked = (list, indexes) => list.constructor.from(indexes, (i) => list[i]);

// Moments as multiples of a unit: as numbers to compare and draw, and exactly.
export class Moments {
  constructor({ start, unit, at, lag }) {
    this.start = start;
    this.unit = unit;
    this.ticks = unpack(at);
    this.lags = unpack(lag);
    const first = asNumber(start);
    this.at = Float64Array.from(this.ticks, (tick) => first + asNumber(tick) * asNumber(unit));
    this.lag = Float64Array.from(this.lags, (tick) => asNumber(tick) * asNumber(unit));
  }

  // [recorded, effective], as numbers where these are exact.
  exactly(row) {
    const recorded = this.at[row];
    const effective = recorded + this.lag[row];
    const parts = [asNumber(this.start), recorded, effective];
    if (parts.every((micros) => Math.abs(micros) < SURELY_EXACT)) return [recorded, effective];
    const exact = whole(this.start) + whole(this.ticks[row]) * whole(this.unit);
    return [exact, exact + whole(this.lags[row]) * whole(this.unit)];
  }
}

const whole = (value) => BigInt(value?.$int ?? value);

// Messages of several types: for each its type, and where its values stand in that type's columns.
export class Messages {
  constructor(types, type, values, ordinal = ordinals(type)) {
    this.types = types;
    this.type = type;
    this.values = values;
    this.ordinal = ordinal;
    this.columns = []; // of a type, unpacked when one of it is first looked at
  }

  name(i) {
    return this.types[this.type[i]][0];
  }

  get(i) {
    const number = this.type[i];
    const [type, ...fields] = this.types[number];
    const columns = (this.columns[number] ??= this.values[number].map(unpack));
    const found = { type };
    fields.forEach((field, n) => (found[field] = columns[n][this.ordinal[i]]));
    return found;
  }

  // These, and others behind them.
  with({ types, type, values, ordinal }) {
    return new Messages(
      [...this.types, ...types],
      concatenated(this.type, type, this.types.length),
      [...this.values, ...values],
      concatenated(this.ordinal, ordinal),
    );
  }

  picked(indexes) {
    const { types, values } = this;
    return new Messages(types, picked(this.type, indexes), values, picked(this.ordinal, indexes));
  }
}
