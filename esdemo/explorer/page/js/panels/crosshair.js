// The crosshair over two times: recorded to the right, effective upwards. What lies to its left was
// known, what lies below it was true.

import { leaves, pathName } from "../history/states.js";
import { plural } from "../history/words.js";
import { button, notice } from "../view/controls.js";
import { fill, h, muted, remark } from "../view/elements.js";
import { table } from "../view/tables.js";
import { ask, canAsk } from "./asking.js";
import { valueCell } from "./state.js";

const [WIDE, TALL, MARGIN] = [480, 220, 14];
const MOST_DOTS = 4000;

const HELP_TEXT =
  "Each dot is a fact of the watched stream. Press or drag, or write the two moments.";

export function crosshair(explorer) {
  const drawing = h("svg.cross", { viewBox: `0 0 ${WIDE} ${TALL}` });
  // at: {stream, known, true}, in microseconds
  const cross = { at: null, drawing, words: h("p"), state: h("div"), said: notice() };
  const to = (change) => {
    cross.at = { ...cross.at, ...change };
    fill(cross.state);
    explorer.paint();
  };
  const boxes = ["known", "true"].map((name) =>
    momentBox(explorer, name, (micros) => to({ [name]: micros })),
  );
  pointed(drawing, (x, y) => {
    const scale = scaleOf(explorer);
    to({ known: scale.recorded(x), true: scale.effective(y) });
  });
  const asking = askButton(explorer, cross);
  const update = () => {
    redraw(explorer, cross);
    boxes.forEach((box) => box.show(cross.at));
    asking.disabled = !canAsk(explorer, questionOf(cross.at));
  };
  const parts = [
    remark(HELP_TEXT),
    h(
      "div.bar",
      boxes.map(({ node }) => node),
    ),
    drawing,
    cross.words,
    explorer.fold ? h("div.bar", asking) : null,
    cross.said.node,
    cross.state,
  ];
  return { parts, update };
}

function askButton(explorer, cross) {
  const title = "Fold these facts in order of effective time";
  return button("What was its state?", title, async () => {
    const { at } = cross;
    const answer = await ask(explorer, questionOf(at), cross.said);
    if (answer) fill(cross.state, stateOf(explorer, at, answer.state));
  });
}

function redraw(explorer, cross) {
  const stream = explorer.watched();
  if (cross.at?.stream !== stream) {
    cross.at = { stream, ...latest(explorer) };
    fill(cross.state);
  }
  const facts = factsOf(explorer, stream);
  fill(cross.drawing, drawn(explorer, facts, cross.at));
  fill(cross.words, counted(explorer, facts, cross.at));
  const exact = prefixState(explorer, facts, cross.at);
  if (exact !== undefined) fill(cross.state, stateOf(explorer, cross.at, exact));
}

const questionOf = (at) => ({ ask: "two_times", ...rounded(at) });

const rounded = (at) => ({ ...at, known: Math.round(at.known), true: Math.round(at.true) });

function momentBox(explorer, name, done) {
  const label = name === "known" ? "known by" : "true by";
  const change = () => {
    const micros = explorer.clock.read(node.value);
    if (micros === null) explorer.say("write a moment (2025-03-28, 2025-03-28 12:00)");
    else done(micros);
  };
  const node = h("input", { type: "text", size: 19, "aria-label": label, onchange: change });
  const show = (at) => {
    if (document.activeElement !== node) node.value = explorer.clock.show(at[name]);
  };
  return { node: h("label.moment", muted(`${label} `), node), show };
}

// [place, recorded, effective] of a stream's events, as far as they may be known.
function factsOf({ log, predicting, position }, stream) {
  const places = log.placesOf(log.byName.get(stream));
  return places
    .filter((place) => !predicting || place <= position)
    .map((place) => [place, log.timeOf(place), log.timeOf(place) + log.lag[log.rowOf[place]]]);
}

const latest = ({ log, position }) => {
  const now = log.timeOf(position);
  return { known: now, true: now };
};

// Between pixels and moments: both times from the earliest to the latest that there is.
function scaleOf(explorer) {
  const { log } = explorer;
  const facts = factsOf(explorer, explorer.watched());
  const all = facts.flatMap(([, recorded, effective]) => [recorded, effective]);
  const low = all.reduce((a, b) => Math.min(a, b), log.at[0]);
  const high = Math.max(
    low + 1,
    all.reduce((a, b) => Math.max(a, b), log.at[log.rows - 1]),
  );
  const share = (value) => (value - low) / (high - low);
  return {
    x: (recorded) => MARGIN + share(recorded) * (WIDE - 2 * MARGIN),
    y: (effective) => TALL - MARGIN - share(effective) * (TALL - 2 * MARGIN),
    recorded: (x) => low + ((x - MARGIN) / (WIDE - 2 * MARGIN)) * (high - low),
    effective: (y) => low + ((TALL - MARGIN - y) / (TALL - 2 * MARGIN)) * (high - low),
  };
}

const isIn = (at, [, recorded, effective]) => recorded <= at.known && effective <= at.true;

function drawn(explorer, facts, at) {
  const scale = scaleOf(explorer);
  const step = Math.ceil(facts.length / MOST_DOTS);
  const dots = facts.filter((_, n) => n % step === 0);
  const dot = (fact) => {
    const place = { cx: scale.x(fact[1]), cy: scale.y(fact[2]), r: 3 };
    return h(isIn(at, fact) ? "circle.in" : "circle.out", place);
  };
  const [x, y] = [scale.x(at.known), scale.y(at.true)];
  return [
    h("rect.known", { x: 0, y, width: Math.max(0, x), height: Math.max(0, TALL - y) }),
    dots.map(dot),
    h("line.cursor", { x1: x, x2: x, y1: 0, y2: TALL }),
    h("line.cursor", { x1: 0, x2: WIDE, y1: y, y2: y }),
    h("text", { x: WIDE - 4, y: TALL - 4, "text-anchor": "end" }, "recorded →"),
    h("text", { x: 4, y: 12 }, "↑ effective"),
  ];
}

function counted({ clock }, facts, at) {
  const inside = facts.filter((fact) => isIn(at, fact)).length;
  const late = facts.filter(([, r, e]) => r > at.known && e <= at.true).length;
  const early = facts.filter(([, r, e]) => r <= at.known && e > at.true).length;
  const by = `Of ${at.stream}, what ${clock.show(at.known)} knew of ${clock.show(at.true)} (${clock.zone})`;
  return `${by}: ${plural(inside, "fact")}. True but not known yet: ${late}. Known but not true yet: ${early}.`;
}

// The state, when the facts are just the first ones of the stream in their own order, so that the
// patches give it. Any other choice of facts needs Python; undefined then.
function prefixState({ log, fold }, facts, at) {
  if (!fold) return undefined;
  const inside = facts.filter((fact) => isIn(at, fact));
  const isPrefix = inside.every(([place], n) => place === facts[n][0]);
  const inOrder = inside.every(([, , e], n) => !n || e >= inside[n - 1][2]);
  if (!isPrefix || !inOrder) return undefined;
  return fold.state(log.byName.get(at.stream), inside.at(-1)?.[0] ?? 0);
}

function stateOf(explorer, at, state) {
  const rows = leaves(state).map(([path, value]) => [
    pathName(path),
    valueCell(explorer, path, value),
  ]);
  return table(explorer, `State of ${at.stream} then`, ["field", "value"], rows);
}

// Calls with where the pointer is pressed, in the drawing's own units.
function pointed(drawing, done) {
  const tell = (event) => {
    if (!(event.buttons & 1)) return;
    const box = drawing.getBoundingClientRect();
    const share = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    done(share[0] * WIDE, share[1] * TALL);
  };
  drawing.addEventListener("pointerdown", (event) => {
    drawing.setPointerCapture(event.pointerId);
    tell(event);
  });
  drawing.addEventListener("pointermove", tell);
}
