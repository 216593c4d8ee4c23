// Elements: h("p.note", { title }, "text", child, [more, children]).

const SVG = "http://www.w3.org/2000/svg";
const DRAWN = new Set(["svg", "path", "line", "circle", "g", "text", "rect", "clipPath"]);

/**
 * @param {string} selector
 * @param {...any} children properties first, where there are any
 * @returns {any} an element: which properties it has, its tag says
 */
export function h(selector, ...children) {
  const [tag, ...classes] = selector.split(".");
  const drawn = DRAWN.has(tag);
  const node = drawn ? document.createElementNS(SVG, tag) : document.createElement(tag);
  if (classes.length) node.setAttribute("class", classes.join(" "));
  const props = children[0]?.constructor === Object ? children.shift() : {};
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && !drawn) node[name] = value;
    else if (value !== false && value !== null) node.setAttribute(name, value);
  }
  node.append(...present(children));
  return node;
}

// Other children for an element.
export const fill = (node, ...children) => node.replaceChildren(...present(children));

// What is null, undefined or false is not there, as in `rows.length ? table : null`.
const present = (children) => children.flat(Infinity).filter((child) => (child ?? false) !== false);

// Words that stand back, in a line and as a paragraph.
export const muted = (...content) => h("span.muted", ...content);
export const remark = (...content) => h("p.muted", ...content);

export const verdict = (good, text) => h(`p.verdict.${good ? "yes" : "no"}`, text);

// A part of the page whose whole content is made anew after each change.
export function flowing(make) {
  const part = h("div");
  return { parts: [part], update: () => fill(part, make()) };
}
