// The chart of the watched field, with the cursor; under it the axis, and the slider.

import { grouped } from "../history/words.js";
import { axis } from "./axis.js";
import { button, chooser, select } from "./controls.js";
import { fill, h, muted } from "./elements.js";
import { COLOURS } from "./icons.js";
import { Line } from "./line.js";

const FOLLOW = "\u0000follow"; // what no stream is called
const CLOSER = 0.5; // of the width, by one press of a key or turn of the wheel

export function chart(explorer) {
  const choices = choosers(explorer);
  const note = h("span.muted.about");
  const area = h("div.chart", { role: "img" });
  const layers = layersOf(area);
  const under = axis(explorer, () => line?.scale);
  const slider = positionSlider(explorer);
  let line = null;
  const place = ({ offsetX }) => line.scale.placeAt(offsetX);
  dragged(area, explorer, place, (event) => line && layers.hover(line, place(event)));
  wheeled(area, explorer, place, (event) => event.ctrlKey || event.metaKey || event.shiftKey);
  wheeled(under.area, explorer, place, () => true);
  area.addEventListener("dblclick", () => explorer.look(null));
  explorer.resized.observe(area);
  const update = () => {
    choices.update();
    slider.update();
    if (!area.clientWidth) return;
    const key = Line.key(explorer, area);
    if (!line?.is(key)) {
      line = new Line(explorer, key, area);
      layers.lay(line, explorer.id("clip"));
      note.textContent = note.title = line.words();
      under.update();
    }
    const value = line.valueAt(explorer.position);
    layers.point(explorer, line, value);
    area.setAttribute("aria-label", chartInWords(explorer, line, value));
  };
  const bar = h("div.bar", choices.parts, note, windowButtons(explorer));
  return { parts: [h("div.line", bar, area, under.parts, slider.parts)], update };
}

// What is drawn once, what moves with the cursor, and what moves with the pointer.
function layersOf(area) {
  const [still, moving] = [h("svg"), h("svg.over")];
  const pointed = h("div.pointed", { hidden: true });
  area.append(still, moving, pointed);
  const lay = (line, id) => {
    const rect = h("rect", { x: 0, y: 0, width: line.width, height: line.height });
    for (const svg of [still, moving])
      svg.setAttribute("viewBox", `0 0 ${line.width} ${line.height}`);
    fill(still, h("clipPath", { id }, rect), line.draw(id));
  };
  const point = (explorer, line, value) => fill(moving, cursor(explorer, line, value));
  const hover = (line, place) => {
    pointed.hidden = place === null;
    if (place !== null) showPointed(pointed, line, place);
  };
  area.addEventListener("pointerleave", () => hover(null, null));
  return { lay, point, hover };
}

// Where the pointer is, and what was the value there.
function showPointed(node, line, place) {
  const { explorer, log, limit } = line;
  const at = place ? explorer.clock.show(log.timeOf(place), 16) : "before the first event";
  const value = place <= limit ? line.valueAt(place) : NaN;
  const said = Number.isNaN(value) ? "" : ` · ${explorer.inUnits(value, line.field.path)}`;
  node.textContent = `${grouped(place)} · ${at}${said}`;
  const x = line.scale.x(place);
  const right = x > line.width / 2;
  node.style.cssText = right ? `right:${line.width - x + 6}px` : `left:${x + 6}px`;
}

function choosers(explorer) {
  const { fields } = explorer;
  const field = chooser(
    explorer.id("fields"),
    "Field",
    [],
    () => fields.map(({ name }) => name),
    (name) => explorer.choose({ field: fields.find((f) => f.name === name) }),
  );
  const names = () => explorer.log.streams;
  const first = [[FOLLOW, "the event’s stream"]];
  const watch = chooser(explorer.id("streams"), "Stream", first, names, (name) =>
    explorer.choose({ watch: name === FOLLOW ? null : name }),
  );
  const beside = chooser(
    explorer.id("beside"),
    "Draw another stream too",
    [["", "+ stream"]],
    names,
    (name) => explorer.drawAlso(name),
  );
  const others = h("span.others");
  const update = () => {
    field.set(explorer.field.name);
    watch.set(explorer.watch ?? FOLLOW);
    beside.set("");
    beside.node.hidden = explorer.log.streams.length < 2;
    fill(others, otherStreams(explorer));
  };
  return { parts: [field.node, muted("of"), watch.node, others, beside.node], update };
}

// The streams that are drawn beside the watched one, each a button that takes it away.
function otherStreams(explorer) {
  const names = explorer.drawn().filter((name) => name !== explorer.watched());
  return names.map((name) => {
    const node = button(`${name} ×`, `Do not draw ${name}`, () => explorer.drawWithout(name));
    node.className = `chip b${explorer.log.byName.get(name) % COLOURS}`;
    return node;
  });
}

// Closer, farther, all of it; and what the axis counts.
function windowButtons(explorer) {
  const axes = [
    ["position", "by position"],
    ["time", "by time"],
  ];
  const { byTime } = explorer;
  const set = (value) => explorer.choose({ byTime: value === "time" });
  return h(
    "span.group",
    button("−", "Show more of the log (-)", () => zoom(explorer, 1 / CLOSER)),
    button("+", "Look closer, around the cursor (+)", () => zoom(explorer, CLOSER)),
    button("All", "Show the whole log (0)", () => explorer.look(null)),
    select("Axis", axes, byTime ? "time" : "position", set),
  );
}

export const zoom = (explorer, factor, place = explorer.position) =>
  explorer.look(explorer.window.zoomed(factor, place));

function positionSlider(explorer) {
  const slider = h("input", {
    type: "range",
    step: 1,
    "aria-label": "Position in the log",
    oninput: () => explorer.move(Number(slider.value)),
  });
  const update = () => {
    const { low, high } = explorer.window;
    [slider.min, slider.max] = [low, high];
    slider.value = explorer.position;
    slider.setAttribute("aria-valuetext", explorer.words());
  };
  return { parts: [slider], update };
}

// With the button down the cursor comes along, with Shift the window; without, it is only looked.
function dragged(area, explorer, place, hover) {
  let from = 0;
  const drag = (event) => {
    hover(event);
    if (!(event.buttons & 1)) return;
    if (!event.shiftKey) return explorer.move(place(event));
    explorer.look(explorer.window.panned((from - event.offsetX) / area.clientWidth));
    from = event.offsetX;
  };
  area.addEventListener("pointerdown", (event) => {
    area.setPointerCapture(event.pointerId);
    from = event.offsetX;
    drag(event);
  });
  area.addEventListener("pointermove", drag);
}

// The wheel zooms where that is wanted; elsewhere it scrolls the page, as it should.
function wheeled(area, explorer, place, wanted) {
  const turn = (event) => {
    if (!wanted(event)) return;
    event.preventDefault();
    const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    const turned = Math.sign(event.deltaY || event.deltaX);
    if (sideways) explorer.look(explorer.window.panned(turned * 0.1));
    else zoom(explorer, turned < 0 ? CLOSER : 1 / CLOSER, place(event));
  };
  area.addEventListener("wheel", turn, { passive: false });
}

// What moves: the cursor, the value on it, and the pin.
function cursor({ position, pin, inUnits }, line, value) {
  const x = line.scale.x(position);
  const shown = Number.isFinite(line.y(value));
  const right = x > line.width * 0.75;
  const place = { x: x + (right ? -8 : 8), y: 13, "text-anchor": right ? "end" : "start" };
  return [
    upright("cursor", x, line),
    pin === null ? null : pinned(line.scale.x(pin), line),
    shown ? h("circle.dot", { cx: x, cy: line.y(value), r: 4.5 }) : null,
    h("text.value", place, shown ? inUnits(value, line.field.path) : ""),
  ];
}

const pinned = (x, line) => [
  upright("pin", x, line),
  h("text.value", { x: x + 4, y: line.height - 16 }, "A"),
];

const upright = (name, x, line) => h(`line.${name}`, { x1: x, x2: x, y1: 0, y2: line.height });

function chartInWords({ position, inUnits }, { field, stream }, value) {
  const said = Number.isNaN(value) ? "nothing" : inUnits(value, field.path);
  return `${field.name} of ${stream} over the log: ${said} at position ${position}`;
}
