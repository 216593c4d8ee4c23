// Export: what there is, or what was found, out as a file or as text; and JSON Lines in.

import { columnsOf, readLines, toLines } from "../history/lines.js";
import { toCsv, toText } from "../history/sheets.js";
import { plural } from "../history/words.js";
import { button, copy, download, notice, select } from "../view/controls.js";
import { h, remark } from "../view/elements.js";
import { askForBranch } from "./asking.js";

const MOST_PROBLEMS = 10;
const LONG = 1e6; // letters, beyond which a box is no place for a text

const CHOICES = [
  ["events", "all events"],
  ["found", "the rows that were found"],
  ["refused", "refused commands"],
  ["decisions", "events and refusals"],
];
const FORMATS = [
  ["jsonl", "JSON Lines"],
  ["csv", "CSV"],
  ["txt", "text"],
];
const WRITERS = { jsonl: toLines, csv: toCsv, txt: toText };

export function exportPanel(explorer) {
  const said = notice();
  const text = h("textarea", {
    rows: 6,
    "aria-label": "JSON Lines, a line for each event",
    spellcheck: false,
    placeholder: '{"position":1,"stream":…',
  });
  return { parts: [exporting(explorer, text, said), importing(explorer, text, said), said.node] };
}

function exporting(explorer, text, said) {
  let [what, how] = ["events", "jsonl"];
  const near = h("div.copied");
  const written = () => WRITERS[how](explorer.log, rowsOf(explorer, what), explorer.clock);
  const file = () => `${what === "found" ? "found" : what}.${how}`;
  const save = button("Save events.jsonl", "Download them as a file", () => {
    download(written(), file());
    said.say("If no file arrives, this place forbids downloads: use Show as text.");
  });
  const change = (entries) => {
    ({ what = what, how = how } = entries);
    save.textContent = `Save ${file()}`;
  };
  const showText = () => {
    const all = written();
    if (all.length > LONG) return said.complain("This is long: save it as a file instead.");
    text.value = all;
    text.select();
  };
  return [
    h("h2", "Export"),
    remark(
      "Each event in its envelope, without its hash. Refused commands are in no stream: choose them, or both.",
    ),
    h(
      "div.bar",
      select("What", CHOICES, what, (value) => change({ what: value })),
      select("Format", FORMATS, how, (value) => change({ how: value })),
      save,
      button("Show as text", "Put it into the box below", showText),
      button("Copy", "Put it on the clipboard", () => copy(explorer, written(), "export", near)),
    ),
    near,
  ];
}

// The rows that are meant.
function rowsOf({ log, filtered }, what) {
  const rows =
    what === "found" && filtered ? filtered : Array.from({ length: log.rows }, (_, n) => n);
  if (what === "refused") return rows.filter((row) => log.reason(row) !== null);
  return what === "events" ? rows.filter((row) => log.isEvent(row)) : rows;
}

function importing(explorer, text, said) {
  const take = () => importLines(explorer, text.value, said);
  const file = fileInput((content) => {
    if (content.length > LONG) return importLines(explorer, content, said);
    text.value = content;
    take();
  });
  return [
    h("h2", "Import"),
    remark(
      "Laid beside this history as a branch. A line whose type or fields this history does not know is reported, and then nothing is imported.",
    ),
    text,
    h("div.bar", button("Import the text", "Read the lines in the box", take), file),
  ];
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
  const { events, problems } = readLines(text, explorer.data.schema);
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
