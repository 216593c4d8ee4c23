// The header: what history this is, where to go, and help.

import { clock, grouped, plural, readTime } from "../history/words.js";
import { button, opener } from "./controls.js";
import { h, muted } from "./elements.js";
import { icon } from "./icons.js";
import { help } from "./keys.js";

export function header(explorer) {
  const keys = h("dl.help", { id: explorer.id("help"), hidden: true }, help());
  const bar = h(
    "div.bar",
    headline(explorer.log),
    h("span.space"),
    goToBox(explorer),
    button([icon("pin"), " Pin"], "Pin this moment as A, to compare others with it (p)", () =>
      explorer.togglePin(),
    ),
    opener("Keys", "What the keys do, while the focus is in here", keys),
  );
  return { parts: [h("header", bar, keys)] };
}

function headline(log) {
  const counts = [plural(log.count, "event"), plural(log.streams.length, "stream")];
  if (log.rejected.length) counts.push(plural(log.refusals, "refused command"));
  const days = [0, log.rows - 1].map((row) => clock(log.at[row], 10));
  const all = grouped(log.data.of);
  const cut = `the first ${grouped(log.count)} of ${all} events`;
  return [
    h("strong", counts.join(" · ")),
    h("span.muted.times", ` · ${days.join(" to ")}`),
    log.data.of > log.count ? h("span.note", cut) : null,
  ];
}

function goToBox(explorer) {
  const go = () => goTo(explorer, box.value);
  const box = h("input", {
    type: "text",
    size: 16,
    placeholder: "position or date",
    "aria-label": "Go to a position, or to the moment as of a date or time (UTC)",
    title:
      "A position such as 120, or a moment such as 2025-03-03 or 2025-03-03 12:00 (UTC); a date alone means its end",
    onkeydown: ({ key }) => key === "Enter" && go(),
  });
  return h("span.group", box, button("Go", "Go there", go));
}

function goTo(explorer, text) {
  const { log } = explorer;
  const number = /^\s*#?([\d,. ]+)\s*$/.exec(text)?.[1].replace(/[,. ]/g, "");
  if (number) {
    if (Number(number) > log.count) explorer.say(`there are ${grouped(log.count)} positions`);
    return explorer.move(Number(number));
  }
  const moment = readTime(text);
  if (moment === null) {
    return explorer.say(
      "write a position (120) or a moment (2025-03-03, 2025-03-03 12:00), in UTC",
    );
  }
  const position = log.positionAt(moment);
  explorer.move(position, { quiet: true });
  explorer.say(`as of ${clock(moment)} UTC: position ${grouped(position)}`);
}
