// Queries: what is typed into a box that finds. Words, "a phrase", -without, #8, field>1000.

import { asNumber, show } from "./words.js";

const TERM = /(-?)(?:"([^"]*)"|([^\s"<>=!]+(?:<=|>=|!=|==|[<>=])(?:"[^"]*"|\S+))|(\S+))/g;
const CONDITION = /^(.+?)\s*(<=|>=|!=|==|[<>=])\s*(.+)$/s;

// The terms of a query: {without, word} or {without, condition} or {without, number}.
/**
 * @typedef {{name: string, op: string, wanted: string}} Condition
 * @typedef {{without: boolean, word?: string, number?: number, condition?: Condition}} Term
 * @param {string} text
 * @returns {Term[]}
 */
export function readQuery(text) {
  return Array.from(text.matchAll(TERM), ([, minus, phrase, compared, word]) => {
    const without = minus === "-";
    const condition = compared === undefined ? null : readCondition(compared);
    if (condition) return { without, condition };
    const place = /^#(\d+)$/.exec(word ?? "");
    if (place) return { without, number: Number(place[1]) };
    return { without, word: (phrase ?? compared ?? word).toLowerCase() };
  });
}

// {name, op, wanted} of "balance < 0", or null.
export function readCondition(text) {
  const match = CONDITION.exec(text.trim());
  if (!match) return null;
  const [, name, op, given] = match;
  const wanted = /^"(.*)"$/s.exec(given)?.[1] ?? given;
  return { name: name.trim(), op: op === "==" ? "=" : op, wanted };
}

// Several conditions, joined by "and"; null where one of them is not one.
export function readConditions(text) {
  const found = text.split(/\s+and\s+/i).map(readCondition);
  return found.includes(null) ? null : found;
}

// Whether a value is as a condition wants it: as numbers where both are, else as text.
export function holds(value, { op, wanted }) {
  if (value === undefined) return false;
  const [a, b] = [asNumber(value), asPlain(wanted)];
  if (!Number.isNaN(a) && !Number.isNaN(b)) return compare(a, b, op);
  const text = typeof value === "string" ? value : show(value);
  return compare(text.toLowerCase(), wanted.toLowerCase(), op);
}

// The number that a text is, thousands grouped or not.
const asPlain = (text) =>
  /^-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text)
    ? Number(text.replaceAll(",", ""))
    : NaN;

function compare(a, b, op) {
  switch (op) {
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
    case "!=":
      return a !== b;
    default:
      return a === b;
  }
}
