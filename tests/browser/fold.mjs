// Folds histories in JavaScript for test_agreement.py: a line of JSON in, a line of JSON out.
//
//   node fold.mjs path/to/esdemo/explorer/page/js
//
// In: {page, positions}. Out: {states: for each position the state by stream, lines, problems}.
// In: {page, branch}, as an answer of questions.py has it. Out: what `shape` says.
// In: {page, more}, what was recorded since. Out: {states, lines} of all.
// In: {column} or {times}, as columns.py packs them. Out: the values.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";

const history = pathToFileURL(`${process.argv[2]}/history/`);
const { readBranch } = await import(new URL("branch.js", history));
const { Moments, unpack } = await import(new URL("columns.js", history));
const { isoTime } = await import(new URL("times.js", history));
const { readLines, toLines } = await import(new URL("lines.js", history));
const { grown, readHistory } = await import(new URL("reading.js", history));
const { difference } = await import(new URL("states.js", history));

const answer = (found) => process.stdout.write(JSON.stringify(found) + "\n");

// A branch: its states at its end, its events, how many it shares, and how many differ after that.
function shape({ log, fold, prefix, pairs }) {
  const world = fold.world(log.count);
  return {
    states: Object.fromEntries(
      log.streams.flatMap((name, n) => (world[n] ? [[name, world[n]]] : [])),
    ),
    lines: toLines(log),
    prefix,
    apart: pairs.filter(([, , equal]) => !equal).length,
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { page, positions, column, times, branch, more } = JSON.parse(line);
  if (column) {
    answer(unpack(column));
    continue;
  }
  if (times) {
    const moments = new Moments(times);
    answer(Array.from(moments.at.keys(), (row) => moments.exactly(row).map(isoTime)));
    continue;
  }
  const { log, fold } = readHistory(page);
  if (more !== undefined) {
    const all = more?.events === undefined ? { log, fold } : grown({ log, fold }, more);
    const states = all.fold.world(all.log.count);
    const named = all.log.streams.flatMap((name, n) =>
      states[n] === undefined ? [] : [[name, states[n]]],
    );
    answer({ states: Object.fromEntries(named), lines: toLines(all.log) });
    continue;
  }
  if (branch) {
    answer(shape(readBranch({ log, fold }, branch)));
    continue;
  }
  // Each stream folded alone, before the whole log is: what the page does at first.
  const alone = positions.map((position) => log.streams.map((_, n) => fold?.state(n, position)));
  const states = positions.map((position) => {
    const world = fold ? fold.world(position) : [];
    return log.streams.flatMap((name, n) => (world[n] === undefined ? [] : [[name, world[n]]]));
  });
  const lines = toLines(log);
  const { problems } = readLines(lines, page.schema ?? {});
  const equal = difference(fold?.world(log.count)[0], fold?.world(log.count)[0]);
  const same = positions.every((position, i) =>
    log.streams.every((_, n) => isDeepStrictEqual(alone[i][n], fold?.state(n, position))),
  );
  answer({ states, lines, problems, equal, same });
}
