// All: the state of every stream at this position.

import { leaves, pathName, pick } from "../history/states.js";
import { grouped, short, show } from "../history/words.js";
import { link } from "../view/controls.js";
import { flowing } from "../view/elements.js";
import { table } from "../view/tables.js";

const MOST_COLUMNS = 6;

export const allPanel = (explorer) =>
  flowing(() => {
    const { log, fold, position } = explorer;
    const paths = fold ? columns(fold.initial) : [];
    const world = fold ? fold.world(position) : [];
    const rows = log.streams.map((stream, n) => {
      const version = log.versionAt(n, position);
      const state = world[n] ?? fold?.initial;
      const cell = (path) => (version ? short(show(pick(state, path)), 40) : "not yet");
      return [watchLink(explorer, stream), version, ...paths.map(cell)];
    });
    const heads = ["stream", "version", ...paths.map(pathName)];
    return table(`All streams at position ${grouped(position)}`, heads, rows);
  });

// The paths of the first fields of a state that are not nested.
const columns = (initial) =>
  leaves(initial)
    .map(([path]) => path)
    .filter((path) => path.length < 2)
    .slice(0, MOST_COLUMNS);

function watchLink(explorer, stream) {
  const watch = () => explorer.choose({ watch: stream });
  return link(stream, `Show the state and chart of ${stream}`, watch);
}
