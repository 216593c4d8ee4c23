// The log: rows (events, and commands that led to none) and positions.

import { upTo } from "./columns.js";
import { isoTime } from "./times.js";
import { compact, grouped, summary } from "./words.js";

export class Log {
  // columns: what rows.js reads, joins and picks.
  constructor(columns) {
    this.columns = columns;
    this.streams = columns.streams;
    this.byName = new Map(columns.streams.map((name, n) => [name, n]));
    this.events = columns.events;
    this.commands = columns.commands;
    this.rows = columns.stream.length;
    this.decision = columns.decision;
    this.stream = columns.stream;
    this.actor = columns.actor;
    this.at = columns.at;
    this.lag = columns.lag;
    this.cause = columns.cause;
    this.rejected = columns.rejected;
    this.refusals = this.rejected.reduce((n, reason) => n + Number(reason !== null), 0);
    this.texts = [];
    this.#countEvents(columns);
  }

  // Events are counted from 1. The place of a row is how many there are up to and with it.
  #countEvents({ positions, versions: told }) {
    this.count = this.events.type.reduce((n, type) => n + Number(type >= 0), 0);
    this.place = new Int32Array(this.rows);
    this.rowOf = new Int32Array(this.count + 1).fill(-1); // of the event at a place
    this.streamOf = new Int32Array(this.count + 1);
    this.version = new Int32Array(this.count + 1);
    this.firstRow = new Int32Array(this.rejected.length).fill(-1); // of a decision
    this.positions = positions;
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

  // The number of its event's type, for its mark; -1 for a command. Two shapes of one type (a field
  // that only some have) are one kind.
  kind(row) {
    if (!this.kinds) {
      this.names = [...new Set(this.events.types.map(([name]) => name))];
      this.kinds = this.events.types.map(([name]) => this.names.indexOf(name));
    }
    return this.isEvent(row) ? this.kinds[this.events.type[row]] : -1;
  }

  streamName(row) {
    return this.streams[this.stream[row]];
  }

  reason(row) {
    return this.isEvent(row) ? null : this.rejected[this.decision[row]];
  }

  // All that the page shows of a row, to be found by: as it is stored and as it is written there.
  text(row) {
    return (this.texts[row] ??= this.#words(row).join("\n").toLowerCase());
  }

  #words(row) {
    const { type, ...payload } = this.message(row);
    const reason = this.reason(row);
    const { command_id: command, correlation_id: correlation } = this.columns.ids(row);
    return [
      `${type} ${this.streamName(row)}`,
      this.actor[row],
      reason === null ? "" : `refused: ${reason}`,
      summary({ type, ...payload }),
      ...Object.entries(payload).map(([name, value]) => `${name} ${compact(value)}`),
      command,
      correlation === command ? "" : correlation,
      isoTime(this.at[row]).slice(0, 19).replace("T", " "),
      this.isEvent(row) ? `#${grouped(this.number(row))}` : "",
    ];
  }

  // A field of a row by its name, as queries have it; undefined where there is none.
  valueOf(row, name) {
    switch (name) {
      case "stream":
        return this.streamName(row);
      case "actor":
        return this.actor[row];
      case "version":
        return this.isEvent(row) ? this.version[this.place[row]] : undefined;
      case "position":
        return this.isEvent(row) ? this.number(row) : undefined;
      case "time":
        return isoTime(this.at[row]).slice(0, 19);
      default: {
        const message = this.message(row);
        return Object.hasOwn(message, name) ? message[name] : undefined;
      }
    }
  }

  // An event in its envelope, as a line of JSON Lines has it (esdemo/interchange/unsealed.py), or a
  // command that led to none, as it was kept.
  stored(row) {
    const [recorded, effective] = this.columns.instant(row);
    return {
      ...(this.isEvent(row) ? this.#recorded(row) : this.#refused(row)),
      ...this.columns.ids(row),
      actor: this.actor[row],
      recorded_at: isoTime(recorded),
      effective_at: isoTime(effective),
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

  // The places of the commands of a stream that led to no event.
  fruitlessOf(stream) {
    if (!this.fruitless) {
      this.fruitless = new Map();
      for (let row = 0; row < this.rows; row++) {
        if (this.isEvent(row)) continue;
        const found = this.fruitless.get(this.stream[row]) ?? [];
        if (!found.length) this.fruitless.set(this.stream[row], found);
        found.push(this.place[row]);
      }
    }
    return this.fruitless.get(stream) ?? [];
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
      refusals += Number(this.isRefusedBetween(row, low, high));
    return refusals;
  }

  isRefusedBetween(row, low, high) {
    return this.reason(row) !== null && this.place[row] >= low && this.place[row] < high;
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
    return this.columns.correlations()[decision];
  }

  // Other decisions of the same correlation, which nothing in its own tree led to.
  related(decision) {
    const [shared, first] = [this.correlation(decision), this.origin(decision)];
    if (shared === null) return [];
    const found = [];
    this.columns.correlations().forEach((name, d) => {
      if (name === shared && this.origin(d) !== first) found.push(d);
    });
    return found;
  }
}
