// Deep links: in a file of its own, the address says what is seen.

import { NO_QUERY } from "./find.js";
import { Window } from "./scale.js";

export function toAddress(explorer) {
  const { position, row, log, watch, field, pin, tab, query, branch, window, byTime } = explorer;
  const parts = { position, stream: watch ?? "", field: field.name };
  if (row >= 0 && !log.isEvent(row)) parts.row = row; // a command that led to none
  if (pin !== null) parts.pin = pin;
  if (tab !== "now") parts.tab = tab;
  if (branch) parts.branch = branch.label;
  if (!window.isWhole) parts.window = `${window.low}-${window.high}`;
  if (byTime) parts.axis = "time";
  if (explorer.clock.local) parts.times = "local";
  if (explorer.money) parts.amounts = "money";
  for (const [name, value] of Object.entries(query)) if (value) parts[`find-${name}`] = value;
  return `#${new URLSearchParams(parts)}`;
}

// All that an address says and that makes sense here. What it does not name is as at the beginning.
export function fromAddress(explorer, address) {
  const { log, fields } = explorer;
  const parts = new URLSearchParams(address.slice(1));
  const number = (name, most) =>
    /^\d+$/.test(parts.get(name) ?? "") ? Math.min(Number(parts.get(name)), most) : null;
  const stream = parts.get("stream");
  const find = Object.keys(NO_QUERY).map((name) => [name, parts.get(`find-${name}`) ?? ""]);
  return {
    position: number("position", log.count),
    row: number("row", log.rows - 1),
    pin: number("pin", log.count),
    watch: log.byName.has(stream) ? stream : null,
    field: fields.find(({ name }) => name === parts.get("field")) ?? fields[0],
    tab: parts.get("tab") ?? "now",
    branch: explorer.branchNamed(parts.get("branch")),
    window: windowOf(log, /^(\d+)-(\d+)$/.exec(parts.get("window") ?? "")),
    byTime: parts.get("axis") === "time",
    local: parts.get("times") === "local",
    money: parts.get("amounts") === "money",
    query: Object.fromEntries(find),
  };
}

function windowOf({ count }, match) {
  const [low, high] = match ? [Number(match[1]), Math.min(count, Number(match[2]))] : [0, count];
  return low < high ? new Window(count, low, high) : new Window(count);
}
