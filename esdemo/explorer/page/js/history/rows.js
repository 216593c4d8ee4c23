// Rows: the columns of a log, read from a page, joined with those of another, or picked from it.

import { Messages, Moments, concatenated, ordinals, picked, unpack } from "./columns.js";

export function readRows(data) {
  const { row, time, event, command, decision, imported, streams } = data;
  const decisions = unpack(row.decision);
  const moments = new Moments(time);
  const names = lazily((of, name) => unpack({ decision, imported }[of][name]));
  const nth = ordinals(decisions.map((d) => (d < 0 ? 0 : -1))); // of the imported
  return {
    streams,
    stream: unpack(row.stream),
    actor: unpack(row.actor),
    decision: decisions,
    events: new Messages(event.types, unpack(row.type), event.values),
    commands: new Messages(command.types, unpack(command.type), command.values),
    cause: unpack(decision.cause),
    rejected: unpack(decision.rejected),
    positions: data.position && unpack(data.position),
    versions: data.version && unpack(data.version),
    at: moments.at,
    lag: moments.lag,
    instant: (n) => moments.exactly(n),
    correlations: () => names("decision", "correlation"),
    ids: (n) => {
      const [of, i] = decisions[n] < 0 ? ["imported", nth[n]] : ["decision", decisions[n]];
      const id = names(of, "id")[i];
      return { command_id: id, correlation_id: names(of, "correlation")[i] ?? id };
    },
  };
}

// Long columns of names, unpacked when first asked for.
function lazily(make) {
  const made = {};
  return (of, name) => (made[`${of} ${name}`] ??= make(of, name));
}

// The rows of a log, and others behind them.
export function joinedRows(a, b) {
  const streams = [...new Set([...a.streams, ...b.streams])];
  const number = new Map(streams.map((name, n) => [name, n]));
  const rows = a.stream.length;
  const either = (name) => (n) => (n < rows ? a[name](n) : b[name](n - rows));
  return {
    streams,
    stream: concatenated(
      a.stream,
      Array.from(b.stream, (n) => number.get(b.streams[n])),
    ),
    actor: [...a.actor, ...b.actor],
    decision: concatenated(a.decision, b.decision, a.rejected.length),
    events: a.events.with(b.events),
    commands: a.commands.with(b.commands),
    cause: [...a.cause, ...b.cause],
    rejected: [...a.rejected, ...b.rejected],
    positions: null, // counted, as in every whole log
    versions: null,
    at: Float64Array.from([...a.at, ...b.at]),
    lag: Float64Array.from([...a.lag, ...b.lag]),
    instant: either("instant"),
    correlations: () => [...a.correlations(), ...b.correlations()],
    ids: either("ids"),
  };
}

// Some rows of a log in an order of their own: events, counted anew, with no decisions.
export function pickedRows(rows, indexes) {
  return {
    ...rows,
    stream: picked(rows.stream, indexes),
    actor: picked(rows.actor, indexes),
    decision: new Int32Array(indexes.length).fill(-1),
    events: rows.events.picked(indexes),
    cause: [],
    rejected: [],
    positions: null,
    versions: null,
    at: picked(rows.at, indexes),
    lag: picked(rows.lag, indexes),
    instant: (n) => rows.instant(indexes[n]),
    correlations: () => [],
    ids: (n) => rows.ids(indexes[n]),
  };
}
