// Keys: what they do while the focus is in the explorer, and how the help says it.

import { zoom } from "./chart.js";
import { h } from "./elements.js";

const HELP = [
  ["← →", "one event back, one on; with a filter, one that was found"],
  ["↑ ↓", "one row of the list, refused commands included"],
  ["Page Up, Page Down", "a tenth of what the chart shows"],
  ["Home, End", "the beginning, the end"],
  ["Space", "play, pause"],
  ["[ ]", "the previous, the next event of this type"],
  ["{ }", "the previous, the next event of this stream"],
  ["+ - 0", "look closer, show more, show all"],
  ["< >", "move the window to the left, to the right"],
  ["p", "pin this moment, to compare others with it"],
  ["/", "find; Enter goes to the next that was found"],
  ["?", "show or hide this"],
];

const ACTIONS = {
  ArrowLeft: (explorer) => explorer.step(-1),
  ArrowRight: (explorer) => explorer.step(1),
  ArrowUp: (explorer) => explorer.stepRow(-1),
  ArrowDown: (explorer) => explorer.stepRow(1),
  PageUp: (explorer) => explorer.move(explorer.position - tenth(explorer)),
  PageDown: (explorer) => explorer.move(explorer.position + tenth(explorer)),
  Home: (explorer) => explorer.moveToEnd(-1),
  End: (explorer) => explorer.moveToEnd(1),
  " ": (explorer) => explorer.player.toggle(),
  "[": (explorer) => explorer.stepType(-1),
  "]": (explorer) => explorer.stepType(1),
  "{": (explorer) => explorer.stepStream(-1),
  "}": (explorer) => explorer.stepStream(1),
  "+": (explorer) => zoom(explorer, 0.5),
  "-": (explorer) => zoom(explorer, 2),
  0: (explorer) => explorer.look(null),
  "<": (explorer) => explorer.look(explorer.window.panned(-0.25)),
  ">": (explorer) => explorer.look(explorer.window.panned(0.25)),
  p: (explorer) => explorer.togglePin(),
  "/": (explorer) => explorer.finder.focus(),
  "?": (explorer) => explorer.header.help(),
};

const tenth = ({ window }) => Math.max(1, Math.round((window.high - window.low) / 10));

export const help = () => HELP.map(([keys, what]) => [h("dt", keys), h("dd", what)]);

// Plain keys are ours, and go no further; with Ctrl, Alt or Meta they are the page's.
export function press(explorer, event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key !== "Tab" && event.key !== "Escape") event.stopPropagation();
  if (event.defaultPrevented || !Object.hasOwn(ACTIONS, event.key) || isUsed(event)) return;
  event.preventDefault();
  ACTIONS[event.key](explorer);
}

// Whether the element with the focus does something of its own with the key.
function isUsed({ key, target }) {
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return target.type !== "range";
  if (target.tagName === "BUTTON" || target.tagName === "SUMMARY") return key === " "; // presses it
  return target.matches(".panel") && /^(Arrow(Up|Down)|Page|Home|End)/.test(key); // scrolls it
}

const MODIFIERS = new Set(["Control", "Meta", "Alt"]);
const SUPPRESS = "data-lm-suppress-shortcuts";

// JupyterLab leaves the keys of an element alone that has this attribute. Ours has it, but not
// while a key is down that makes a shortcut of Lab's own, such as Ctrl and S.
export function shareShortcuts(root) {
  root.setAttribute(SUPPRESS, "true");
  root.addEventListener("keydown", ({ key }) => {
    if (MODIFIERS.has(key)) root.removeAttribute(SUPPRESS);
  });
  const restore = () => root.setAttribute(SUPPRESS, "true");
  root.addEventListener("keyup", ({ key }) => MODIFIERS.has(key) && restore());
  root.addEventListener("focusin", restore);
}
