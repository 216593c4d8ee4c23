// Icons of the buttons, and marks of the rows. All are areas: an icon has no stroke.

import { h } from "./elements.js";

const ICONS = {
  first: "M3 3h1.8v10H3zM13 3L6 8l7 5z",
  back: "M11 3L4 8l7 5z",
  play: "M4 2.5l9 5.5-9 5.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  next: "M5 3l7 5-7 5z",
  last: "M11.2 3H13v10h-1.800zM3 3l7 5-7 5z",
  pin: "M8 1.5a4.5 4.5 0 0 1 4.5 4.5C12.5 9.5 8 14.5 8 14.500S3.5 9.5 3.5 6A4.5 4.5 0 0 1 8 1.500z",
};

// A shape and a colour for each type, so that no one has to tell colours apart. None points up
// or down, because an arrow up beside money that leaves would be read as money that comes.
const SHAPES = [
  "M8 3a5 5 0 1 0 .01 0z",
  "M3.5 3.500h9v9h-9z",
  "M5 2.500h6l3 5.500-3 5.500H5L2 8z",
  "M8 2l6 6-6 6-6-6z",
  "M2.5 3.500h11v3.500h-11zM2.5 9h11v3.500h-11z",
  "M6 2h4v4h4v4h-4v4H6v-4H2V6h4z",
  "M8 2l2 4 4 .5-3 3 .8 4.500L8 12l-3.8 2 .8-4.5-3-3L6 6z",
];
const REFUSED = "M8 2.500a5.5 5.5 0 1 0 .01 0zM4.2 4.200l7.6 7.6";

export const COLOURS = SHAPES.length;

export const icon = (name) => drawing("icon", ICONS[name]);

// The mark of an event by the number of its type; -1 is a command that led to none. The eighth
// type has the first shape again, in the second colour.
export function mark(type) {
  if (type < 0) return drawing("mark.refused", REFUSED);
  const colour = (type + Math.floor(type / SHAPES.length)) % COLOURS;
  return drawing(`mark.c${colour}`, SHAPES[type % SHAPES.length]);
}

const drawing = (classes, d) =>
  h(`svg.${classes}`, { viewBox: "0 0 16 16", "aria-hidden": "true" }, h("path", { d }));
