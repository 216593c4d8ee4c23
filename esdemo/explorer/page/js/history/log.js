// The log: rows (events, and commands that led to none) and positions.

import { Messages, ordinals, scaled, unpack, upTo } from "./columns.js";
import { compact, isoTime } from "./words.js";

export class Log {
  constructor(data) {
    this.data = data;
    this.count = data.events;
    this.streams = data.streams;
    this.byName = new Map(data.streams.map((name, n) => [name, n]));
    this.#readRows(data);
    this.#readDecisions(data);
    this.#countEvents(data);
    this.texts = [];
    this.unpacked = {};
  }

  #readRows({ row, time: { start, unit, at, lag }, event }) {
    const type = unpack(row.type);
    this.rows = type.length;
    this.events = new Messages(event, type);
    this.decision = unpack(row.decision);
    this.imported = ordinals(this.decision.map((d) => (d < 0 ? 0 : -1)));
    this.stream = unpack(row.stream);
    this.actor = unpack(row.actor);
    this.at = scaled(unpack(at), unit, start);
    this.lag = scaled(unpack(lag), unit, 0);
  }

  #readDecisions({ decision, command }) {
    this.commands = new Messages(command, unpack(command.type));
    this.cause = unpack(decision.cause);
    this.rejected = unpack(decision.rejected);
    this.refusals = this.rejected.reduce((n, reason) => n + (reason !== null), 0);
  }

  // Events are counted from 1. The place of a row is how many there are up to and with it.
  #countEvents({ position, version }) {
    this.place = new Int32Array(this.rows);
    this.rowOf = new Int32Array(this.count + 1).fill(-1); // of the event at a place
    this.streamOf = new Int32Array(this.count + 1);
    this.version = new Int32Array(this.count + 1);
    this.firstRow = new Int32Array(this.rejected.length).fill(-1); // of a decision
    this.positions = position && unpack(position);
    const told = version && unpack(version);
    const versions = new Int32Array(this.streams.length);
    for (let row = 0, place = 0; row < this.rows; row++) {
      if (this.isEvent(row)) {
        this.rowOf[++place] = row;
        const stream = (this.streamOf[place] = this.stream[row]);
        this.version[place] = told ? told[place - 1] : ++versions[stream];
      }
      this.place[row] = place;
      const decision = this.decision[row];
      if (decision >= 0 && this.firstRow[decision] < 0) this.firstRow[decision] = row;
    }
  }

  // -- a row --

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

  // The number of its event's type, for its mark; -1 for a command.
  type(row) {
    return this.events.type[row];
  }

  streamName(row) {
    return this.streams[this.stream[row]];
  }

  reason(row) {
    return this.isEvent(row) ? null : this.rejected[this.decision[row]];
  }

  text(row) {
    return (this.texts[row] ??= [
      this.streamName(row),
      this.actor[row],
      this.reason(row) ?? "",
      ...Object.values(this.message(row)).map(compact),
    ]
      .join("\n")
      .toLowerCase());
  }

  // An event in its envelope, as a line of JSON Lines has it (esdemo/interchange/unsealed.py), or a
  // command that led to none, as it was kept.
  stored(row) {
    return {
      ...(this.isEvent(row) ? this.#recorded(row) : this.#refused(row)),
      ...this.#ids(row),
      actor: this.actor[row],
      recorded_at: isoTime(this.at[row]),
      effective_at: isoTime(this.at[row] + this.lag[row]),
    };
  }

  #recorded(row) {
    return {
      position: this.number(row),
      stream: this.streamName(row),
      version: this.version[this.place[row]],
      event: this.events.get(row),
    };
  }

  #refused(row) {
    return {
      stream: this.streamName(row),
      command: this.message(row),
      reason: this.reason(row),
    };
  }

  #ids(row) {
    const decision = this.decision[row];
    const [of, n] = decision < 0 ? ["imported", this.imported[row]] : ["decision", decision];
    const id = this.#names(of, "id")[n];
    return { command_id: id, correlation_id: this.#names(of, "correlation")[n] ?? id };
  }

  // Long names, unpacked when first asked for.
  #names(of, name) {
    return (this.unpacked[`${of} ${name}`] ??= unpack(this.data[of][name]));
  }

  // The position of a row's event in the store that it comes from.
  number(row) {
    const place = this.place[row];
    return this.positions ? this.positions[place - 1] : place;
  }

  // -- a place --

  // The places of all events of a stream, in order.
  placesOf(stream) {
    if (!this.byStream) {
      this.byStream = this.streams.map(() => []);
      for (let p = 1; p <= this.count; p++) this.byStream[this.streamOf[p]].push(p);
    }
    return this.byStream[stream];
  }

  versionAt(stream, place) {
    return upTo(this.placesOf(stream), place);
  }

  timeOf(place) {
    return this.at[place ? this.rowOf[place] : 0];
  }

  // How many events had been recorded at a moment, inclusive; times never go backwards.
  positionAt(moment) {
    const row = upTo(this.at, moment) - 1;
    return row < 0 ? 0 : this.place[row];
  }

  // The microseconds between two events: the median of those that are not at the same time.
  get usualGap() {
    if (!this.gap) {
      const gaps = [];
      for (let p = 2; p <= this.count; p++) {
        const gap = this.timeOf(p) - this.timeOf(p - 1);
        if (gap > 0) gaps.push(gap);
      }
      this.gap = gaps.sort((a, b) => a - b)[gaps.length >> 1] ?? 1e6;
    }
    return this.gap;
  }

  refusalsBetween(low, high) {
    let refusals = 0;
    for (let row = 0; row < this.rows; row++)
      refusals += this.reason(row) !== null && this.place[row] >= low && this.place[row] < high;
    return refusals;
  }

  // -- a decision --

  // The rows of its events.
  rowsOf(decision) {
    const rows = [];
    for (let row = this.firstRow[decision]; this.decision[row] === decision; row++) {
      if (this.isEvent(row)) rows.push(row);
    }
    return rows;
  }

  // The first command of those that led to it.
  origin(decision) {
    while (this.cause[decision]) decision -= this.cause[decision];
    return decision;
  }

  // The decisions that it set off.
  setOff(decision) {
    if (!this.effects) {
      this.effects = new Map();
      this.cause.forEach((ago, d) => {
        if (!ago) return;
        if (!this.effects.has(d - ago)) this.effects.set(d - ago, []);
        this.effects.get(d - ago).push(d);
      });
    }
    return this.effects.get(decision) ?? [];
  }

  // The correlation that it names besides its own id, or null.
  correlation(decision) {
    return this.#names("decision", "correlation")[decision];
  }

  // Other decisions of the same correlation, which nothing in its own tree led to.
  related(decision) {
    const [shared, first] = [this.correlation(decision), this.origin(decision)];
    if (shared === null) return [];
    const found = [];
    this.#names("decision", "correlation").forEach((name, d) => {
      if (name === shared && this.origin(d) !== first) found.push(d);
    });
    return found;
  }
}
