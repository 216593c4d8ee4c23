// Carry: JSON Lines out and in.

import { columnsOf, readLines, toLines } from "../history/lines.js";
import { plural } from "../history/words.js";
import { button, notice } from "../view/controls.js";
import { h, remark } from "../view/elements.js";
import { askForBranch } from "./asking.js";

const MOST_PROBLEMS = 10;

export function carryPanel(explorer) {
  const said = notice();
  const text = h("textarea", {
    rows: 6,
    "aria-label": "JSON Lines, a line for each event",
    spellcheck: false,
    placeholder: '{"position":1,"stream":…',
  });
  return { parts: [exporting(explorer, text, said), importing(explorer, text, said), said.node] };
}

function exporting({ log }, text, said) {
  const save = () => {
    download(toLines(log), "events.jsonl");
    said.say("If no file arrives, this place forbids downloads: use Show as text.");
  };
  const showText = () => {
    text.value = toLines(log);
    text.select();
  };
  return [
    h("h3", "Export"),
    remark(
      "A line of JSON for each event, in its envelope. Refused commands are in no stream, so they are not in it; nor are hashes.",
    ),
    h(
      "div.bar",
      button("Save events.jsonl", "Download all events as JSON Lines", save),
      button("Show as text", "Put all events into the box below", showText),
    ),
  ];
}

function importing(explorer, text, said) {
  const take = () => importLines(explorer, text.value, said);
  const file = fileInput((content) => {
    text.value = content;
    take();
  });
  return [
    h("h3", "Import"),
    remark(
      "Laid beside this history as a branch. A line whose type or fields this history does not know is reported, and then nothing is imported.",
    ),
    text,
    h("div.bar", button("Import the text", "Read the lines in the box", take), file),
  ];
}

function download(text, name) {
  const href = URL.createObjectURL(new Blob([text], { type: "application/x-ndjson" }));
  h("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 1000);
}

function fileInput(take) {
  const node = h("input", {
    type: "file",
    "aria-label": "A file of JSON Lines",
    accept: ".jsonl,.ndjson,.json,.txt",
    onchange: async () => take((await node.files[0]?.text()) ?? ""),
  });
  return node;
}

function importLines(explorer, text, said) {
  const { events, problems } = readLines(text, explorer.log.data.schema);
  if (problems.length) return refuse(explorer, problems, said);
  if (explorer.options.ask && explorer.fold)
    return askForBranch(explorer, { ask: "import", lines: text }, said);
  said.clear();
  const label = `Imported: ${plural(events.length, "event")}`;
  explorer.showBranch({ label, history: columnsOf(events) });
}

function refuse(explorer, problems, said) {
  const shown = problems.slice(0, MOST_PROBLEMS);
  if (problems.length > MOST_PROBLEMS) shown.push(`and ${problems.length - MOST_PROBLEMS} more`);
  const items = shown.map((problem) => h("li", problem));
  said.complain("Nothing was imported. ", h("ul", items));
  explorer.status.textContent = `Nothing was imported: ${plural(problems.length, "problem")}`;
}
