// Now: the event at this position, and the state that it led to.

import { difference, pathName } from "../history/states.js";
import { clock, numbered } from "../history/words.js";
import { button } from "../view/controls.js";
import { flowing, h, muted, remark, verdict } from "../view/elements.js";
import { mark } from "../view/icons.js";
import { table } from "../view/tables.js";
import { stateTable } from "./state.js";

export const nowPanel = (explorer) =>
  flowing(() => {
    const { log, row, position } = explorer;
    const watched = explorer.watched();
    if (row < 0) return [h("h3", "Before the first event"), stateTable(explorer, watched, 0)];
    return [
      card(log, row),
      log.streamName(row) !== watched && elsewhere(explorer),
      stateTable(explorer, watched, position),
    ];
  });

function card(log, row) {
  const { type, ...payload } = log.message(row);
  const number = log.isEvent(row) ? numbered(log.number(row)) : "a command";
  return [
    h("h3", mark(log.type(row)), ` ${type} `, muted(number)),
    remark(envelope(log, row).join(" · ")),
    log.isEvent(row) ? null : verdict(false, outcomeOf(log.reason(row))),
    Object.keys(payload).length ? table("Payload", null, Object.entries(payload)) : null,
  ];
}

function envelope(log, row) {
  const effective = log.lag[row] && ` (effective ${clock(log.at[row] + log.lag[row])})`;
  return [
    log.streamName(row),
    log.isEvent(row) && `version ${log.version[log.place[row]]}`,
    log.actor[row] && `by ${log.actor[row]}`,
    `${clock(log.at[row])} UTC${effective || ""}`,
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

function effects({ log, fold, row, position }, stream) {
  if (!fold || !log.isEvent(row)) return null;
  const number = log.stream[row];
  const changes = difference(fold.state(number, position - 1), fold.state(number, position));
  const rows = changes.map(([path, was, is]) => [pathName(path), was, is]);
  return table(`What it changed in ${stream}`, ["field", "was", "is"], rows, 20);
}
