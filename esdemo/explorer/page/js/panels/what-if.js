// What if: skip events or commands, or try a new one.

import { numbered } from "../history/words.js";
import { button, notice } from "../view/controls.js";
import { h, muted, remark } from "../view/elements.js";
import { NO_KERNEL, askForBranch, canAsk } from "./asking.js";
import { branchView } from "./branch-view.js";
import { commandForm } from "./command-form.js";

export function whatIfPanel(explorer) {
  const said = notice();
  const skips = skipButtons(explorer, said);
  const branch = branchView(explorer);
  const form = commandForm(explorer);
  const parts = [
    h("h2", "What if this had not happened?"),
    explorer.options.ask ? null : h("p.note", NO_KERNEL),
    skips.parts,
    said.node,
    keptBranches(explorer),
    h("h2", "What if somebody asked now?"),
    form.parts,
    branch.parts,
  ];
  const update = () => {
    skips.update();
    branch.update();
    form.update();
  };
  return { parts, update };
}

function skipButtons(explorer, said) {
  const event = skipButton(explorer, said, thisEvent);
  event.node.title = "Fold all other facts again: nobody decides, so rules may break";
  const command = skipButton(explorer, said, thisCommand);
  command.node.title = "Decide all other commands again: some may now be refused or allowed";
  const also = alsoButton(explorer, said);
  const choices = h(
    "div.choices",
    event.node,
    muted("folds the other facts again: rules may break"),
    command.node,
    muted("decides the other commands again: some may be refused"),
  );
  const update = () => [event, command, also].forEach((part) => part.update());
  return { parts: [choices, h("div.bar", also.node)], update };
}

// without: what would be left out at this position, in words and, where there is any, as a question.
function skipButton(explorer, said, without) {
  const node = button("", "", () => askForBranch(explorer, without(explorer).question, said));
  const update = () => {
    const { words, question } = without(explorer);
    node.textContent = `Without ${words}`;
    node.disabled = !question || !explorer.fold || explorer.asking || !canAsk(explorer, question);
  };
  return { node, update };
}

// Skips one more in the branch that is shown, when that was made by skipping too.
function alsoButton(explorer, said) {
  const node = button("", "Leave this out, and all that is left out already", () =>
    askForBranch(explorer, oneMore(explorer).question, said),
  );
  const update = () => {
    const found = oneMore(explorer);
    node.hidden = !found;
    node.disabled = explorer.asking || !explorer.options.ask;
    if (found) node.textContent = `Also without ${found.words}`;
  };
  return { node, update };
}

function oneMore(explorer) {
  const asked = explorer.branch?.question;
  const isOf = { without_events: thisEvent, without_commands: thisCommand }[asked?.ask];
  const { words, question } = isOf?.(explorer) ?? {};
  if (!question) return null;
  const list = "positions" in question ? "positions" : "decisions";
  if (asked[list].includes(question[list][0])) return null;
  return { words, question: { ...question, [list]: [...asked[list], ...question[list]] } };
}

function thisEvent({ log, row, position }) {
  if (row < 0 || !log.isEvent(row)) return { words: "this event" };
  const words = `event ${numbered(position)} ${log.name(row)}`;
  return { words, question: { ask: "without_events", positions: [position] } };
}

function thisCommand({ log, row }) {
  const decision = row < 0 ? -1 : log.decision[row];
  if (decision < 0) return { words: "this command" };
  const words = `command ${log.commands.name(decision)}`;
  return { words, question: { ask: "without_commands", decisions: [decision] } };
}

// What was asked before a file was saved.
function keptBranches(explorer) {
  const kept = (explorer.options.answers ?? []).filter(([, answer]) => answer.delta);
  if (!kept.length) return null;
  const show = ([question, answer]) =>
    button(answer.label, "Show this branch", () => explorer.showBranch(answer, question));
  return [remark("Asked before this file was saved:"), h("div.bar", kept.map(show))];
}
