// Playing: event after event, at an even pace or with the gaps that there really were.

import { duration } from "../history/words.js";

const STEP = 400; // milliseconds of an even step, and of the usual gap
const LONGEST_GAP = 2000;
const SHORTEST_GAP = 50;
const FRAME = 16;

export class Player {
  speed = 1;
  pace = "even"; // or "real"
  timer = 0;

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
    if (explorer.position >= explorer.log.count) explorer.move(0);
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
    this.tellPace();
  }

  tellPace() {
    if (this.still.matches) this.explorer.hint("reduced motion: at most one event a second");
    else if (this.pace === "real") this.explorer.hint("long gaps are shortened");
  }

  // The next event after a pause; each step is set off by a timer, so no frame waits for a kernel.
  #schedule() {
    const { explorer } = this;
    this.timer = setTimeout(() => {
      explorer.move(explorer.position + 1, { quiet: true });
      if (explorer.position >= explorer.log.count) this.pause();
      else this.#schedule();
    }, this.#delay());
  }

  #delay() {
    const wait = this.pace === "real" ? this.#realGap() : STEP;
    return Math.max(wait / this.speed, this.still.matches ? 1000 : FRAME);
  }

  #realGap() {
    const { log, position } = this.explorer;
    const gap = log.timeOf(position + 1) - log.timeOf(position);
    const wait = Math.max(SHORTEST_GAP, (gap / log.usualGap) * STEP);
    const cut = wait > LONGEST_GAP;
    this.explorer.hint(cut ? `a gap of ${duration(gap)} is shortened` : "");
    return Math.min(wait, LONGEST_GAP);
  }
}
