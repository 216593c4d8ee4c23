// Playing: event after event, with the gaps that there really were, or so much time at each step.

import { duration } from "../history/words.js";

const STEP = 400; // milliseconds of an even step, and of the usual gap
const TIME_STEP = 80; // milliseconds of a step through time: a year by days takes 30 seconds
const LONGEST_GAP = 2000;
const SHORTEST_GAP = 50;
const FRAME = 16;

// [name, in words, microseconds of a step where it goes by the clock]
export const PACES = [
  ["even", "by event", 0],
  ["real", "real gaps", 0],
  ["minute", "by minute", 60e6],
  ["hour", "by hour", 3600e6],
  ["day", "by day", 86400e6],
];

export class Player {
  speed = 1;
  pace = "even";
  timer = 0;
  at = 0; // where the clock is, when it plays by the clock

  constructor(explorer) {
    this.explorer = explorer;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
  }

  get playing() {
    return this.timer !== 0;
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    const { explorer } = this;
    if (explorer.isAtEnd) explorer.moveToEnd(-1);
    this.at = explorer.log.timeOf(explorer.position);
    this.tellPace();
    this.#schedule();
    explorer.paint();
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.explorer.tell();
    this.explorer.link();
    this.explorer.paint();
  }

  setPace(pace) {
    this.pace = pace;
    this.at = this.explorer.log.timeOf(this.explorer.position);
    this.tellPace();
  }

  tellPace() {
    if (this.still.matches) this.explorer.hint("reduced motion: at most one event a second");
    else if (this.pace === "real") this.explorer.hint("long gaps are shortened");
  }

  // The next step after a pause, set off by a timer, so no frame waits for a kernel. What would
  // come more often than frames do goes several steps at once.
  #schedule() {
    const wait = this.#delay();
    const shortest = this.still.matches ? 1000 : FRAME;
    const steps = this.still.matches ? 1 : Math.max(1, Math.round(shortest / wait));
    this.timer = setTimeout(
      () => {
        this.#advance(steps);
        if (this.explorer.isAtEnd) this.pause();
        else this.#schedule();
      },
      Math.max(wait, shortest),
    );
  }

  #advance(steps) {
    const { explorer } = this;
    const length = this.#timeStep;
    if (!length) return explorer.step(steps, { quiet: true });
    this.at += steps * length;
    const place = explorer.log.positionAt(this.at);
    explorer.hint(explorer.clock.show(this.at, 16));
    if (explorer.filtered) explorer.moveToLastFound(place);
    else explorer.move(Math.max(place, explorer.position), { quiet: true });
  }

  get #timeStep() {
    return Number(PACES.find(([name]) => name === this.pace)[2]);
  }

  #delay() {
    if (this.#timeStep) return TIME_STEP / this.speed;
    return (this.pace === "real" ? this.#realGap() : STEP) / this.speed;
  }

  #realGap() {
    const { log, position } = this.explorer;
    const next = Math.min(log.count, position + 1);
    const gap = log.timeOf(next) - log.timeOf(position);
    const wait = Math.max(SHORTEST_GAP, (gap / log.usualGap) * STEP);
    const cut = wait > LONGEST_GAP;
    this.explorer.hint(cut ? `a gap of ${duration(gap)} is shortened` : "");
    return Math.min(wait, LONGEST_GAP);
  }
}
