// Now: the event at this position, and the state that it led to.

import { difference, pathName } from "../history/states.js";
import { numbered } from "../history/words.js";
import { button } from "../view/controls.js";
import { fill, h, muted, remark, verdict } from "../view/elements.js";
import { mark } from "../view/icons.js";
import { long, table } from "../view/tables.js";
import { sieveBox } from "./sieve.js";
import { stateTable, valueCell } from "./state.js";

export function nowPanel(explorer) {
  const sieve = sieveBox(explorer);
  const [event, state] = [h("div"), h("div")];
  const update = () => {
    const { row, position } = explorer;
    sieve.update();
    fill(event, row < 0 ? h("h2", "Before the first event") : eventParts(explorer));
    fill(state, stateTable(explorer, explorer.watched(), position));
  };
  return { parts: [event, explorer.fold && sieve.parts, state], update };
}

function eventParts(explorer) {
  const { log, row } = explorer;
  return [
    card(explorer, log, row),
    log.streamName(row) !== explorer.watched() && elsewhere(explorer),
  ];
}

function card(explorer, log, row) {
  const { type, ...payload } = log.message(row);
  const number = log.isEvent(row) ? numbered(log.number(row)) : "a command";
  const rows = Object.entries(payload).map(([name, value]) => [
    name,
    h("span", long(explorer.as(type, name, value))),
  ]);
  return [
    h("h2", mark(log.kind(row)), ` ${type} `, muted(number)),
    remark(envelope(explorer, log, row).join(" · ")),
    log.isEvent(row) ? null : verdict(false, outcomeOf(log.reason(row))),
    rows.length ? table(explorer, "Payload", null, rows) : null,
  ];
}

function envelope({ clock }, log, row) {
  const effective = log.lag[row] && ` (effective ${clock.show(log.at[row] + log.lag[row])})`;
  return [
    log.streamName(row),
    log.isEvent(row) && `version ${log.version[log.place[row]]}`,
    log.actor[row] && `by ${log.actor[row]}`,
    `${clock.show(log.at[row])} ${clock.zone}${effective || ""}`,
  ].filter(Boolean);
}

const outcomeOf = (reason) =>
  reason === null ? "Accepted, and nothing happened." : `Refused: ${reason}`;

// What the row did in a stream that is not the watched one, and the way there.
function elsewhere(explorer) {
  const stream = explorer.log.streamName(explorer.row);
  const watch = () => explorer.choose({ watch: stream });
  return [
    effects(explorer, stream),
    h("p", button(`Watch ${stream}`, `Show the state and chart of ${stream}`, watch)),
  ];
}

function effects(explorer, stream) {
  const { log, fold, row, position } = explorer;
  if (!fold || !log.isEvent(row)) return null;
  const number = log.stream[row];
  const changes = difference(fold.state(number, position - 1), fold.state(number, position));
  const rows = changes.map(([path, was, is]) => [
    pathName(path),
    valueCell(explorer, path, was),
    valueCell(explorer, path, is),
  ]);
  return table(explorer, `What it changed in ${stream}`, ["field", "was", "is"], rows, 20);
}
