// The tabs, and the panel that the chosen one opens. A panel is a function of the explorer that
// makes a part of the page.

import { fill, h } from "../view/elements.js";
import { comparePanel } from "./compare.js";
import { exportPanel } from "./export.js";
import { nowPanel } from "./now.js";
import { predictPanel } from "./predict.js";
import { streamsPanel } from "./streams.js";
import { timesPanel } from "./times.js";
import { whatIfPanel } from "./what-if.js";
import { whyPanel } from "./why.js";

const TABS = [
  ["now", "Now", "The event at this position, and the state that it led to", nowPanel],
  ["streams", "Streams", "The state of every stream at this position", streamsPanel],
  ["why", "Why", "From command to events, and the event as it was stored", whyPanel],
  ["compare", "Compare", "Pin a moment and compare another with it", comparePanel],
  ["what-if", "What if", "Skip an event or a command, or try a new one", whatIfPanel],
  ["times", "When", "When something first held; what was known, and what was true", timesPanel],
  ["predict", "Predict", "Say what comes next before you see it", predictPanel],
  ["export", "Export", "Export and import: JSON Lines, CSV, text", exportPanel],
];

export function tabs(explorer) {
  const panel = h("div.panel", { role: "tabpanel", id: explorer.id("panel"), tabIndex: 0 });
  const open = (name) => explorer.choose({ tab: name });
  const buttons = TABS.map(([name, label, title]) => {
    const id = explorer.id(`tab-${name}`);
    const about = { type: "button", role: "tab", id, title, "aria-controls": panel.id };
    return h("button", { ...about, onclick: () => open(String(name)) }, String(label));
  });
  const names = {
    role: "tablist",
    "aria-label": "What to see",
    onkeydown: (e) => walk(e, buttons),
  };
  const views = new Map(); // each is made once, so that what was typed into it stays
  let shown = "";
  const bring = (name) => {
    const chosen = Math.max(
      0,
      TABS.findIndex(([other]) => other === name),
    );
    buttons.forEach((node, n) => {
      node.setAttribute("aria-selected", String(n === chosen));
      node.tabIndex = n === chosen ? 0 : -1;
    });
    panel.setAttribute("aria-labelledby", buttons[chosen].id);
    if (!views.has(name)) views.set(name, /** @type {Function} */ (TABS[chosen][3])(explorer));
    fill(panel, views.get(name).parts);
    panel.scrollTop = 0;
    shown = name;
  };
  const update = () => {
    const inside = panel.contains(document.activeElement);
    if (shown !== explorer.tab) bring(explorer.tab);
    views.get(shown).update?.();
    // What had the focus may be gone: keep it near, or the keys would fall to the page.
    if (inside && !panel.contains(document.activeElement)) panel.focus();
  };
  return { parts: [h("div.tabs", names, buttons), panel], update };
}

// Left and right go from tab to tab, as Home and End go to the first and the last.
function walk(event, buttons) {
  const here = buttons.indexOf(event.target);
  const many = buttons.length;
  const to = {
    ArrowLeft: (here + many - 1) % many,
    ArrowRight: (here + 1) % many,
    Home: 0,
    End: many - 1,
  }[event.key];
  if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  buttons[to].focus();
  buttons[to].click();
}
