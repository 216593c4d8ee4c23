// The tabs, and the panel that the chosen one opens. A panel is a function of the explorer that
// makes a part of the page.

import { fill, h } from "../view/elements.js";
import { allPanel } from "./all.js";
import { carryPanel } from "./carry.js";
import { comparePanel } from "./compare.js";
import { nowPanel } from "./now.js";
import { predictPanel } from "./predict.js";
import { whatIfPanel } from "./what-if.js";
import { whyPanel } from "./why.js";

const TABS = [
  ["now", "Now", "The event at this position, and the state that it led to", nowPanel],
  ["all", "All", "The state of every stream at this position", allPanel],
  ["why", "Why", "From command to events, and the event as it was stored", whyPanel],
  ["compare", "Compare", "Pin a moment and compare another with it", comparePanel],
  ["what-if", "What if", "Skip an event or a command, or try a new one", whatIfPanel],
  ["predict", "Predict", "Say what comes next before you see it", predictPanel],
  ["carry", "Carry", "Export and import JSON Lines", carryPanel],
];

export function tabs(explorer) {
  const panel = h("div.panel", { role: "tabpanel", id: explorer.id("panel"), tabIndex: 0 });
  const buttons = TABS.map(([name, label, title]) => {
    const id = explorer.id(`tab-${name}`);
    const about = { type: "button", role: "tab", id, title, "aria-controls": panel.id };
    return h("button", { ...about, onclick: () => open(name) }, label);
  });
  let view = null;
  const open = (name) => {
    const chosen = TABS.findIndex(([other]) => other === name);
    buttons.forEach((node, n) => node.setAttribute("aria-selected", String(n === chosen)));
    panel.setAttribute("aria-labelledby", buttons[chosen].id);
    const [, , , make] = TABS[chosen];
    view = make(explorer);
    fill(panel, view.parts);
    panel.scrollTop = 0;
    update();
  };
  const update = () => {
    if (!view) open("now");
    const inside = panel.contains(document.activeElement);
    view.update?.();
    // What had the focus may be gone: keep it near, or the keys would fall to the page.
    if (inside && !panel.contains(document.activeElement)) panel.focus();
  };
  const names = { role: "tablist", "aria-label": "What to see" };
  return { parts: [h("div.tabs", names, buttons), panel], update, open };
}
