// Scales: where a place in the log is along the chart, by position or by time, and the ticks.

export const EDGE = 8; // pixels to the left and to the right of what is drawn

const MINUTE = 60e6;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TIME_STEPS = [
  ...[1, 5, 15, 30].map((n) => n * 1e6),
  ...[1, 5, 15, 30].map((n) => n * MINUTE),
  ...[1, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14].map((n) => n * DAY),
];
const MONTH_STEPS = [1, 3, 6, 12, 24, 60, 120];
const [POSITION_GAP, TIME_GAP] = [130, 110]; // pixels between two ticks, at least

// The part of a log that a chart shows: all of it, or from one place to another.
export class Window {
  constructor(count, low = 0, high = count) {
    this.count = count;
    this.low = low;
    this.high = high;
  }

  get isWhole() {
    return this.low === 0 && this.high === this.count;
  }

  // Closer or farther, while a place stays where it is. factor: below 1 to come closer.
  zoomed(factor, around) {
    const wide = this.high - this.low;
    const wanted = Math.min(this.count, Math.max(Math.min(10, this.count), wide * factor));
    const share = wide ? (around - this.low) / wide : 0.5;
    return this.#at(around - share * wanted, wanted);
  }

  // Moved along by a share of its width.
  panned(share) {
    const wide = this.high - this.low;
    return this.#at(this.low + share * wide, wide);
  }

  // Moved as little as is needed to hold a place.
  holding(place) {
    if (place >= this.low && place <= this.high) return this;
    const wide = this.high - this.low;
    return this.#at(place < this.low ? place - wide * 0.1 : place - wide * 0.9, wide);
  }

  #at(low, wide) {
    const width = Math.round(wide);
    const start = Math.round(Math.max(0, Math.min(this.count - width, low)));
    return new Window(this.count, start, start + width);
  }
}

export class Scale {
  from = 0; // the values at both ends: positions, or microseconds
  to = 0;

  /** @param {any} log @param {Window} window @param {boolean} byTime @param {number} width */
  constructor(log, window, byTime, width) {
    this.log = log;
    this.window = window;
    this.byTime = byTime;
    this.width = width;
    const ends = [window.low, window.high];
    [this.from, this.to] = byTime ? ends.map((place) => log.timeOf(place)) : ends;
    this.inner = Math.max(1, width - 2 * EDGE);
  }

  // Pixels of a value on the axis: of a time, or of a position.
  at(value) {
    return EDGE + ((value - this.from) / Math.max(1, this.to - this.from)) * this.inner;
  }

  x(place) {
    return this.at(this.byTime ? this.log.timeOf(place) : place);
  }

  // The place at a pixel.
  placeAt(pixel) {
    const value = this.from + ((pixel - EDGE) / this.inner) * (this.to - this.from);
    const { low, high } = this.window;
    const place = this.byTime ? this.log.positionAt(value) : Math.round(value);
    return Math.max(low, Math.min(high, place));
  }

  // [value, label] for a few round values. clock: how times are written.
  ticks(clock) {
    return this.byTime ? this.#timeTicks(clock) : this.#positionTicks(clock);
  }

  #positionTicks(clock) {
    const step = roundStep(((this.to - this.from) * POSITION_GAP) / this.inner);
    const found = [];
    for (let p = Math.ceil(this.from / step) * step; p <= this.to; p += step) {
      const day = p ? ` · ${clock.show(this.log.timeOf(p), 10)}` : "";
      found.push([p, `${p.toLocaleString("en-GB")}${day}`]);
    }
    return found;
  }

  #timeTicks(clock) {
    const gap = ((this.to - this.from) * TIME_GAP) / this.inner;
    const step = TIME_STEPS.find((candidate) => candidate >= gap);
    return step ? evenTicks(this, step, clock) : monthTicks(this, gap, clock);
  }
}

// 1, 2 or 5, and so many noughts, that is at least a number.
export function roundStep(least) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  const step = [1, 2, 5, 10].find((n) => n * power >= least) ?? 10;
  return Math.max(1, step * power);
}

// The letters that tell two neighbours apart: a day, a minute or a second.
function lettersOf(step) {
  if (step >= DAY) return 10;
  return step >= MINUTE ? 16 : 19;
}

function evenTicks({ from, to }, step, clock) {
  const found = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    found.push([at, clock.show(at, lettersOf(step))]);
  }
  return found;
}

function monthTicks({ from, to }, gap, clock) {
  const wanted = gap / (30.44 * DAY);
  const step = MONTH_STEPS.find((months) => months >= wanted) ?? roundStep(wanted / 12) * 12;
  const first = new Date(from / 1000);
  const found = [];
  let month = Math.floor((first.getUTCFullYear() * 12 + first.getUTCMonth()) / step) * step;
  for (let at = -Infinity; at <= to; month += step) {
    at = Date.UTC(Math.floor(month / 12), month % 12) * 1000;
    if (at >= from && at <= to) found.push([at, clock.show(at, step < 12 ? 7 : 4)]);
  }
  return found;
}

// Two to four round values between two numbers.
export function valueTicks(low, high) {
  if (!(high > low)) return [];
  const step = Math.max(niceStep((high - low) / 3), Number.MIN_VALUE);
  const found = [];
  for (let n = Math.ceil(low / step); n * step <= high && found.length < 5; n++) {
    found.push(n * step + 0); // never -0
  }
  return found;
}

function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((n) => n * power >= least) ?? 10) * power;
}
