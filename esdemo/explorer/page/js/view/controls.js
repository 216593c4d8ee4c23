// Controls: what can be pressed and chosen, and what came of it.

import { fill, h } from "./elements.js";

const MOST_OPTIONS = 200; // of a select; where there are more, one types

// A button of words, or of an icon that the title then says.
export function button(content, title, onclick) {
  const named = typeof content === "string";
  const label = named ? {} : { "aria-label": title };
  return h("button", { type: "button", title, onclick, ...label }, content);
}

export const link = (content, title, onclick) =>
  h("button.link", { type: "button", title, onclick }, content);

// entries: texts, or [value, text].
export function select(label, entries, chosen, onchange) {
  const change = () => onchange(node.value);
  const node = h("select", { "aria-label": label, title: label, onchange: change });
  fillSelect(node, entries, chosen);
  return node;
}

export function fillSelect(node, entries, chosen) {
  const options = entries.map((entry) => {
    const [value, text = value] = [entry].flat();
    return h("option", { value, selected: value === chosen }, text);
  });
  fill(node, options);
}

// A control that already shows a value is left alone: it may be open.
export function setValue(node, value) {
  if (node.value !== value) node.value = value;
}

// One of many: a select, or a box to type into where there are too many for one. first: entries
// that stand before the names, such as ["", "any stream"]. names: a function, for they may grow.
// {node, set}
export function chooser(id, label, first, names, onchange) {
  const holder = h("span.chooser");
  let [count, control] = [-1, null];
  const set = (value) => {
    const all = names();
    if (all.length !== count) {
      count = all.length;
      const make = all.length > MOST_OPTIONS ? typedIn : selected;
      control = make(id, label, first, all, onchange);
      fill(holder, control.parts);
    }
    control.set(value);
  };
  set(first[0]?.[0] ?? names()[0]);
  return { node: holder, set };
}

function selected(_id, label, first, names, onchange) {
  const node = select(label, [...first, ...names], "", onchange);
  return { parts: [node], set: (value) => setValue(node, value) };
}

// What is typed must be one of the names; all those that fit it are offered, some at a time.
function typedIn(id, label, first, names, onchange) {
  const known = new Set(names);
  const [value, text] = [new Map(first.map(([v, t]) => [t, v])), new Map(first)];
  const list = h("datalist", { id });
  const offer = () => {
    const wanted = box.value.toLowerCase();
    const found = [];
    for (const name of [...value.keys(), ...names]) {
      if (name.toLowerCase().includes(wanted)) found.push(h("option", { value: name }));
      if (found.length === MOST_OPTIONS) break;
    }
    fill(list, found);
  };
  let shown = "";
  const change = () => {
    const chosen = value.get(box.value) ?? box.value;
    if (known.has(chosen) || text.has(chosen)) onchange(chosen);
    else box.value = shown;
  };
  const about = { type: "text", "aria-label": label, title: `${label}: type a part of its name` };
  const box = h("input", { ...about, oninput: offer, onfocus: offer, onchange: change });
  box.setAttribute("list", id);
  const set = (chosen) => {
    if (document.activeElement === box) return;
    box.value = shown = text.get(chosen) ?? chosen;
  };
  return { parts: [box, list], set };
}

// A button that shows an element and hides it again.
export function opener(label, title, hidden, onopen = () => {}) {
  const set = (open) => {
    hidden.hidden = !open;
    node.setAttribute("aria-expanded", String(open));
  };
  const node = button(label, title, () => {
    set(hidden.hidden);
    onopen();
  });
  node.setAttribute("aria-controls", hidden.id);
  set(false);
  return node;
}

// A line below a form for what came of it, which a screen reader reads out.
export function notice() {
  const node = h("p", { role: "alert" });
  const put = (classes, content) => {
    node.className = classes;
    fill(node, content);
  };
  return {
    node,
    say: (...content) => put("muted", content),
    complain: (...content) => put("verdict no", content),
    clear: () => put("", []),
  };
}

// Puts text on the clipboard. Where that is forbidden, a box to copy it from is shown in `near`.
export async function copy(explorer, text, what, near) {
  try {
    await navigator.clipboard.writeText(text);
    explorer.say(`${what} copied`);
  } catch {
    const box = h("textarea", { rows: 6, readOnly: true, "aria-label": what, value: text });
    fill(near, box);
    box.select();
    explorer.say(`copy the ${what} from the box: this place forbids it to buttons`);
  }
}

// Offers text as a file.
export function download(text, name, type = "text/plain") {
  const href = URL.createObjectURL(new Blob([text], { type }));
  h("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10000);
}
