// The bar of moves: back and on, playing, and where we are.

import { clock, grouped } from "../history/words.js";
import { button, select } from "./controls.js";
import { fill, h, muted } from "./elements.js";
import { icon } from "./icons.js";

const SPEEDS = [0.5, 1, 2, 4, 8];
const PACES = [
  ["even", "even steps"],
  ["real", "real gaps"],
];

export function moves(explorer) {
  const { log, player } = explorer;
  const speeds = SPEEDS.map((n) => [String(n), `${n}×`]);
  const setSpeed = (value) => {
    player.speed = Number(value);
  };
  const play = playButton(player);
  const where = h("span.where");
  const bar = h(
    "div.bar.moves",
    h(
      "span.group",
      square("first", "The beginning (Home)", () => explorer.move(0)),
      square("back", "One event back (←)", () => explorer.step(-1)),
      play.parts,
      square("next", "One event on (→)", () => explorer.step(1)),
      square("last", "The end (End)", () => explorer.move(log.count)),
    ),
    select("Speed", speeds, "1", setSpeed),
    select("Pace", PACES, player.pace, (value) => player.setPace(value)),
    where,
    h("span.space"),
    explorer.note,
  );
  const update = () => {
    play.update();
    fill(where, place(explorer));
  };
  return { parts: [bar], update };
}

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

function place({ log, position, row }) {
  const at = row < 0 ? "before the first event" : `${clock(log.at[row])} UTC`;
  return [h("strong", grouped(position)), ` of ${grouped(log.count)}`, muted(` · ${at}`)];
}
