// Keys: what they do while the focus is in the explorer, and how the help says it.

import { h } from "./elements.js";

const HELP = [
  ["← →", "one event back, one on"],
  ["↑ ↓", "one row of the list, refused commands included"],
  ["Page Up, Page Down", "a tenth of the history"],
  ["Home, End", "the beginning, the end"],
  ["Space", "play, pause"],
  ["[ ]", "the previous, the next event of this type"],
  ["{ }", "the previous, the next event of this stream"],
  ["p", "pin this moment, to compare others with it"],
  ["/", "find"],
];

const ACTIONS = {
  ArrowLeft: (explorer) => explorer.step(-1),
  ArrowRight: (explorer) => explorer.step(1),
  ArrowUp: (explorer) => explorer.stepRow(-1),
  ArrowDown: (explorer) => explorer.stepRow(1),
  PageUp: (explorer) => explorer.step(-tenth(explorer)),
  PageDown: (explorer) => explorer.step(tenth(explorer)),
  Home: (explorer) => explorer.move(0),
  End: (explorer) => explorer.move(explorer.log.count),
  " ": (explorer) => explorer.player.toggle(),
  "[": (explorer) => explorer.stepType(-1),
  "]": (explorer) => explorer.stepType(1),
  "{": (explorer) => explorer.stepStream(-1),
  "}": (explorer) => explorer.stepStream(1),
  p: (explorer) => explorer.togglePin(),
  "/": (explorer) => explorer.finder.focus(),
};

const tenth = ({ log }) => Math.max(1, Math.round(log.count / 10));

export const help = () => HELP.map(([keys, what]) => [h("dt", keys), h("dd", what)]);

export function press(explorer, event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
  if (!(event.key in ACTIONS) || isUsed(event)) return;
  event.preventDefault();
  event.stopPropagation();
  ACTIONS[event.key](explorer);
}

// Whether the element with the focus does something of its own with the key.
function isUsed({ key, target }) {
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return target.type !== "range";
  if (target.tagName === "BUTTON") return key === " "; // presses it
  return target.matches(".panel") && /^(Arrow(Up|Down)|Page|Home|End)/.test(key); // scrolls it
}
