// A new command: a form for it, and what would come of it.

import { difference, pathName } from "../history/states.js";
import { summary } from "../history/words.js";
import { button, notice, select } from "../view/controls.js";
import { fill, h, muted, remark, verdict } from "../view/elements.js";
import { table } from "../view/tables.js";
import { NO_KERNEL, ask } from "./asking.js";

export function commandForm(explorer) {
  const { options, fold, log } = explorer;
  if (!options.ask) return remark(`A new command is decided by Python. ${NO_KERNEL}`);
  const forms = (fold && log.data.forms) ?? {};
  if (!Object.keys(forms).length) return remark("This history has no commands to try.");
  return formFor(explorer, forms);
}

// forms: by command, [field, kinds of JSON value, required, default] for each field.
function formFor(explorer, forms) {
  const said = notice();
  const result = h("div");
  const stream = textInput("stream", "Stream", explorer.watched());
  const type = select("Command", Object.keys(forms), "", () => open());
  const inputs = h("div.form", { onkeydown: ({ key }) => key === "Enter" && tell() });
  const open = () => {
    fill(inputs, labelled("stream", stream), forms[type.value].map(labelledField));
    fill(result);
  };
  const tell = async () => {
    const question = {
      ask: "command",
      position: explorer.position,
      stream: stream.value,
      type: type.value,
      fields: filledIn(inputs, forms[type.value]),
    };
    const answer = await ask(explorer, question, said);
    if (!answer) return;
    fill(result, consequences(answer, stream.value));
    explorer.status.textContent = outcomeAt(answer, stream.value);
  };
  const title = "Decide this command at this position; nothing is written";
  open();
  return [
    remark("A command is decided on the state at this position. Nothing is written."),
    h("div.bar", type, button("Ask", title, tell)),
    inputs,
    said.node,
    result,
  ];
}

const textInput = (name, label, value) =>
  h("input", { type: "text", name, "aria-label": label, value });

const labelled = (text, input, hint) => h("label", h("span", text), input, hint && muted(hint));

function labelledField([name, kinds, required, standard]) {
  const hint = kinds.replaceAll("|", " or ") + (required ? "" : ", optional");
  return labelled(name, textInput(name, name, standard ?? ""), hint);
}

// An empty box is a value only where text may be one.
function filledIn(inputs, form) {
  const given = {};
  for (const [name, kinds] of form) {
    const text = inputs.querySelector(`input[name="${CSS.escape(name)}"]`).value;
    if (text !== "" || kinds.includes("string")) given[name] = text;
  }
  return given;
}

function consequences(answer, stream) {
  const { accepted, events, before, after, broken } = answer;
  const changes = difference(before, after).map(([path, a, b]) => [pathName(path), a, b]);
  return [
    verdict(accepted, outcomeAt(answer, stream)),
    events.map((event) => h("p", h("b", event.type), ` ${summary(event)}`)),
    accepted ? table("It would change", ["field", "is", "would be"], changes) : null,
    broken.map((rule) => verdict(false, `It would break: ${rule}`)),
    remark("Nothing was written."),
  ];
}

function outcomeAt({ accepted, version, reason }, stream) {
  const where = `${stream} at version ${version}`;
  return accepted ? `Accepted by ${where}.` : `Refused by ${where}: ${reason}`;
}
