// Folds histories in JavaScript for test_agreement.py: a line of JSON in, a line of JSON out.
//
//   node fold.mjs path/to/explorer.js
//
// In: {page, positions}. Out: {states: for each position the state by stream, lines, problems}.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const source = readFileSync(process.argv[2]).toString("base64");
const { Fold, Log, difference, readLines, toLines } = await import(
  `data:text/javascript;base64,${source}`
);

for await (const line of createInterface({ input: process.stdin })) {
  const { page, positions } = JSON.parse(line);
  const log = new Log(page);
  const fold = page.state && new Fold(log);
  const states = positions.map((position) => {
    const world = fold ? fold.world(position) : [];
    return log.streams.flatMap((name, n) => (world[n] === undefined ? [] : [[name, world[n]]]));
  });
  const lines = toLines(log);
  const { problems } = readLines(lines, page.schema ?? {});
  const equal = difference(fold?.world(log.count)[0], fold?.world(log.count)[0]);
  process.stdout.write(JSON.stringify({ states, lines, problems, equal }) + "\n");
}
