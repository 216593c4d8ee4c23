// The explorer: a history in the hand. No build step, no dependency.
//
// It is given columns (columns.py) and patches (patches.py), folds the patches itself (history/),
// and draws (view/, panels/). Python decides and evolves; nothing here guesses what Python would
// say.

import { Branch } from "./history/branch.js";
import { upTo } from "./history/columns.js";
import { fields } from "./history/fields.js";
import { Fold } from "./history/fold.js";
import { Log } from "./history/log.js";
import { grouped } from "./history/words.js";
import { tabs } from "./panels/tabs.js";
import { fromAddress, toAddress } from "./view/address.js";
import { chart } from "./view/chart.js";
import { h } from "./view/elements.js";
import { finder } from "./view/find.js";
import { header } from "./view/header.js";
import { press } from "./view/keys.js";
import { list } from "./view/list.js";
import { moves } from "./view/moves.js";
import { Player } from "./view/player.js";
import { followTheme } from "./view/theme.js";

export function mount(root, data, options = {}) {
  return new Explorer(root, data, options);
}

// A place in a history, and a page that shows it. Each part of the page is a function of it that
// returns {parts, update}: elements, and what to do when something has changed. It reads these
// fields, and changes them by `set`, `choose` and `move`.
class Explorer {
  position = -1; // how many events have happened
  row = -1; // of the list: the event there, or a refused command after it; -1 before the first
  pin = null; // a position to compare with
  watch = null; // the name of a stream, or null for that of the row
  field = null; // what is drawn of it
  branch = null; // another history beside this one
  branches = [];
  filtered = null; // the rows that were found, or null for all
  follow = false; // whether the list should come to the row
  predicting = false; // whether what comes next is hidden
  score = { right: 0, asked: 0 };

  // options: position, pin, stream, field, height; link (whether the address says where we are);
  // answers (what was asked before, as [question, answer]); ask, onmove, onpin (the host's).
  constructor(root, data, options) {
    this.options = options;
    this.id = ids();
    this.log = new Log(data);
    this.fold = data.state ? new Fold(this.log) : null;
    this.fields = fields(this.fold);
    this.player = new Player(this);
    const { position = this.log.count, ...place } = this.#beginning();
    Object.assign(this, place);
    this.resized = new ResizeObserver(() => this.draw());
    this.root = this.#build();
    this.root.explorer = this; // for whoever looks at the page with the browser's own tools
    root.append(this.root);
    this.unfollowTheme = followTheme(this.root);
    this.move(position, { quiet: true });
  }

  #beginning() {
    const { stream, field, pin = null, position, link } = this.options;
    const given = {
      watch: this.log.byName.has(stream) ? stream : this.log.streams[0],
      field: this.fields.find(({ name }) => name === field) ?? this.fields[0],
      pin,
      position,
    };
    return link ? { ...given, ...fromAddress(this, location.hash) } : given;
  }

  #build() {
    this.note = h("span.note"); // what happened, in the bar of moves
    this.status = h("div.hidden", { role: "status", "aria-live": "polite" }); // and read out
    this.finder = finder(this);
    this.tabs = tabs(this);
    const [top, bar, line, rows] = [header(this), moves(this), chart(this), list(this)];
    this.parts = [bar, line, rows, this.tabs];
    const left = h("div.left", this.finder.parts, rows.parts);
    const body = h("div.body", left, h("div.right", this.tabs.parts));
    const root = h(
      "section.esdemo-explorer",
      { "aria-label": "History explorer", onkeydown: (event) => press(this, event) },
      [top.parts, bar.parts, line.parts, body, this.status],
    );
    // JupyterLab looks at whatever has the focus: its own keys stay out while that is ours.
    root.addEventListener("focusin", ({ target }) =>
      target.setAttribute("data-lm-suppress-shortcuts", "true"),
    );
    const { height, link } = this.options;
    if (height) root.style.setProperty("--height", `${height}px`);
    if (link) addEventListener("hashchange", () => this.#goToAddress());
    return root;
  }

  remove() {
    this.player.pause();
    this.resized.disconnect();
    this.unfollowTheme();
    this.root.remove();
  }

  // -- what is shown --

  // Another pin, branch and so on, such as { pin: 3 }.
  set(changes) {
    Object.assign(this, changes);
    this.paint();
  }

  // The same, for what the address says too.
  choose(changes) {
    this.set(changes);
    this.link();
  }

  togglePin() {
    const { position } = this;
    this.choose({ pin: this.pin === position ? null : position });
    this.options.onpin?.(this.pin);
    this.say(this.pin === null ? "pin taken away" : `pinned position ${grouped(position)} as A`);
  }

  showBranch(answer) {
    const branch = new Branch(this.log, answer);
    const others = this.branches.filter(({ label }) => label !== branch.label);
    this.status.textContent = `${branch.label}. ${branch.summary}`;
    this.set({ branch, branches: [...others, branch] });
    this.tabs.open("what-if");
  }

  // The name of the stream whose state and field are shown.
  watched() {
    return this.watch ?? (this.row < 0 ? this.log.streams[0] : this.log.streamName(this.row));
  }

  // -- moving --

  // Stand where `position` events have happened; on a refused command's row when one is given.
  move(position, { row, quiet = false } = {}) {
    if (!Number.isFinite(position)) return;
    position = Math.max(0, Math.min(this.log.count, Math.round(position)));
    row ??= this.log.rowOf[position];
    if (position === this.position && row === this.row) return;
    this.set({ position, row, follow: true });
    if (!quiet) this.tell();
    if (!quiet || this.player.playing) this.link();
  }

  moveToRow(row, options) {
    this.move(this.log.place[row], { row, ...options });
  }

  step(by) {
    this.move(this.position + by);
  }

  // The next row of the list in either direction.
  stepRow(by) {
    const shown = this.filtered;
    const last = (shown ? shown.length : this.log.rows) - 1;
    const here = shown ? upTo(shown, this.row) - 1 : this.row;
    const exact = !shown || shown[here] === this.row;
    const next = Math.max(by < 0 ? -1 : 0, Math.min(last, here + by + (by < 0 && !exact ? 1 : 0)));
    if (next >= 0) this.moveToRow(shown ? shown[next] : next);
    else if (!shown) this.move(0);
  }

  stepType(by) {
    const type = this.row < 0 ? null : this.log.name(this.row);
    this.#stepTo(by, (p) => type === null || this.log.name(this.log.rowOf[p]) === type);
  }

  stepStream(by) {
    const { byName, stream, streamOf } = this.log;
    const wanted = this.row < 0 ? byName.get(this.watched()) : stream[this.row];
    this.#stepTo(by, (p) => streamOf[p] === wanted);
  }

  // The previous or next event that is like this one.
  #stepTo(by, like) {
    for (let p = this.position + by; p > 0 && p <= this.log.count; p += by) {
      if (like(p)) return this.move(p);
    }
    this.say(by > 0 ? "there is no later one" : "there is no earlier one");
  }

  // -- the address --

  link() {
    if (!this.options.link) return;
    clearTimeout(this.linking);
    this.linking = setTimeout(() => history.replaceState(null, "", toAddress(this)), 200);
  }

  #goToAddress() {
    const { position = this.position, ...place } = fromAddress(this, location.hash);
    this.set(place);
    this.move(position);
  }

  // -- saying --

  say(text) {
    this.hint(text);
    this.status.textContent = text;
  }

  hint(text) {
    if (this.note.textContent !== text) this.note.textContent = text;
  }

  // What the host and a screen reader hear after a move: the latter once things have settled.
  tell() {
    clearTimeout(this.telling);
    this.hint("");
    if (this.player.playing) return;
    this.options.onmove?.(this.position);
    this.telling = setTimeout(() => {
      this.status.textContent = this.words();
    }, 300);
  }

  words() {
    const { log, row } = this;
    const place = `position ${grouped(this.position)} of ${grouped(log.count)}`;
    if (row < 0) return `${place}: before the first event`;
    const without = log.reason(row) === null ? ", no event" : ", refused";
    return `${place}: ${log.name(row)} of ${log.streamName(row)}${log.isEvent(row) ? "" : without}`;
  }

  // -- drawing, after every change, once a frame --

  paint() {
    this.frame ||= requestAnimationFrame(() => this.draw());
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.root.isConnected) return;
    for (const part of this.parts) part.update();
  }
}

// Ids of elements, which no other explorer on the page has: a host may load this module anew for
// each, so that counting would not do.
function ids() {
  const prefix = `esdemo-${Math.random().toString(36).slice(2)}`;
  return (name) => `${prefix}-${name}`;
}
