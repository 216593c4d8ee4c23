// Folds histories in JavaScript for test_agreement.py: a line of JSON in, a line of JSON out.
//
//   node fold.mjs path/to/esdemo/explorer/page/js
//
// In: {page, positions}. Out: {states: for each position the state by stream, lines, problems}.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const history = pathToFileURL(`${process.argv[2]}/history/`);
const { readLines, toLines } = await import(new URL("lines.js", history));
const { readHistory } = await import(new URL("reading.js", history));
const { difference } = await import(new URL("states.js", history));

for await (const line of createInterface({ input: process.stdin })) {
  const { page, positions } = JSON.parse(line);
  const { log, fold } = readHistory(page);
  const states = positions.map((position) => {
    const world = fold ? fold.world(position) : [];
    return log.streams.flatMap((name, n) => (world[n] === undefined ? [] : [[name, world[n]]]));
  });
  const lines = toLines(log);
  const { problems } = readLines(lines, page.schema ?? {});
  const equal = difference(fold?.world(log.count)[0], fold?.world(log.count)[0]);
  process.stdout.write(JSON.stringify({ states, lines, problems, equal }) + "\n");
}
