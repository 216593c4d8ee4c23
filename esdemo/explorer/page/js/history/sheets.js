// Sheets: rows as CSV, for a spreadsheet, and as text, for a person.

import { compact, isLong, show, summary } from "./words.js";

const FIRST = ["position", "stream", "version", "type", "reason", "actor"];
const THEN = ["recorded_at", "effective_at", "command_id", "correlation_id"];

// A line for each row, a column for each field that some message has.
export function toCsv(log, rows) {
  const fields = new Map();
  const messages = Array.from(rows, (row) => log.message(row));
  for (const { type: _, ...payload } of messages) {
    for (const name of Object.keys(payload)) fields.set(name, `field.${name}`);
  }
  const head = [...FIRST, ...THEN, ...fields.values()];
  const body = Array.from(rows, (row, n) => {
    const stored = log.stored(row);
    const own = { ...stored, type: messages[n].type };
    const cells = [...FIRST, ...THEN].map((name) => own[name]);
    return [...cells, ...[...fields.keys()].map((name) => messages[n][name])];
  });
  return [head, ...body].map((cells) => cells.map(csvCell).join(",") + "\r\n").join("");
}

// As RFC 4180 has it. A text that a spreadsheet would take for a formula gets a quote in front.
function csvCell(value) {
  if (value === undefined || value === null) return "";
  if (typeof value === "number") return String(value);
  if (isLong(value)) return value.$int;
  const text = typeof value === "string" ? value : compact(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function toText(log, rows, clock) {
  return Array.from(rows, (row) => {
    const number = log.isEvent(row) ? `#${log.number(row)}` : "refused";
    const reason = log.reason(row);
    const what = `${log.name(row)} ${summary(log.message(row), (_t, _n, value) => show(value))}`;
    const end = reason === null ? "" : ` (${reason})`;
    return `${clock.show(log.at[row])} ${number} ${log.streamName(row)}: ${what.trim()}${end}\n`;
  }).join("");
}
