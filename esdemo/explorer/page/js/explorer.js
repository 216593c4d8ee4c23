// The explorer: a history in the hand. No build step, no dependency.
//
// It is given columns (columns.py) and patches (patches.py), folds the patches itself (history/),
// and draws (view/, panels/). Python decides and evolves; nothing here guesses what Python would
// say.

import { readBranch } from "./history/branch.js";
import { upTo } from "./history/columns.js";
import { fields, series } from "./history/fields.js";
import { grown, readHistory } from "./history/reading.js";
import { Clock } from "./history/times.js";
import { asMoney, grouped, show, summary } from "./history/words.js";
import { tabs } from "./panels/tabs.js";
import { fromAddress, toAddress } from "./view/address.js";
import { chart } from "./view/chart.js";
import { h } from "./view/elements.js";
import { NO_QUERY, finder, rowsFound } from "./view/find.js";
import { Follower } from "./view/follow.js";
import { header } from "./view/header.js";
import { press, shareShortcuts } from "./view/keys.js";
import { list } from "./view/list.js";
import { moves } from "./view/moves.js";
import { Player } from "./view/player.js";
import { Window } from "./view/scale.js";
import { followTheme } from "./view/theme.js";

const NARROW = 640; // pixels, below which the list stands above the panel
const MOST_DRAWN = 6; // streams, up to which the chart draws all of them

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
  also = null; // streams that are drawn beside it; null for all of them where they are few
  field = null; // what is drawn of it
  window = null; // the part of the log that the chart shows
  byTime = false; // whether the chart goes by time, rather than by position
  branch = null; // another history beside this one
  branches = [];
  query = NO_QUERY;
  filtered = null; // the rows that were found, or null for all
  sieve = ""; // what is looked for in states
  shown = new Map(); // how much is shown of long tables
  tab = "now";
  money = false; // whether amounts in cents are shown as money
  clock = new Clock();
  follow = false; // whether the list should come to the row
  predicting = false; // whether what comes next is hidden
  horizon = -1; // the last row that may be known, while it is
  score = { right: 0, asked: 0 };
  lines = new Map(); // of the field, by stream

  // options: position, pin, stream, field, height; link (whether the address says where we are);
  // answers (what was asked before, as [question, answer]); ask, onmove, onpin (the host's).
  constructor(root, data, options) {
    this.options = options;
    this.id = ids();
    this.data = data; // also what messages look like: schema, forms, units, code
    this.total = data.of;
    this.#take(readHistory(data));
    this.fields = fields(this.fold);
    this.window = new Window(this.log.count);
    this.player = new Player(this);
    this.live = new Follower(this);
    this.field = this.fields.find(({ name }) => name === options.field) ?? this.fields[0];
    this.watch = this.log.byName.has(options.stream) ? options.stream : null;
    this.pin = options.pin ?? null;
    this.resized = new ResizeObserver(() => this.draw());
    this.root = this.#build();
    this.resized.observe(this.root);
    this.root.explorer = this; // for whoever looks at the page with the browser's own tools
    root.append(this.root);
    this.unfollowTheme = followTheme(this.root);
    this.move(options.position ?? this.log.count, { quiet: true });
    if (options.link && location.hash) this.#goToAddress();
  }

  #take({ log, fold }) {
    this.log = log;
    this.fold = fold;
    this.lines.clear();
  }

  #build() {
    this.note = h("span.note"); // what happened, in the bar of moves
    this.status = h("div.hidden", { role: "status", "aria-live": "polite" }); // and read out
    this.finder = finder(this);
    this.tabs = tabs(this);
    this.header = header(this);
    const [bar, line, rows] = [moves(this), chart(this), list(this)];
    this.parts = [this.header, bar, line, this.finder, rows, this.tabs];
    const left = h("div.left", this.finder.parts, rows.parts);
    const body = h("div.body", left, h("div.right", this.tabs.parts));
    const root = h(
      "section.esdemo-explorer",
      { "aria-label": "History explorer", onkeydown: (event) => press(this, event) },
      [this.header.parts, bar.parts, line.parts, body, this.status],
    );
    shareShortcuts(root);
    const { height, link } = this.options;
    if (height) root.style.setProperty("--height", `${height}px`);
    this.heard = () => this.#goToAddress();
    if (link) addEventListener("hashchange", this.heard);
    return root;
  }

  remove() {
    this.player.pause();
    this.live.stop();
    this.resized.disconnect();
    this.unfollowTheme();
    removeEventListener("hashchange", this.heard);
    this.root.remove();
  }

  // -- what is shown --

  // Another pin, branch and so on, such as { pin: 3 }.
  set({ local = this.clock.local, ...changes }) {
    this.clock.local = local;
    if (changes.field && changes.field !== this.field) this.lines.clear();
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

  showBranch(answer, question) {
    const branch = readBranch(this, { ...answer, question });
    const others = this.branches.filter(({ label }) => label !== branch.label);
    this.status.textContent = `${branch.label}. ${branch.summary}`;
    this.choose({ branch, branches: [...others, branch], tab: "what-if" });
  }

  // A part of the log for the chart, or null for all of it.
  look(window) {
    this.choose({ window: window ?? new Window(this.log.count) });
  }

  // The name of the stream whose state and field are shown.
  watched() {
    const { log, row, horizon } = this;
    if (this.predicting && horizon + 1 < log.rows) return log.streamName(horizon + 1);
    return this.watch ?? (row < 0 ? log.streams[0] : log.streamName(row));
  }

  // The streams that are drawn, the watched one first.
  drawn() {
    const own = this.watched();
    const { streams } = this.log;
    const all = this.watch === null && streams.length <= MOST_DRAWN ? streams : [];
    const others = this.predicting ? [] : (this.also ?? all);
    return [own, ...others.filter((name) => name !== own)];
  }

  drawAlso(name) {
    if (name) this.set({ also: [...this.drawn(), name] });
  }

  drawWithout(name) {
    this.set({ also: this.drawn().filter((other) => other !== name) });
  }

  seriesOf(stream) {
    if (!this.lines.has(stream)) {
      if (this.lines.size > 50) this.lines.clear();
      this.lines.set(stream, series(this, stream, this.field));
    }
    return this.lines.get(stream);
  }

  // What the store has recorded since. Whoever stands at the end goes along.
  grow(data) {
    const { position, log, window } = this;
    this.#take(grown(this, data));
    this.total = this.log.count;
    if (window.isWhole) this.window = new Window(this.log.count);
    if (this.filtered) this.filtered = rowsFound(this, this.query);
    if (position === log.count && this.log.count > position) this.move(this.log.count);
    this.paint();
  }

  // -- amounts --

  get hasUnits() {
    return Object.keys(this.data.units ?? {}).length > 0;
  }

  // A value of a state, or of a message, as it is to be shown.
  inUnits = (value, path) => this.as("", path?.length === 1 ? path[0] : "", value);

  as = (type, name, value) =>
    this.money && this.data.units?.[type]?.[name] === "cents" ? asMoney(value) : show(value);

  summaryOf = (message) => summary(message, this.as);

  inWords = (row) => (this.money ? this.summaryOf(this.log.message(row)).toLowerCase() : "");

  // -- moving --

  // Stand where `position` events have happened; on a refused command's row when one is given.
  move(position, { row, quiet = false } = /** @type {{row?: number, quiet?: boolean}} */ ({})) {
    if (!Number.isFinite(position)) return;
    position = Math.max(0, Math.min(this.log.count, Math.round(position)));
    row ??= this.log.rowOf[position];
    if (this.predicting && row > this.horizon) return this.say("the future is hidden: Stop first");
    if (position === this.position && row === this.row) return;
    this.set({ position, row, follow: true, window: this.window.holding(position) });
    if (!quiet) this.tell();
    if (!quiet || this.player.playing) this.link();
  }

  moveToRow(row, options) {
    this.move(this.log.place[row], { row, ...options });
  }

  // The beginning or the end, of what was found where there is a filter.
  moveToEnd(direction) {
    const rows = this.filtered;
    if (rows?.length) this.moveToRow(direction < 0 ? rows[0] : rows[rows.length - 1]);
    else this.move(direction < 0 ? 0 : this.log.count);
  }

  moveToLastFound(place) {
    const found = this.filtered[upTo(this.filtered, this.log.rowOf[place]) - 1];
    if (found > this.row) this.moveToRow(found, { quiet: true });
  }

  get isAtEnd() {
    const rows = this.filtered;
    if (this.predicting) return this.row >= this.horizon;
    return rows
      ? !rows.length || this.row >= rows[rows.length - 1]
      : this.position >= this.log.count;
  }

  step(by, options) {
    if (this.filtered) this.stepRow(by, options);
    else this.move(this.position + by, options);
  }

  // The next row of the list in either direction.
  stepRow(by, options) {
    const shown = this.filtered;
    const last = (shown ? shown.length : this.log.rows) - 1;
    const here = shown ? upTo(shown, this.row) - 1 : this.row;
    const exact = !shown || shown[here] === this.row;
    const next = Math.max(by < 0 ? -1 : 0, Math.min(last, here + by + (by < 0 && !exact ? 1 : 0)));
    if (next >= 0) this.moveToRow(shown ? shown[next] : next, options);
    else if (!shown) this.move(0, options);
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

  link(now = false) {
    if (!this.options.link) return;
    clearTimeout(this.linking);
    const write = () => history.replaceState(null, "", toAddress(this));
    if (now) write();
    else this.linking = setTimeout(write, 200);
  }

  #goToAddress() {
    const { position, row, ...place } = fromAddress(this, location.hash);
    this.set({ ...place, filtered: null });
    this.filtered = rowsFound(this, this.query);
    this.move(position ?? this.position, row === null ? {} : { row });
  }

  // A branch by its name: one that was looked at, or was asked before this was saved.
  branchNamed(name) {
    const seen = this.branches.find(({ label }) => label === name);
    const kept = (this.options.answers ?? []).find(([, answer]) => answer.label === name);
    if (seen || !kept) return seen ?? null;
    const branch = readBranch(this, { ...kept[1], question: kept[0] });
    this.branches = [...this.branches, branch];
    return branch;
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
  tell(said = "") {
    clearTimeout(this.telling);
    this.hint(said);
    if (this.player.playing) return;
    this.options.onmove?.(this.position);
    this.telling = setTimeout(() => {
      this.status.textContent = said || this.words();
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
    this.root.classList.toggle("narrow", this.root.clientWidth < NARROW);
    for (const part of this.parts) part.update();
  }
}

// Ids of elements, which no other explorer on the page has: a host may load this module anew for
// each, so that counting would not do.
function ids() {
  const prefix = `esdemo-${Math.random().toString(36).slice(2)}`;
  return (name) => `${prefix}-${name}`;
}
