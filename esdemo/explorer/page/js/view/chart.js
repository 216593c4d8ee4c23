// The chart of the watched field, with the cursor, and the slider under it.

import { show } from "../history/words.js";
import { MOST_CHOICES, select } from "./controls.js";
import { fill, h, muted } from "./elements.js";
import { EDGE, Line } from "./line.js";

const FOLLOW = "\u0000follow"; // what no stream is called

export function chart(explorer) {
  const { log } = explorer;
  const choices = choosers(explorer);
  const note = muted();
  const under = h("svg");
  const over = h("svg.over"); // a layer of its own, so that the line is drawn once
  const area = h("div.chart", { role: "img" }, under, over);
  dragged(area, (share) => explorer.move(Math.round(share * log.count)));
  explorer.resized.observe(area);
  const slider = positionSlider(explorer);
  let line = null;
  const lay = (key) => {
    line = new Line(explorer, key);
    line.clip = h("rect", { x: 0, y: 0, width: line.width, height: line.height });
    const clip = h("clipPath", { id: explorer.id("clip") }, line.clip);
    for (const svg of [under, over])
      svg.setAttribute("viewBox", `0 0 ${line.width} ${line.height}`);
    fill(under, clip, line.draw(clip.id));
    note.textContent = line.words();
  };
  const update = () => {
    choices.update();
    slider.update();
    const key = Line.key(explorer, area);
    if (!area.clientWidth) return;
    if (!line?.is(key)) lay(key);
    line.clip.setAttribute("width", line.hidden ? line.x(explorer.position) : line.width);
    const value = line.valueAt(explorer.position);
    fill(over, cursor(explorer, line, value));
    area.setAttribute("aria-label", inWords(explorer, line, value));
  };
  const bar = h("div.bar", choices.parts, note);
  return { parts: [h("div.line", bar, area, slider.parts)], update };
}

function choosers(explorer) {
  const { fields, log } = explorer;
  const streams = log.streams.slice(0, MOST_CHOICES);
  const field = select(
    "Field",
    fields.map(({ name }) => name),
    explorer.field.name,
    (name) => explorer.choose({ field: fields.find((f) => f.name === name) }),
  );
  const watch = select(
    "Stream",
    [[FOLLOW, "the event’s stream"], ...streams],
    explorer.watch ?? FOLLOW,
    (name) => explorer.choose({ watch: name === FOLLOW ? null : name }),
  );
  const update = () => {
    setValue(field, explorer.field.name);
    setValue(watch, explorer.watch ?? FOLLOW);
  };
  return { parts: [field, muted("of"), watch], update };
}

// A select that shows it already is left alone: it may be open.
function setValue(node, value) {
  if (node.value !== value) node.value = value;
}

function positionSlider(explorer) {
  const slider = h("input", {
    type: "range",
    min: 0,
    max: explorer.log.count,
    step: 1,
    "aria-label": "Position in the log",
    oninput: () => explorer.move(Number(slider.value)),
  });
  const update = () => {
    slider.value = explorer.position;
    slider.setAttribute("aria-valuetext", explorer.words());
  };
  return { parts: [slider], update };
}

// Calls with how far along the line the pointer is, from 0 to 1, and beyond.
function dragged(area, move) {
  const drag = ({ buttons, clientX }) => {
    if (!(buttons & 1)) return;
    const box = area.getBoundingClientRect();
    move((clientX - box.left - EDGE) / (box.width - 2 * EDGE));
  };
  area.addEventListener("pointerdown", (event) => {
    area.setPointerCapture(event.pointerId);
    drag(event);
  });
  area.addEventListener("pointermove", drag);
}

// What moves: the cursor, the value on it, and the pin.
function cursor({ position, pin }, line, value) {
  const x = line.x(position);
  const shown = !Number.isNaN(value);
  const right = x > line.width * 0.75;
  const place = { x: x + (right ? -8 : 8), y: 13, "text-anchor": right ? "end" : "start" };
  return [
    upright("cursor", x, line),
    pin === null ? null : pinned(line.x(pin), line),
    shown ? h("circle.dot", { cx: x, cy: line.y(value), r: 4.5 }) : null,
    h("text.value", place, shown ? show(value) : ""),
  ];
}

const pinned = (x, line) => [
  upright("pin", x, line),
  h("text.value", { x: x + 4, y: line.height - 16 }, "A"),
];

const upright = (name, x, line) => h(`line.${name}`, { x1: x, x2: x, y1: 0, y2: line.height });

function inWords({ position }, { field, stream }, value) {
  const said = Number.isNaN(value) ? "nothing" : show(value);
  return `${field.name} of ${stream} over the log: ${said} at position ${position}`;
}
