// The axis under the chart: ticks, and a stretch of it to look at closer.

import { fill, h } from "./elements.js";
import { Window } from "./scale.js";

const HEIGHT = 20;
const LETTER = 7; // pixels of a letter, about
const LEAST = 6; // pixels of a stretch, below which it was only a click

// scaleNow: the scale of the chart above.
export function axis(explorer, scaleNow) {
  const drawing = h("svg");
  const stretch = h("div.stretch", { hidden: true });
  const title = "Drag over a part of it to look closer; double-click for all of it";
  const area = h("div.axis", { title, "aria-hidden": "true" }, drawing, stretch);
  stretched(area, stretch, (from, to) => {
    const [low, high] = [from, to].map((x) => scaleNow().placeAt(x));
    if (high > low) explorer.look(new Window(explorer.log.count, low, high));
  });
  area.addEventListener("dblclick", () => explorer.look(null));
  const update = () => {
    const scale = scaleNow();
    drawing.setAttribute("viewBox", `0 0 ${scale.width} ${HEIGHT}`);
    fill(
      drawing,
      apart(scale, scale.ticks(explorer.clock)).map(([v, label]) => tick(scale, v, label)),
    );
  };
  return { parts: [area], area, update };
}

// Those whose labels do not touch that of the one before.
function apart(scale, ticks) {
  let end = -Infinity;
  return ticks.filter(([value, label]) => {
    const wide = label.length * LETTER;
    const start = Math.min(scale.width - wide, Math.max(0, scale.at(value) - wide / 2));
    if (start < end) return false;
    end = start + wide + LETTER;
    return true;
  });
}

function tick(scale, value, label) {
  const x = scale.at(value);
  const [nearLeft, nearRight] = [x < 50, x > scale.width - 60];
  const anchor = nearLeft ? "start" : nearRight ? "end" : "middle";
  return [
    h("line.tick", { x1: x, x2: x, y1: 0, y2: 4 }),
    h("text", { x: nearLeft ? x - 2 : nearRight ? x + 2 : x, y: 16, "text-anchor": anchor }, label),
  ];
}

// Calls with both ends of what was dragged over, from left to right.
function stretched(area, stretch, done) {
  let from = null;
  const show = (to) => {
    const [left, right] = [Math.min(from, to), Math.max(from, to)];
    stretch.hidden = right - left < LEAST;
    stretch.style.cssText = `left:${left}px;width:${right - left}px`;
    return [left, right];
  };
  area.addEventListener("pointerdown", (event) => {
    area.setPointerCapture(event.pointerId);
    from = event.offsetX;
  });
  area.addEventListener("pointermove", (event) => from !== null && show(event.offsetX));
  area.addEventListener("pointerup", (event) => {
    const [left, right] = show(event.offsetX);
    stretch.hidden = true;
    from = null;
    if (right - left >= LEAST) done(left, right);
  });
}
