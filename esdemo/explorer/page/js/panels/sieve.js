// The sieve: what is looked for in states, one box for every panel that shows them.

import { h } from "../view/elements.js";

export function sieveBox(explorer) {
  const box = h("input", {
    type: "search",
    placeholder: "look for a stream, a field or a value",
    "aria-label": "Look for a stream, a field or a value in the states",
    oninput: () => explorer.set({ sieve: box.value }),
  });
  const update = () => {
    if (document.activeElement !== box) box.value = explorer.sieve;
  };
  return { parts: [h("div.bar.sieve", box)], update };
}

// Whether all words of the sieve are in these texts.
export function passes({ sieve }, ...texts) {
  const words = sieve.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return true;
  const text = texts.join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}
