// Words: numbers, values and durations as text.

// 1234567.5 as 1,234,567.5, with every digit that there is.
export function grouped(n) {
  const [whole, rest] = String(n).split(".");
  if (!/^-?\d+$/.test(whole)) return String(n);
  const parts = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return rest === undefined ? parts : `${parts}.${rest}`;
}

export const numbered = (n) => `#${grouped(n)}`;

export const plural = (n, word) => `${grouped(n)} ${word}${n === 1 ? "" : "s"}`;

const LIKE_ANOTHER = /^(?:null|true|false|nothing|-?[\d.,]+(?:e[+-]?\d+)?|)$/i;

// A value as text; texts that would look like a number, null or the like keep their quotes.
export function show(value) {
  if (value === undefined) return "nothing";
  if (typeof value === "number") return grouped(value);
  if (typeof value === "string") return LIKE_ANOTHER.test(value) ? JSON.stringify(value) : value;
  return isLong(value) ? grouped(value.$int) : compact(value);
}

// A whole number that JavaScript would round: it travels as its digits.
export const isLong = (value) =>
  value !== null && typeof value === "object" && typeof value.$int === "string";

// A number as JavaScript counts, rounded where it is a long one; NaN for anything else.
export function asNumber(value) {
  if (isLong(value)) return Number(value.$int);
  return typeof value === "number" ? value : NaN;
}

// JSON, with the long whole numbers as digits again.
export const compact = (value) => withDigits(JSON.stringify(value));

export const indented = (value) => withDigits(JSON.stringify(value, null, 2));

const withDigits = (json) => json.replace(/\{\s*"\$int":\s*"(-?\d+)"\s*\}/g, "$1");

export const short = (text, most = 160) =>
  text.length > most ? text.slice(0, most - 1) + "…" : text;

// The fields of a message in a line. as: how a field's value is shown, by the type and its name.
export const summary = ({ type, ...payload }, as = (_type, _name, value) => show(value)) =>
  Object.entries(payload)
    .map(([name, value]) => `${name} ${as(type, name, value)}`)
    .join(" · ");

const UNITS = [
  ["day", 86400e6],
  ["hour", 3600e6],
  ["minute", 60e6],
  ["second", 1e6],
];

/** @param {number} micros */
export function duration(micros) {
  const unit = UNITS.find(([, length]) => micros >= Number(length)) ?? UNITS[UNITS.length - 1];
  return plural(Math.round(micros / Number(unit[1])), String(unit[0]));
}

// Whole cents as money: 123456 is 1,234.56.
export function asMoney(value) {
  const digits = isLong(value) ? value.$int : String(value);
  const match = /^(-?)(\d+)$/.exec(digits);
  if (!match) return show(value);
  const padded = match[2].padStart(3, "0");
  return `${match[1]}${grouped(padded.slice(0, -2))}.${padded.slice(-2)}`;
}
