// The bar of moves: back and on, playing, and where we are.

import { grouped } from "../history/words.js";
import { button, select, setValue } from "./controls.js";
import { fill, h, muted } from "./elements.js";
import { icon } from "./icons.js";
import { PACES } from "./player.js";

const SPEEDS = [0.5, 1, 2, 4, 8, 32, 128];

export function moves(explorer) {
  const { player } = explorer;
  const speeds = SPEEDS.map((n) => [String(n), `${n}×`]);
  const setSpeed = (value) => {
    player.speed = Number(value);
  };
  const play = playButton(player);
  const where = h("span.where");
  const kinds = PACES.map(([name, text]) => [name, text]);
  const shown = howShown(explorer);
  const bar = h(
    "div.bar.moves",
    h(
      "span.group",
      square("first", "The beginning (Home)", () => explorer.moveToEnd(-1)),
      square("back", "One event back (←)", () => explorer.step(-1)),
      play.parts,
      square("next", "One event on (→)", () => explorer.step(1)),
      square("last", "The end (End)", () => explorer.moveToEnd(1)),
    ),
    withLabel("Speed", select("Speed", speeds, "1", setSpeed)),
    withLabel(
      "Pace",
      select("Pace", kinds, player.pace, (value) => player.setPace(value)),
    ),
    where,
    h("span.space"),
    explorer.note,
    shown.parts,
  );
  const update = () => {
    play.update();
    shown.update();
    fill(where, place(explorer));
  };
  return { parts: [bar], update };
}

// A label that is seen; the control has it already for whoever hears it.
const withLabel = (text, control) => h("span.group", muted(text.toLowerCase()), control);

function square(name, title, action) {
  const node = button(icon(name), title, action);
  node.classList.add("square");
  return node;
}

function playButton(player) {
  const node = square("play", "Play (Space)", () => player.toggle());
  let playing = false;
  const update = () => {
    if (playing === player.playing) return;
    playing = player.playing;
    fill(node, icon(playing ? "pause" : "play"));
    node.setAttribute("aria-label", playing ? "Pause (Space)" : "Play (Space)");
  };
  return { parts: [node], update };
}

// In which units: the times, and the amounts where the vocabulary says what they count.
function howShown(explorer) {
  const zones = [
    ["utc", "UTC"],
    ["local", "local time"],
  ];
  const zone = select("Times", zones, "utc", (value) =>
    explorer.choose({ local: value === "local" }),
  );
  const amounts = [
    ["cents", "amounts in cents"],
    ["money", "as money"],
  ];
  const money = select("Amounts", amounts, "cents", (value) =>
    explorer.choose({ money: value === "money" }),
  );
  const update = () => {
    setValue(zone, explorer.clock.local ? "local" : "utc");
    setValue(money, explorer.money ? "money" : "cents");
  };
  return { parts: explorer.hasUnits ? [zone, money] : [zone], update };
}

function place(explorer) {
  const { log, position, row, clock } = explorer;
  const at = row < 0 ? "before the first event" : `${clock.show(log.at[row])} ${clock.zone}`;
  return [h("strong", grouped(position)), ` of ${grouped(log.count)}`, muted(` · ${at}`)];
}
