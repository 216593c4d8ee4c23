// What if: skip an event or a command, or try a new one.

import { numbered } from "../history/words.js";
import { button, notice } from "../view/controls.js";
import { fill, h, muted, remark } from "../view/elements.js";
import { NO_KERNEL, askForBranch } from "./asking.js";
import { branchView } from "./branch-view.js";
import { commandForm } from "./command-form.js";

export function whatIfPanel(explorer) {
  const said = notice();
  const skips = skipButtons(explorer, said);
  const branch = h("div");
  const parts = [
    h("h3", "What if this had not happened?"),
    explorer.options.ask ? null : h("p.note", NO_KERNEL),
    skips.parts,
    said.node,
    keptBranches(explorer),
    branch,
    h("h3", "What if somebody asked now?"),
    commandForm(explorer),
  ];
  const update = () => {
    skips.update();
    fill(branch, branchView(explorer));
  };
  return { parts, update };
}

function skipButtons(explorer, said) {
  const event = skipButton(explorer, said, thisEvent);
  event.node.title = "Fold all other facts again: nobody decides, so rules may break";
  const command = skipButton(explorer, said, thisCommand);
  command.node.title = "Decide all other commands again: some may now be refused or allowed";
  const choices = h(
    "div.choices",
    event.node,
    muted("folds the other facts again: rules may break"),
    command.node,
    muted("decides the other commands again: some may be refused"),
  );
  const update = () => {
    event.update();
    command.update();
  };
  return { parts: [choices], update };
}

// without: what would be left out at this position, in words and, where there is any, as a question.
function skipButton(explorer, said, without) {
  const node = button("", "", () => askForBranch(explorer, without(explorer).question, said));
  const update = () => {
    const { words, question } = without(explorer);
    node.textContent = `Without ${words}`;
    node.disabled = !question || !explorer.fold;
  };
  return { node, update };
}

function thisEvent({ log, row, position }) {
  if (row < 0 || !log.isEvent(row)) return { words: "this event" };
  const words = `event ${numbered(position)} ${log.name(row)}`;
  return { words, question: { ask: "without_event", position } };
}

function thisCommand({ log, row }) {
  const decision = row < 0 ? -1 : log.decision[row];
  if (decision < 0) return { words: "this command" };
  const words = `command ${log.commands.name(decision)}`;
  return { words, question: { ask: "without_command", decision } };
}

// What was asked before a file was saved.
function keptBranches(explorer) {
  const kept = (explorer.options.answers ?? []).filter(([, answer]) => answer.history);
  if (!kept.length) return null;
  const show = ([, answer]) =>
    button(answer.label, "Show this branch", () => explorer.showBranch(answer));
  return [remark("Asked before this file was saved:"), h("div.bar", kept.map(show))];
}
