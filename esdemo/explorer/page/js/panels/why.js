// Why: from command to events, and the event as it was stored.

import { indented, numbered } from "../history/words.js";
import { button, copy, link } from "../view/controls.js";
import { fill, h, muted, remark } from "../view/elements.js";
import { mark } from "../view/icons.js";
import { table } from "../view/tables.js";
import { rowAsTest } from "./code.js";

const DEEPEST = 20; // of the tree
const MOST_RELATED = 30;

export function whyPanel(explorer) {
  const [part, near] = [h("div"), h("div.copied")];
  let shown = null; // the row that the copied text is of
  const update = () => {
    if (shown !== explorer.row) fill(near);
    shown = explorer.row;
    fill(part, parts(explorer, near));
  };
  return { parts: [part], update };
}

function parts(explorer, near) {
  const { log, row } = explorer;
  if (row < 0) return remark("Nothing has happened yet.");
  const stored = indented(log.stored(row));
  return [
    h("h2", "Why it happened"),
    story(explorer, log.decision[row]),
    h("h2", "As it was stored"),
    h("pre", { tabIndex: 0, role: "group", "aria-label": "As it was stored" }, stored),
    h(
      "div.bar",
      button("Copy as JSON", "Copy what was stored", () => copy(explorer, stored, "JSON", near)),
      log.decision[row] < 0 || !explorer.fold
        ? null
        : button("Copy as test", "Given what had happened, when this command, then …", () =>
            copy(explorer, rowAsTest(explorer, row), "test", near),
          ),
    ),
    near,
  ];
}

function story(explorer, decision) {
  if (decision < 0) return remark("No command of this store led to it: it was imported.");
  const first = explorer.log.origin(decision);
  return [
    remark("From the first command to everything that it set off."),
    h("ul.tree", branchOf(explorer, first, decision)),
    related(explorer, decision),
  ];
}

// Whether a decision may be seen: none of the future while that is hidden.
const isKnown = ({ predicting, horizon, log }, decision) =>
  !predicting || log.firstRow[decision] <= horizon;

// A command, what came of it, and the commands that it set off.
function branchOf(explorer, decision, current, depth = 0) {
  const { log } = explorer;
  const row = log.firstRow[decision];
  const name = jump(explorer, row, log.commands.name(decision), "Go to what it led to");
  if (decision === current) name.setAttribute("aria-current", "true");
  const actor = log.actor[row] ? `, by ${log.actor[row]}` : "";
  const next = depth < DEEPEST ? log.setOff(decision) : [];
  return h(
    "li",
    name,
    muted(` ${log.streamName(row)}${actor}`),
    h(
      "ul",
      log.rowsOf(decision).map((event) => eventLine(explorer, event)),
      refusal(log.rejected[decision]),
      next
        .filter((child) => isKnown(explorer, child))
        .map((child) => branchOf(explorer, child, current, depth + 1)),
    ),
  );
}

function eventLine(explorer, row) {
  const { log } = explorer;
  const number = muted(` ${numbered(log.number(row))}`);
  return h("li", mark(log.kind(row)), " ", jump(explorer, row, log.name(row)), number);
}

const refusal = (reason) => (reason === null ? null : h("li", mark(-1), ` refused: ${reason}`));

function related(explorer, decision) {
  const { log } = explorer;
  const found = log.related(decision).filter((other) => isKnown(explorer, other));
  if (!found.length) return null;
  const rows = found.map((other) => {
    const [row, reason] = [log.firstRow[other], log.rejected[other]];
    const command = jump(explorer, row, log.commands.name(other));
    return [command, log.streamName(row), reason === null ? "accepted" : `refused: ${reason}`];
  });
  const heads = ["command", "stream", "outcome"];
  return table(explorer, `Also of ${log.correlation(decision)}`, heads, rows, MOST_RELATED);
}

const jump = (explorer, row, label, title = "Go there") =>
  link(label, title, () => explorer.moveToRow(row));
