// The lines of the chart: a field of some streams over the log, and all else that stays while the
// cursor moves.

import { upTo } from "../history/columns.js";
import { series } from "../history/fields.js";
import { grouped, plural } from "../history/words.js";
import { h } from "./elements.js";
import { COLOURS } from "./icons.js";
import { EDGE, Scale, valueTicks } from "./scale.js";

const [TOP, BOTTOM] = [20, 14]; // pixels above and below the line

export class Line {
  low = Infinity; // of all values that are drawn
  high = -Infinity;

  // What the lines follow from. The same again are the same lines.
  static key(explorer, { clientWidth, clientHeight }) {
    const { field, branch, window, byTime, log, clock, money } = explorer;
    const limit = explorer.predicting ? explorer.position : log.count;
    const how = [byTime, clock.local, money, clientWidth, clientHeight];
    return [
      explorer.drawn().join("\n"),
      explorer.watched(),
      field,
      branch,
      log,
      window,
      limit,
      ...how,
    ];
  }

  constructor(explorer, key, { clientWidth, clientHeight }) {
    const { log, window, byTime, branch, field } = explorer;
    this.explorer = explorer;
    this.key = key;
    this.branch = explorer.predicting ? null : branch;
    this.field = field;
    this.log = log;
    this.fold = explorer.fold;
    this.width = clientWidth;
    this.height = clientHeight;
    this.scale = new Scale(log, window, byTime, clientWidth);
    this.limit = explorer.predicting ? explorer.position : log.count; // what may be known
    this.stream = explorer.watched();
    this.others = explorer.drawn().filter((name) => name !== this.stream);
    this.own = this.#seen(...explorer.seriesOf(this.stream));
    this.rest = this.others.map((name) => this.#seen(...explorer.seriesOf(name)));
    this.beside = this.branch ? series(this.branch, this.stream, field) : [[], []];
    const lists = [this.own, ...this.rest, this.beside].map(([, numbers]) => numbers);
    [this.low, this.high] = range(...lists);
    this.gaps = this.own[1].filter(Number.isNaN).length;
    this.sampled = this.own[0].length > 2 * this.width;
    this.refusals = this.#refusals(this.scale.window);
  }

  // The pixels at which a command of the watched stream led to nothing.
  #refusals({ low, high }) {
    const fruitless = this.log.fruitlessOf(this.log.byName.get(this.stream));
    const seen = fruitless.filter((place) => place >= low && place <= Math.min(high, this.limit));
    return [...new Set(seen.map((place) => Math.round(this.scale.x(place))))];
  }

  // The part of a series that the window shows, with the step that leads into it.
  #seen(places, numbers) {
    const { low, high } = this.scale.window;
    const first = Math.max(0, upTo(places, low) - 1);
    const last = upTo(places, Math.min(high, this.limit));
    return [places.slice(first, last), Array.from(numbers.slice(first, last))];
  }

  is(key) {
    return this.key.every((part, n) => part === key[n]);
  }

  y(number) {
    if (Number.isNaN(number)) return NaN;
    if (this.low === this.high) return this.height / 2;
    const share = (number - this.low) / (this.high - this.low);
    return this.height - BOTTOM - share * (this.height - TOP - BOTTOM);
  }

  valueAt(position) {
    const [places, numbers] = this.explorer.seriesOf(this.stream);
    const n = upTo(places, position);
    if (n) return numbers[n - 1];
    if (!places.length && this.field.path) return NaN;
    return this.field.path && this.fold ? this.field.of(this.fold.initial) : 0;
  }

  // The elements to draw. clip: the id of the part that may be seen.
  draw(clip) {
    const x = (place) => Math.max(0, this.scale.x(place));
    const back = this.branch?.reachedAt();
    const cross = (pixel) => `M${pixel - 2.5} ${this.height - 8}l5 5m0-5l-5 5`;
    const colour = (name) => `.c${this.log.byName.get(name) % COLOURS}`;
    return h(
      "g",
      { "clip-path": `url(#${clip})` },
      valueTicks(this.low, this.high).map((value) => this.#level(value)),
      this.rest.map((one, n) =>
        h(`path.step.thin${colour(this.others[n])}`, { d: this.#path(...one, x) }),
      ),
      h("path.step", { d: this.#path(...this.own, x) }),
      back && h("path.step.other", { d: this.#path(...this.beside, (p) => x(back[p])) }),
      h("path.refusals", { d: this.refusals.map(cross).join("") }),
    );
  }

  #level(value) {
    const y = Math.round(this.y(value)) + 0.5;
    return [
      h(value ? "line.level" : "line.level.zero", {
        x1: EDGE,
        x2: this.width - EDGE,
        y1: y,
        y2: y,
      }),
      h("text.level", { x: this.width - EDGE, y: y - 3, "text-anchor": "end" }, this.#words(value)),
    ];
  }

  #words(value) {
    return this.explorer.inUnits(value, this.field.path);
  }

  #path(places, numbers, x) {
    const ys = Array.from(numbers, (number) => this.y(number));
    const end = Math.min(this.width - EDGE, this.scale.x(this.limit));
    return stepPath(Array.from(places, x), ys, end, places.length > 2 * this.width);
  }

  words() {
    const steps = plural(this.own[0].length, "step");
    const rounded = [this.low, this.high].some((n) => Math.abs(n) > Number.MAX_SAFE_INTEGER);
    return [
      this.#range(),
      this.gaps && Number.isFinite(this.low) && `no value at ${grouped(this.gaps)} of ${steps}`,
      rounded && Number.isFinite(this.low) && "rounded where drawn",
      this.refusals.length && "× refused",
      this.branch && "dashed: the other branch",
      this.sampled && `${steps}, drawn as lowest and highest per pixel`,
    ]
      .filter(Boolean)
      .join(" · ");
  }

  #range() {
    const { low, high } = this;
    if (this.limit < this.log.count) return "what comes next is hidden";
    if (low === Infinity) return "no value";
    return low === high && !this.gaps
      ? `always ${this.#words(low)}`
      : `from ${this.#words(low)} to ${this.#words(high)}`;
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

// A path that steps through (x, y) pixels, with a gap where there is no y. With more points than
// pixels: a vertical stroke from the lowest to the highest in each pixel, which looks the same.
function stepPath(xs, ys, end, sampled) {
  const parts = [];
  const r = (n) => Math.round(n * 10) / 10;
  let drawn = false;
  for (let i = 0; i < xs.length; i++) {
    if (Number.isNaN(ys[i])) {
      if (drawn) parts.push(`H${r(xs[i])}`);
      drawn = false;
      continue;
    }
    if (!drawn) parts.push(`M${r(xs[i])} ${r(ys[i])}`);
    if (sampled) {
      const pixel = Math.floor(xs[i]);
      let [low, high] = [ys[i], ys[i]];
      while (i + 1 < xs.length && Math.floor(xs[i + 1]) === pixel && !Number.isNaN(ys[i + 1])) {
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
