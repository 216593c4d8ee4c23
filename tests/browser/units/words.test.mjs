// Words, times and queries, without a browser: `node --test tests/browser/units`.
import assert from "node:assert/strict";
import { test } from "node:test";

import { of } from "./sources.mjs";

const { asMoney, grouped, show, summary } = await of("history/words.js");
const { Clock, isoTime, readTime } = await of("history/times.js");
const { holds, readCondition, readConditions, readQuery } = await of("history/query.js");

test("numbers are grouped and keep every digit", () => {
  const shown = [0, -1234567, 1234.5, 1e-15, 0.1 + 0.2, 1e21].map(grouped);
  assert.deepEqual(shown, ["0", "-1,234,567", "1,234.5", "1e-15", "0.30000000000000004", "1e+21"]);
});

test("a text that looks like something else keeps its quotes", () => {
  const shown = ["null", null, "42", 42, "", "rent", undefined, "true", true].map(show);
  const wanted = ['"null"', "null", '"42"', "42", '""', "rent", "nothing", '"true"', "true"];
  assert.deepEqual(shown, wanted);
});

test("a number beyond what JavaScript counts has all its digits", () => {
  assert.equal(show({ $int: "9260400833873739774" }), "9,260,400,833,873,739,774");
  assert.equal(asMoney({ $int: "9260400833873739774" }), "92,604,008,338,737,397.74");
});

test("cents are money with two digits behind the point", () => {
  assert.deepEqual([0, 5, -5, 123456, -99910].map(asMoney), [
    "0.00",
    "0.05",
    "-0.05",
    "1,234.56",
    "-999.10",
  ]);
});

test("a message is summed up by its fields", () => {
  assert.equal(summary({ type: "Paid", amount: 9360, to: "Bob" }), "amount 9,360 · to Bob");
});

test("times are exact to the microsecond, up to the last one of ISO 8601", () => {
  assert.equal(isoTime(1735689600000001), "2025-01-01T00:00:00.000001+00:00");
  assert.equal(isoTime(-1), "1969-12-31T23:59:59.999999+00:00");
  assert.equal(isoTime(253402300799999999n), "9999-12-31T23:59:59.999999+00:00");
  assert.equal(isoTime(253402300800000000n), "9999-12-31T23:59:59.999999+00:00");
});

test("a moment is read as people write it, and a part of the calendar means its end", () => {
  const clock = new Clock();
  const read = (text) => isoTime(clock.read(text)).slice(0, 26);
  assert.equal(read("2025"), "2025-12-31T23:59:59.999999");
  assert.equal(read("2025-02"), "2025-02-28T23:59:59.999999");
  assert.equal(read("28.03.2025"), "2025-03-28T23:59:59.999999");
  assert.equal(read("8.3.2025 09:05"), "2025-03-08T09:05:00.000000");
  assert.equal(read("2025-03-28T09:05:01.5+01:00"), "2025-03-28T08:05:01.500000");
  for (const wrong of ["2025-13", "31.02.2025", "soon", "", "12:00", "2025-02-30"]) {
    assert.equal(clock.read(wrong), null, wrong);
  }
});

test("local time is the reader's own", () => {
  const clock = new Clock();
  clock.local = true;
  const at = clock.read("2025-07-01 12:00");
  assert.equal(clock.show(at, 16), "2025-07-01 12:00");
  assert.equal(at, new Date(2025, 6, 1, 12).getTime() * 1000);
  assert.equal(readTime("2025-07-01 12:00Z"), Date.UTC(2025, 6, 1, 12) * 1000);
});

test("a query has words, phrases, what is not wanted, a number and conditions", () => {
  assert.deepEqual(readQuery('Rent "two words" -cash #824 amount>1,000 -actor=card'), [
    { without: false, word: "rent" },
    { without: false, word: "two words" },
    { without: true, word: "cash" },
    { without: false, number: 824 },
    { without: false, condition: { name: "amount", op: ">", wanted: "1,000" } },
    { without: true, condition: { name: "actor", op: "=", wanted: "card" } },
  ]);
});

test("a condition compares numbers as numbers and texts as texts", () => {
  const so = (value, text) => holds(value, readCondition(text));
  assert.ok(so(-5, "balance < 0"));
  assert.ok(so(1234, "balance == 1,234"));
  assert.ok(so({ $int: "9007199254740993" }, "n > 9,000,000,000,000,000"));
  assert.ok(so("Closed", "status = closed"));
  assert.ok(so(null, "note = null"));
  assert.ok(so("2025-03-01", "due < 2025-04"));
  assert.ok(!so(undefined, "gone != 3"));
  assert.equal(readConditions("balance < 0 and status = open").length, 2);
  assert.equal(readConditions("balance"), null);
});
