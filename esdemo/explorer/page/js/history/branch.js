// Two branches: one history, and another beside it.

import { unpack } from "./columns.js";
import { branched, readHistory } from "./reading.js";
import { difference } from "./states.js";
import { compact } from "./words.js";

// The branch that an answer from Python, or an import, describes.
export function readBranch(recorded, answer) {
  const { history, delta, align } = answer;
  const other = delta ? branched(recorded, delta) : readHistory(history);
  const sources = delta ? unpack(delta.events) : [];
  return new Branch(recorded, other, { ...answer, align: align && unpack(align), sources });
}

export class Branch {
  // recorded, other: {log, fold}. align: for each position of the recorded history, how far the
  // other one is at that moment. sources: for each event of the other the recorded one that it is.
  /**
   * @param {{log: any, fold: any}} recorded
   * @param {{log: any, fold: any}} other
   * @param {{label: string, align?: any, sources?: number[], notes?: string[], summary?: string,
   *   question?: any}} answer
   */
  constructor(recorded, other, { label, align, sources = [], notes = [], summary = "", question }) {
    this.recorded = recorded.log;
    this.log = other.log;
    this.fold = other.fold;
    this.label = label;
    this.notes = notes;
    this.summary = summary;
    this.question = question; // that it is the answer to, if any
    this.sources = sources;
    this.align = align ?? this.#sameTimes();
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
    if (this.sources[theirs - 1] === ours) return true;
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

  // How far it is at a moment of the recorded history, which may have grown since.
  alignedTo(position) {
    return this.align[Math.min(position, this.align.length - 1)];
  }

  // Differences of all streams between a position of one and of the other: [stream, path, was, is].
  differences(fold, left, right) {
    const names = [...new Set([...this.recorded.streams, ...this.log.streams])];
    const [ours, theirs] = [fold.world(left), this.fold.world(right)];
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
