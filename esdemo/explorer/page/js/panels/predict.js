// Predict: say what comes next before you see it.

import { valueAt } from "../history/fields.js";
import { button } from "../view/controls.js";
import { fill, h, remark, verdict } from "../view/elements.js";
import { table } from "../view/tables.js";
import { stateTable } from "./state.js";

export function predictPanel(explorer) {
  const part = h("div");
  let asked = null; // the last known row when the question on the page was asked
  let last = null; // the verdict on the answer before it
  const reveal = () => {
    const next = explorer.horizon + 1;
    last = judge(explorer, next, answerIn(part));
    keepScore(explorer, last);
    explorer.horizon = next;
    explorer.moveToRow(next, { quiet: true });
    explorer.link();
    explorer.options.onmove?.(explorer.position);
  };
  const update = () => {
    const { predicting, horizon } = explorer;
    if (predicting && asked === horizon) return; // what was typed stays
    asked = predicting ? horizon : null;
    fill(part, predicting ? question(explorer, last, reveal) : invitation(explorer));
    if (predicting && last) part.querySelector("input")?.focus({ preventScroll: true });
    last = null;
  };
  return { parts: [part], update };
}

function invitation(explorer) {
  const start = () => {
    explorer.player.pause();
    explorer.set({ predicting: true, horizon: explorer.row });
  };
  return [
    h("h2", "Predict first"),
    h(
      "p",
      "The future is hidden: in the list, the chart and the tables. Each time you are asked what comes of the next row, and then you see it.",
    ),
    button("Start here", "Hide what comes after this position", start),
    remark(explorer.score.asked ? `So far ${scoreOf(explorer)}.` : ""),
  ];
}

// What comes of the next row? And before that, whether the last answer was right.
function question(explorer, last, reveal) {
  const next = explorer.horizon + 1;
  const stop = button("Stop", "Show the future again", () =>
    explorer.set({ predicting: false, follow: true }),
  );
  const before = last && verdict(last.right, last.text);
  const score = remark(scoreOf(explorer));
  if (next >= explorer.log.rows) return [h("h2", "The end"), before, score, stop];
  return [
    before,
    situation(explorer, next),
    explorer.log.decision[next] < 0 ? null : outcomeChoice(explorer),
    valueBox(explorer, explorer.log.streamName(next), reveal),
    h("div.bar", button("Reveal", "Show what happened", reveal), stop),
    score,
  ];
}

function situation(explorer, row) {
  const { log } = explorer;
  const position = known(explorer);
  const [stream, decision] = [log.streamName(row), log.decision[row]];
  const { type, ...payload } = decision < 0 ? log.message(row) : log.commands.get(decision);
  return [
    h("h2", decision < 0 ? `Next, in ${stream}: ${type}` : `Next, ${stream} is asked: ${type}`),
    table(explorer, "Payload", null, payloadRows(explorer, type, payload)),
    stateTable(explorer, stream, position),
  ];
}

const payloadRows = (explorer, type, payload) =>
  Object.entries(payload).map(([name, value]) => [name, h("span", explorer.as(type, name, value))]);

// How many events are known.
const known = ({ log, horizon }) => (horizon < 0 ? 0 : log.place[horizon]);

function outcomeChoice(explorer) {
  const name = explorer.id("outcome");
  const radio = (value) => h("label", h("input", { type: "radio", name, value }), ` ${value}`);
  return h("fieldset", h("legend", "What becomes of it?"), radio("accepted"), radio("refused"));
}

function valueBox(explorer, stream, reveal) {
  const { field } = explorer;
  const now = explorer.inUnits(valueAt(explorer, stream, field, known(explorer)), field.path);
  const box = h("input", {
    type: "text",
    "aria-label": `${field.name} afterwards`,
    onkeydown: ({ key }) => key === "Enter" && reveal(),
  });
  const words = `${field.name} of ${stream} is ${now}. Then it will be`;
  return h("label.guess", h("span", words), box);
}

const answerIn = (part) => ({
  outcome: part.querySelector("input[type=radio]:checked")?.value,
  value: part.querySelector("input[type=text]").value.replace(/[,\s]/g, ""),
});

// A refused command changes nothing, so then only the outcome counts.
function judge(explorer, row, answer) {
  const { log, field } = explorer;
  const stream = log.streamName(row);
  const reason = log.reason(row);
  const value = valueAt(explorer, stream, field, log.place[row]);
  const asked = log.decision[row] >= 0;
  const outcomeRight = !asked || answer.outcome === (reason === null ? "accepted" : "refused");
  const said = explorer.inUnits(value, field.path);
  const accounts = [String(value), said.replaceAll(",", "")].includes(answer.value);
  const right = outcomeRight && (reason !== null || accounts);
  const became = `${field.name} of ${stream} is ${said}`;
  const accepted = asked ? `it was accepted, and ${became}` : became;
  const truth = reason === null ? accepted : `it was refused: ${reason}`;
  return { right, text: `${right ? "Right" : "Not quite"}: ${truth}.` };
}

function keepScore(explorer, { right, text }) {
  explorer.score.asked++;
  explorer.score.right += right;
  explorer.status.textContent = `${text} ${scoreOf(explorer)}`;
}

const scoreOf = ({ score }) => `${score.right} of ${score.asked} right`;
