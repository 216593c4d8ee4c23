// Times: when a condition first held, and what was known and what was true at two moments.

import { readConditions } from "../history/query.js";
import { pathName } from "../history/states.js";
import { numbered, plural } from "../history/words.js";
import { button, notice } from "../view/controls.js";
import { fill, h, muted, remark } from "../view/elements.js";
import { firstTime } from "./bisect.js";
import { crosshair } from "./crosshair.js";

export function timesPanel(explorer) {
  const cross = crosshair(explorer);
  return {
    parts: [
      h("h2", "When did it first hold?"),
      explorer.fold ? finding(explorer) : remark("No decider was given, so there is no state."),
      h("h2", "Two times: what was known, and what was true"),
      cross.parts,
    ],
    update: cross.update,
  };
}

function finding(explorer) {
  const [said, result] = [notice(), h("div")];
  const box = h("input", {
    type: "text",
    placeholder: "balance < 0",
    title: "A condition on the state, such as balance < 0, or status = closed and balance > 0",
    "aria-label": "A condition on the state",
    onkeydown: ({ key }) => key === "Enter" && look(false),
  });
  const look = (further) => {
    fill(result);
    const conditions = readConditions(box.value);
    if (!conditions) return said.complain("Write a condition, such as balance < 0.");
    const found = firstTime(explorer, conditions, further);
    if (found.unknown) return said.complain(unknown(explorer, found.unknown));
    if (!found.place) return said.say(further ? "Not again after this." : "It never held.");
    said.clear();
    explorer.choose({ watch: found.stream });
    explorer.move(found.place);
    explorer.say(`first at position ${found.place}`);
    fill(result, firstHeld(explorer, found));
  };
  return [
    remark(
      "Steps through all states of all streams and stops behind the first event after which it holds.",
    ),
    h(
      "div.bar",
      box,
      button("Find the first", "Go to the first event after which it holds", () => look(false)),
      button("Find the next", "The next event after this position that makes it hold", () =>
        look(true),
      ),
    ),
    said.node,
    result,
  ];
}

function unknown({ fold }, name) {
  const some = fold.paths.slice(0, 8).map(pathName).join(", ");
  return `No state has a field ${name}; there are ${some}.`;
}

function firstHeld({ log }, found) {
  const { place, stream, steps } = found;
  const row = log.rowOf[place];
  return h(
    "p",
    "Since ",
    h("b", `${numbered(place)} ${log.name(row)}`),
    ` of ${stream}, version ${log.version[place]}. `,
    muted(`${plural(steps, "state")} looked at.`),
  );
}
