// A branch beside the recorded history: what became of it, and where the two differ.

import { pathName } from "../history/states.js";
import { grouped, numbered, plural, short, summary } from "../history/words.js";
import { button, select } from "../view/controls.js";
import { h, muted } from "../view/elements.js";
import { more, table } from "../view/tables.js";

const MOST_NOTES = 50;
const MOST_STATES = 60;
const MOST_EVENTS = 100;

export function branchView(explorer) {
  const { branch } = explorer;
  if (!branch) return null;
  const prefix = `Both begin with the same ${plural(branch.prefix, "event")}.`;
  return h(
    "div.branch",
    branchBar(explorer),
    h("p", h("b", branch.summary), branch.summary ? " " : "", prefix),
    branch.notes.length ? notes(branch) : null,
    explorer.fold ? statesApart(explorer) : null,
    eventsApart(explorer),
  );
}

function branchBar(explorer) {
  const { branch, branches } = explorer;
  const names = branches.map(({ label }, n) => [String(n), label]);
  const shown = String(branches.indexOf(branch));
  const choose = (n) => explorer.set({ branch: branches[Number(n)] });
  const close = () => {
    const others = branches.filter((other) => other !== branch);
    explorer.set({ branches: others, branch: others.at(-1) ?? null });
  };
  return h(
    "div.bar",
    select("Branch", names, shown, choose),
    button("Close", "Put this branch away", close),
  );
}

function notes({ notes }) {
  const shown = notes.slice(0, MOST_NOTES).map((text) => h("li", text));
  return [h("ul.notes", shown), more(notes.length - MOST_NOTES)];
}

function statesApart({ branch, fold, position }) {
  if (!branch.fold) {
    return h("p.note", "The states of this branch need Python: its events are shown without them.");
  }
  const rows = branch
    .differences(fold, position)
    .map(([stream, path, a, b]) => [stream, pathName(path), a, b]);
  if (!rows.length) {
    return h("p", `At position ${grouped(position)} the states of both are equal.`);
  }
  const there = numbered(branch.align[position]);
  const heads = ["stream", "field", `recorded, ${numbered(position)}`, `branch, ${there}`];
  return table("States that differ at this position", heads, rows, MOST_STATES);
}

function eventsApart({ branch, log }) {
  const parted = branch.pairs.filter(([, , equal]) => !equal);
  if (!parted.length) return h("p", "No event differs after that.");
  const count = `${grouped(parted.length)} of ${grouped(branch.pairs.length)}`;
  const rows = parted.map(([a, b]) => [eventOn(log, a), eventOn(branch.log, b)]);
  const title = `Side by side, where they differ (${count} after that)`;
  return table(title, ["recorded", "branch"], rows, MOST_EVENTS);
}

function eventOn(log, place) {
  if (!place) return muted("nothing");
  const row = log.rowOf[place];
  const event = log.events.get(row);
  return h(
    "span",
    `${numbered(place)} `,
    h("b", event.type),
    ` ${log.streamName(row)} `,
    muted(short(summary(event), 60)),
  );
}
