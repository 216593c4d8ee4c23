// Two branches: the history as recorded, and another beside it.

import { unpack } from "./columns.js";
import { Fold } from "./fold.js";
import { Log } from "./log.js";
import { difference } from "./states.js";
import { compact } from "./words.js";

export class Branch {
  // align: for each position of the recorded history, how far the other one is at that moment.
  constructor(recorded, { label, history, align, notes = [], summary = "" }) {
    this.recorded = recorded;
    this.log = new Log(history);
    this.fold = history.state ? new Fold(this.log) : null;
    this.label = label;
    this.notes = notes;
    this.summary = summary;
    this.align = align ? unpack(align) : this.#sameTimes();
    this.prefix = this.#prefix(); // how many events both begin with
    this.pairs = this.#pairs(); // those that follow
  }

  #sameTimes() {
    const places = Array.from({ length: this.recorded.count + 1 }, (_, p) => p);
    return places.map((p) => (p ? this.log.positionAt(this.recorded.timeOf(p)) : 0));
  }

  #prefix() {
    const both = Math.min(this.recorded.count, this.log.count);
    let p = 0;
    while (p < both && this.#agree(p + 1, p + 1)) p++;
    return p;
  }

  // [position or 0, position or 0, same?] after the common prefix, in order.
  #pairs() {
    const pairs = [];
    let other = this.prefix;
    const rest = (until) => {
      while (other < until) pairs.push([0, ++other, false]);
    };
    for (let p = this.prefix + 1; p <= this.recorded.count; p++) {
      const until = Math.min(this.align[p], this.log.count);
      if (until <= other) {
        pairs.push([p, 0, false]);
        continue;
      }
      rest(until - 1);
      pairs.push([p, ++other, this.#agree(p, other)]);
    }
    rest(this.log.count);
    return pairs;
  }

  // Whether an event of the recorded history is that of the other one.
  #agree(ours, theirs) {
    return fact(this.recorded, ours) === fact(this.log, theirs);
  }

  // For each position of the branch, the first moment of the recorded history that has reached it.
  reachedAt() {
    const { align, recorded } = this;
    const back = new Int32Array(this.log.count + 1).fill(recorded.count);
    for (let p = recorded.count; p >= 0; p--) {
      back.fill(p, p ? Math.min(align[p - 1] + 1, align[p]) : 0, align[p] + 1);
    }
    return back;
  }

  // Differences of all streams at a moment of the recorded history: [stream, path, was, is].
  differences(fold, position) {
    const names = [...new Set([...this.recorded.streams, ...this.log.streams])];
    const [ours, theirs] = [fold.world(position), this.fold.world(this.align[position])];
    return names.flatMap((name) => {
      const a = ours[this.recorded.byName.get(name)];
      const b = theirs[this.log.byName.get(name)];
      return difference(a, b).map((found) => [name, ...found]);
    });
  }
}

function fact(log, place) {
  const row = log.rowOf[place];
  return compact([log.streamName(row), log.events.get(row), log.at[row]]);
}
