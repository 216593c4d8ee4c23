// Columns: what pack() in columns.py wrote, read back.

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
export function ordinals(numbers) {
  const seen = [];
  const out = new Int32Array(numbers.length);
  for (let i = 0; i < out.length; i++) {
    const n = numbers[i];
    out[i] = n < 0 ? -1 : (seen[n] = (seen[n] ?? -1) + 1);
  }
  return out;
}

export function scaled(list, unit, start) {
  const out = new Float64Array(list.length);
  for (let i = 0; i < out.length; i++) out[i] = start + list[i] * unit;
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

export class Messages {
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
    const number = this.type[i];
    const [type, ...fields] = this.types[number];
    const columns = (this.columns[number] ??= this.values[number].map(unpack));
    const found = { type };
    fields.forEach((field, n) => (found[field] = columns[n][this.ordinal[i]]));
    return found;
  }
}
