// A branch beside the recorded history, or beside another branch: what became of it, and where the
// two differ.

import { Branch } from "../history/branch.js";
import { toLines } from "../history/lines.js";
import { pathName } from "../history/states.js";
import { grouped, numbered, plural, short } from "../history/words.js";
import { button, download, fillSelect, select } from "../view/controls.js";
import { fill, h, muted } from "../view/elements.js";
import { more, table } from "../view/tables.js";
import { valueCell } from "./state.js";

const MOST_NOTES = 20;
const FIRST_ROWS = 60;

export function branchView(explorer) {
  const bar = branchBar(explorer);
  const content = h("div");
  const box = h("div.branch", bar.parts, content);
  const update = () => {
    box.hidden = !explorer.branch || explorer.predicting;
    if (box.hidden) return;
    bar.update();
    fill(content, branchParts(explorer, bar.against()));
  };
  return { parts: [box], update };
}

function branchParts(explorer, against) {
  const { branch } = explorer;
  const pair = against ? pairOf(against, branch) : branch;
  const prefix = `Both begin with the same ${plural(pair.prefix, "event")}.`;
  return [
    h("p", h("b", branch.summary), branch.summary ? " " : "", prefix),
    branch.notes.length ? notes(explorer, branch) : null,
    explorer.fold ? statesApart(explorer, pair, against) : null,
    eventsApart(explorer, pair, against),
  ];
}

const pairs = new WeakMap(); // what was compared before, by the one and the other

// Two branches of one history, each at the same moment of it.
function pairOf(one, other) {
  if (!pairs.has(one)) pairs.set(one, new WeakMap());
  const known = pairs.get(one);
  if (!known.has(other)) known.set(other, new Branch(one, other, { label: other.label }));
  return known.get(other);
}

// Which branch, its name, what it is laid beside, and what to do with it.
function branchBar(explorer) {
  const choose = (n) => explorer.choose({ branch: explorer.branches[Number(n)] });
  const which = select("Branch", [], "", choose);
  const name = nameBox(explorer);
  const beside = besideSelect(explorer);
  const update = () => {
    const labels = explorer.branches.map(({ label }, n) => [String(n), label]);
    fillSelect(which, labels, String(explorer.branches.indexOf(explorer.branch)));
    if (document.activeElement !== name) name.value = explorer.branch.label;
    beside.update();
  };
  const save = () => download(toLines(explorer.branch.log), "branch.jsonl", "application/x-ndjson");
  const parts = [
    h(
      "div.bar",
      which,
      button("Close", "Put this branch away", () => close(explorer)),
    ),
    h(
      "div.bar",
      h("label", muted("name "), name),
      beside.node,
      button("Save its events", "Download the events of this branch as JSON Lines", save),
    ),
  ];
  return { parts, update, against: beside.chosen };
}

function close(explorer) {
  const others = explorer.branches.filter((other) => other !== explorer.branch);
  explorer.choose({ branches: others, branch: others.at(-1) ?? null });
}

function nameBox(explorer) {
  const rename = () => {
    explorer.branch.label = node.value || explorer.branch.label;
    explorer.choose({});
  };
  const title = "Give this branch a name of your own";
  const node = h("input", { type: "text", "aria-label": "Name of this branch", title });
  node.addEventListener("change", rename);
  return node;
}

// What the branch is laid beside: what was recorded, or another branch.
function besideSelect(explorer) {
  let label = "";
  const node = select("Compare with", [], "", (value) => {
    label = value;
    explorer.paint();
  });
  const update = () => {
    const others = explorer.branches.filter((other) => other !== explorer.branch);
    const names = others.map((other) => other.label);
    if (!names.includes(label)) label = "";
    const entries = names.map((other) => [other, `beside: ${other}`]);
    fillSelect(node, [["", "beside what was recorded"], ...entries], label);
    node.hidden = !names.length;
  };
  const chosen = () => (label ? explorer.branches.find((other) => other.label === label) : null);
  return { node, update, chosen };
}

function notes(explorer, { notes: all }) {
  const shown = explorer.shown.get("notes") ?? MOST_NOTES;
  const items = all.slice(0, shown).map((text) => h("li", text));
  return [h("ul.notes", items), more(explorer, "notes", all.length, shown)];
}

function statesApart(explorer, pair, against) {
  const { branch, fold, position } = explorer;
  if (!branch.fold) {
    return h("p.note", "The states of this branch need Python: its events are shown without them.");
  }
  const [left, right] = against
    ? [against.alignedTo(position), branch.alignedTo(position)]
    : [position, branch.alignedTo(position)];
  const rows = pair
    .differences(against ? against.fold : fold, left, right)
    .map(([stream, path, a, b]) => [
      stream,
      pathName(path),
      valueCell(explorer, path, a),
      valueCell(explorer, path, b),
    ]);
  if (!rows.length) {
    return h("p", `At position ${grouped(position)} the states of both are equal.`);
  }
  const heads = [
    "stream",
    "field",
    `${nameOf(against)}, ${numbered(left)}`,
    `branch, ${numbered(right)}`,
  ];
  return table(explorer, "States that differ at this position", heads, rows, FIRST_ROWS);
}

const nameOf = (against) => (against ? short(against.label, 30) : "recorded");

function eventsApart(explorer, pair, against) {
  const parted = pair.pairs.filter(([, , equal]) => !equal);
  if (!parted.length) return h("p", "No event differs after that.");
  const count = `${grouped(parted.length)} of ${grouped(pair.pairs.length)}`;
  const rows = parted.map(([a, b]) => () => [
    eventOn(explorer, pair.recorded, a),
    eventOn(explorer, pair.log, b),
  ]);
  const title = `Side by side, where they differ (${count} after that)`;
  return table(explorer, title, [nameOf(against), "branch"], rows, FIRST_ROWS);
}

function eventOn(explorer, log, place) {
  if (!place) return muted("nothing");
  const row = log.rowOf[place];
  const event = log.events.get(row);
  return h(
    "span",
    `${numbered(place)} `,
    h("b", event.type),
    ` ${log.streamName(row)} `,
    muted(short(explorer.summaryOf(event), 60)),
  );
}
