// The line of the chart: a field of a stream over the log, and all else that stays while the
// cursor moves.

import { upTo } from "../history/columns.js";
import { series } from "../history/fields.js";
import { grouped, show } from "../history/words.js";
import { h } from "./elements.js";

export const EDGE = 8; // pixels to the left and to the right of the line

export class Line {
  // What the line follows from. The same again is the same line.
  static key(explorer, { clientWidth, clientHeight }) {
    const { field, branch, predicting } = explorer;
    return [explorer.watched(), field, branch, predicting, clientWidth, clientHeight];
  }

  constructor(explorer, key) {
    this.key = key;
    [this.stream, this.field, this.branch, this.hidden, this.width, this.height] = key;
    this.log = explorer.log;
    this.fold = explorer.fold;
    [this.places, this.numbers] = series(explorer, this.stream, this.field);
    this.other = this.branch ? series(this.branch, this.stream, this.field) : [[], []];
    [this.low, this.high] = range(this.numbers, this.other[1]);
    this.sampled = this.places.length > 2 * this.width;
    this.refusals = this.#refusals();
  }

  is(key) {
    return this.key.every((part, n) => part === key[n]);
  }

  x(place) {
    return EDGE + (place / Math.max(1, this.log.count)) * (this.width - 2 * EDGE);
  }

  y(number) {
    if (this.low === this.high) return this.height / 2;
    const share = (number - this.low) / (this.high - this.low);
    return this.height - 14 - share * (this.height - 34);
  }

  valueAt(position) {
    const n = upTo(this.places, position);
    if (n) return this.numbers[n - 1];
    if (this.low === Infinity) return NaN;
    return this.field.path && this.fold ? this.field.of(this.fold.initial) : 0;
  }

  // The pixels at which a command of this stream led to nothing.
  #refusals() {
    const { log } = this;
    const stream = log.byName.get(this.stream);
    const pixels = new Set();
    for (let row = 0; row < log.rows; row++) {
      if (!log.isEvent(row) && log.stream[row] === stream)
        pixels.add(Math.round(this.x(log.place[row])));
    }
    return [...pixels];
  }

  // The elements to draw. clip: the id of the part that may be seen.
  draw(clip) {
    const x = (place) => this.x(place);
    const back = this.branch?.reachedAt();
    const cross = (pixel) => `M${pixel - 2.5} ${this.height - 8}l5 5m0-5l-5 5`;
    return h(
      "g",
      { "clip-path": `url(#${clip})` },
      this.low < 0 && this.high > 0 ? this.#zero() : null,
      h("path.step", { d: this.#path(this.places, this.numbers, x) }),
      back && h("path.step.other", { d: this.#path(...this.other, (p) => x(back[p])) }),
      h("path.refusals", { d: this.refusals.map(cross).join("") }),
    );
  }

  #zero() {
    const y = this.y(0);
    return h("line.zero", { x1: EDGE, x2: this.width - EDGE, y1: y, y2: y });
  }

  #path(places, numbers, x) {
    const ys = Array.from(numbers, (number) => this.y(number));
    return stepPath(Array.from(places, x), ys, this.width - EDGE, this.sampled);
  }

  words() {
    const steps = grouped(this.places.length);
    return [
      this.#range(),
      this.refusals.length && "× refused",
      this.branch && "dashed: the other branch",
      this.sampled && `${steps} steps, drawn as lowest and highest per pixel`,
    ]
      .filter(Boolean)
      .join(" · ");
  }

  #range() {
    const { low, high } = this;
    if (this.hidden) return "what comes next is hidden";
    if (!this.places.length || low === Infinity) return "no value";
    return low === high ? `always ${show(low)}` : `from ${show(low)} to ${show(high)}`;
  }
}

function range(...lists) {
  let [low, high] = [Infinity, -Infinity];
  for (const list of lists) {
    for (const n of list) {
      if (n < low) low = n;
      if (n > high) high = n;
    }
  }
  return [low, high];
}

// A path that steps through (x, y) pixels. With more points than pixels: a vertical stroke from
// the lowest to the highest in each pixel, which looks the same.
function stepPath(xs, ys, end, sampled) {
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
