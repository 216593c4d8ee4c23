// States, sheets, tests in Python, and scales: what can be told without a browser.
import assert from "node:assert/strict";
import { test } from "node:test";

import { of } from "./sources.mjs";

const { difference } = await of("history/states.js");
const { fields, series } = await of("history/fields.js");
const { readHistory } = await of("history/reading.js");
const { toCsv, toText } = await of("history/sheets.js");
const { Clock } = await of("history/times.js");
const { readLines } = await of("history/lines.js");
const { python } = await of("panels/code.js");
const { firstTime } = await of("panels/bisect.js");
const { Scale, Window, roundStep, valueTicks } = await of("view/scale.js");

const MINUTE = 60e6;

// One stream whose state is {price: null or a number, words: {}}, a minute apart.
function shop(prices) {
  const none = { rejected: [], id: [], correlation: [], cause: [] };
  return readHistory({
    streams: ["shop"],
    row: {
      type: { r: [0, prices.length] },
      decision: { r: [-1, prices.length] },
      stream: { r: [0, prices.length] },
      actor: { r: ["=1+1", prices.length] },
    },
    time: {
      start: 0,
      unit: MINUTE,
      at: prices.map((_, n) => n),
      lag: { r: [0, prices.length] },
    },
    event: { types: [["Priced", "price"]], values: [[prices]] },
    command: { type: [], types: [], values: [] },
    decision: none,
    imported: { id: prices.map(() => ""), correlation: prices.map(() => null) },
    position: null,
    version: null,
    state: {
      initial: { price: null, words: {} },
      paths: [["price"]],
      shapes: [[[0, 0]]],
      shape: { r: [0, prices.length] },
      values: [[prices]],
    },
  });
}

test("the first key of an empty record is new, and nothing else has changed", () => {
  assert.deepEqual(difference({ words: {} }, { words: { k: 1 } }), [
    [["words", "k"], undefined, 1],
  ]);
  assert.deepEqual(difference({ words: { k: 1 } }, { words: {} }), [
    [["words", "k"], 1, undefined],
  ]);
  assert.deepEqual(difference({ words: {} }, { words: {} }), []);
  assert.deepEqual(difference(undefined, { words: {} }), [[["words"], undefined, {}]]);
});

test("a value that becomes a record is taken away, and its fields are new", () => {
  const found = difference({ a: 5, b: [1] }, { a: { b: 1 }, b: [1] });
  assert.deepEqual(found, [
    [["a", "b"], undefined, 1],
    [["a"], 5, undefined],
  ]);
});

test("where there is no number there is none in the line either", () => {
  const history = shop([500, null, { $int: "9007199254740993" }]);
  const price = fields(history.fold).find(({ name }) => name === "price");
  const [places, numbers] = series(history, "shop", price);
  assert.deepEqual([...places], [1, 2, 3]);
  assert.deepEqual([...numbers], [500, NaN, 9007199254740992]);
});

test("the first event after which a condition holds is found, and the next one", () => {
  const history = { ...shop([5, -1, 3, -2]), position: 2 };
  const below = [{ name: "price", op: "<", wanted: "0" }];
  assert.equal(firstTime(history, below, false).place, 2);
  assert.equal(firstTime(history, below, true).place, 4);
  assert.equal(firstTime(history, [{ name: "price", op: ">", wanted: "9" }], false).place, 0);
  assert.equal(firstTime(history, [{ name: "cost", op: ">", wanted: "9" }], false).unknown, "cost");
});

test("a sheet quotes what needs it, and no text of it is a formula", () => {
  const { log } = shop([1, null]);
  const [head, first, second] = toCsv(log, [0, 1]).split("\r\n");
  assert.ok(head.startsWith("position,stream,version,type,reason,actor,recorded_at"));
  assert.ok(first.startsWith("1,shop,1,Priced,,'=1+1,1970-01-01T00:00:00.000000+00:00"));
  assert.ok(first.endsWith(",1") && second.endsWith(","));
  const text = toText(log, [0], new Clock());
  assert.equal(text, "1970-01-01 00:00:00 #1 shop: Priced price 1\n");
});

test("a field or a type with the name of something that every object has is only unknown", () => {
  const line = (event) =>
    JSON.stringify({
      position: 1,
      stream: "a",
      version: 1,
      event,
      command_id: "",
      correlation_id: "",
      actor: "",
      recorded_at: "2026-01-01T00:00:00+00:00",
      effective_at: "2026-01-01T00:00:00+00:00",
    });
  const problems = (event) => readLines(line(event), { Said: { text: "string" } }).problems;
  assert.deepEqual(problems({ type: "Said", text: "x", constructor: 1 }), [
    "line 1: Said has the unknown field constructor",
  ]);
  assert.deepEqual(problems({ type: "toString" }), [
    "line 1: toString is not an event type of this history",
  ]);
});

test("a value is written as Python writes it", () => {
  const value = { a: null, b: [true, 1.5, 'x"y'], c: { $int: "9007199254740993" } };
  assert.equal(python(value), '{"a": None, "b": [True, 1.5, "x\\"y"], "c": 9007199254740993}');
});

test("a window comes closer around a place, moves along, and never leaves the log", () => {
  const all = new Window(1000);
  const closer = all.zoomed(0.5, 900);
  assert.deepEqual([closer.low, closer.high], [450, 950]);
  assert.deepEqual([closer.panned(1).low, closer.panned(1).high], [500, 1000]);
  assert.deepEqual([closer.holding(100).low <= 100, closer.holding(100).high >= 100], [true, true]);
  assert.equal(closer.zoomed(4, 900).isWhole, true);
  assert.equal(new Window(3).zoomed(0.01, 1).high, 3);
});

test("a scale finds the place of each pixel again, by position and by time", () => {
  const { log } = shop(Array.from({ length: 200 }, (_, n) => n));
  for (const byTime of [false, true]) {
    const scale = new Scale(log, new Window(200, 20, 120), byTime, 800);
    for (const place of [21, 60, 120]) assert.equal(scale.placeAt(scale.x(place) + 0.01), place);
    const ticks = scale.ticks(new Clock());
    assert.ok(ticks.length >= 4 && ticks.length <= 8, `${ticks}`);
    assert.ok(ticks.every(([value]) => value >= scale.from && value <= scale.to));
  }
});

test("ticks are round numbers and round times", () => {
  assert.deepEqual([0.2, 3, 7, 140].map(roundStep), [1, 5, 10, 200]);
  assert.deepEqual(valueTicks(-99910, 363198), [0, 200000]);
  const { log } = shop(Array.from({ length: 3000 }, (_, n) => n));
  const labels = new Scale(log, new Window(3000), true, 900).ticks(new Clock()).map(([, l]) => l);
  assert.deepEqual(labels.slice(0, 2), ["1970-01-01 00:00", "1970-01-01 12:00"]);
});
