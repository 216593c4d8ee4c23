// A new command: a form for it, what would come of it, and how to go on from there.

import { difference, pathName } from "../history/states.js";
import { grouped } from "../history/words.js";
import { button, copy, notice, select } from "../view/controls.js";
import { fill, h, muted, remark, verdict } from "../view/elements.js";
import { table } from "../view/tables.js";
import { NO_KERNEL, ask, askForBranch } from "./asking.js";
import { triedAsTest } from "./code.js";
import { valueCell } from "./state.js";

export function commandForm(explorer) {
  const { options, fold, data } = explorer;
  const nothing = (words) => ({ parts: [remark(words)], update: () => {} });
  if (!options.ask) return nothing(`A new command is decided by Python. ${NO_KERNEL}`);
  const forms = (fold && data.forms) ?? {};
  if (!Object.keys(forms).length) return nothing("This history has no commands to try.");
  return formFor(explorer, forms);
}

// forms: by command, [field, kinds of JSON value, required, default] for each field.
function formFor(explorer, forms) {
  const said = notice();
  const result = resultBox(explorer);
  const fields = inputsFor(explorer, forms, () => {
    result.forget();
    said.clear();
  });
  const tell = async () => {
    result.forget();
    const [given, { position }] = [fields.given(), explorer];
    const answer = await ask(explorer, { ask: "command", position, ...given }, said);
    if (answer) result.show(answer, given, position, said);
  };
  fields.node.addEventListener("keydown", ({ key }) => key === "Enter" && tell());
  const asking = button("Ask", "Decide this command at this position; nothing is written", tell);
  const update = () => {
    asking.disabled = Boolean(explorer.asking);
    result.update();
  };
  const parts = [
    remark("A command is decided on the state at this position. Nothing is written."),
    h("div.bar", fields.type, asking),
    fields.node,
    said.node,
    result.node,
  ];
  return { parts, update };
}

// A box for each field of the chosen command, and what was written into them.
function inputsFor(explorer, forms, changed) {
  const stream = textInput("stream", "Stream", explorer.watched());
  const node = h("div.form");
  const open = () => {
    fill(node, labelled("stream", stream), forms[type.value].map(labelledField));
    changed();
  };
  const type = select("Command", Object.keys(forms), "", open);
  const given = () => ({
    stream: stream.value,
    type: type.value,
    fields: filledIn(node, forms[type.value]),
  });
  open();
  return { node, type, given };
}

// What came of the command, for as long as one stays where it was decided.
function resultBox(explorer) {
  const node = h("div");
  let answered = -1; // the position
  const forget = () => {
    answered = -1;
    fill(node);
  };
  const show = (answer, given, position, said) => {
    answered = position;
    fill(node, consequences(explorer, answer, given, position, said));
    explorer.status.textContent = outcomeAt(answer, given.stream);
  };
  const update = () => {
    if (answered >= 0 && answered !== explorer.position) forget();
  };
  return { node, forget, show, update };
}

const textInput = (name, label, value) =>
  h("input", { type: "text", name, "aria-label": label, value });

// Three cells of the form's grid, also where there is no hint.
const labelled = (text, input, hint = "") => h("label", h("span", text), input, muted(hint));

function labelledField([name, kinds, required, standard]) {
  const hint = kinds.replaceAll("|", " or ") + (required ? "" : ", optional");
  return labelled(name, textInput(name, name, standard ?? ""), hint);
}

// An empty box is a value only where text may be one. Numbers may be written as they are shown.
function filledIn(inputs, form) {
  const given = {};
  for (const [name, kinds] of form) {
    const text = inputs.querySelector(`input[name="${CSS.escape(name)}"]`).value;
    const counts = !kinds.includes("string") && /^-?\d{1,3}(,\d{3})+$/.test(text.trim());
    if (text !== "" || kinds.includes("string"))
      given[name] = counts ? text.replaceAll(",", "") : text;
  }
  return given;
}

function consequences(explorer, answer, given, position, said) {
  const { accepted, events, before, after, broken } = answer;
  const changes = difference(before, after).map(([path, a, b]) => [
    pathName(path),
    valueCell(explorer, path, a),
    valueCell(explorer, path, b),
  ]);
  return [
    verdict(accepted, outcomeAt(answer, given.stream)),
    events.map((event) => h("p", h("b", event.type), ` ${explorer.summaryOf(event)}`)),
    accepted ? table(explorer, "It would change", ["field", "is", "would be"], changes) : null,
    broken.map((rule) => verdict(false, `It would break: ${rule}`)),
    remark("Nothing was written."),
    afterwards(explorer, answer, given, position, said),
  ];
}

// Go on from here with it, or keep it as a test.
function afterwards(explorer, answer, given, position, said) {
  const near = h("div.copied");
  const last = explorer.branch?.question;
  const isOn = last?.ask === "go_on";
  const begin = { ask: "go_on", position, commands: [given] };
  const more = isOn && { ...last, commands: [...last.commands, given] };
  const go = (question) => () => askForBranch(explorer, question, said);
  const from = `Go on from position ${grouped(position)}`;
  const code = () => copy(explorer, triedAsTest(explorer, answer, given, position), "test", near);
  return [
    h(
      "div.bar",
      button(from, "A branch that ends here, with this command as its next", go(begin)),
      more && button("Add it to the branch", "Decide it at the end of that branch", go(more)),
      button("Copy as test", "Given these events, when this command, then …", code),
    ),
    near,
  ];
}

function outcomeAt({ accepted, version, reason }, stream) {
  const where = `${stream} at version ${version}`;
  return accepted ? `Accepted by ${where}.` : `Refused by ${where}: ${reason}`;
}
