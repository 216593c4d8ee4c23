// Controls: what can be pressed and chosen, and what came of it.

import { fill, h } from "./elements.js";

export const MOST_CHOICES = 2000; // of a select, where a history could give any number

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
  const options = entries.map((entry) => {
    const [value, text = value] = [entry].flat();
    return h("option", { value, selected: value === chosen }, text);
  });
  const change = () => onchange(node.value);
  const node = h("select", { "aria-label": label, title: label, onchange: change }, options);
  return node;
}

// A button that shows an element and hides it again.
export function opener(label, title, hidden) {
  const set = (open) => {
    hidden.hidden = !open;
    node.setAttribute("aria-expanded", String(open));
  };
  const node = button(label, title, () => set(hidden.hidden));
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
    clear: () => fill(node),
  };
}
