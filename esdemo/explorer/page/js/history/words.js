// Words: numbers, values and times as text, and times read back.

export const grouped = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 6 }).format;

export const numbered = (n) => `#${grouped(n)}`;

export const plural = (n, word) => `${grouped(n)} ${word}${n === 1 ? "" : "s"}`;

export function show(value) {
  if (value === undefined) return "nothing";
  if (typeof value === "number") return grouped(value);
  if (typeof value === "string") return value === "" ? '""' : value;
  return compact(value);
}

// JSON, with the long whole numbers as digits again.
export const compact = (value) => withDigits(JSON.stringify(value));

export const indented = (value) => withDigits(JSON.stringify(value, null, 2));

const withDigits = (json) => json.replace(/\{\s*"\$int":\s*"(-?\d+)"\s*\}/g, "$1");

export const short = (text, most = 160) =>
  text.length > most ? text.slice(0, most - 1) + "…" : text;

export const summary = ({ type, ...payload }) =>
  Object.entries(payload)
    .map(([name, value]) => `${name} ${show(value)}`)
    .join(" · ");

export function isoTime(micros) {
  const seconds = Math.floor(micros / 1e6);
  const rest = String(micros - seconds * 1e6).padStart(6, "0");
  return new Date(seconds * 1000).toISOString().slice(0, 19) + "." + rest + "+00:00";
}

// A moment to the second, or only as much of it: 10 letters are the day.
export const clock = (micros, letters = 19) => isoTime(micros).slice(0, letters).replace("T", " ");

const MOMENT =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?)? ?(Z|[+-]\d\d:\d\d)?$/i;

// Microseconds since 1970 of ISO 8601 text. A date alone means the end of that day; without a
// zone it is UTC. null for anything else.
export function readTime(text) {
  const match = MOMENT.exec(text.trim());
  if (!match) return null;
  const [, date, minutes, seconds = "00", fraction = "", zone = "Z"] = match;
  const whole = Date.parse(`${date}T${minutes ?? "00:00"}:${seconds}${zone.toUpperCase()}`);
  if (Number.isNaN(whole) || new Date(`${date}T00:00Z`).toISOString().slice(0, 10) !== date) {
    return null;
  }
  return whole * 1000 + (minutes ? Number(fraction.padEnd(6, "0")) : 86400e6 - 1);
}

const UNITS = [
  ["day", 86400e6],
  ["hour", 3600e6],
  ["minute", 60e6],
  ["second", 1e6],
];

export function duration(micros) {
  const [name, length] = UNITS.find(([, length]) => micros >= length) ?? UNITS.at(-1);
  return plural(Math.round(micros / length), name);
}
