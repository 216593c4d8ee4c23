// Where a text that is typed into the box leads: a position, a moment, a version of a stream.

import { grouped } from "../history/words.js";

export const TAKES =
  "write a position (120, +10), a moment (2025, 2025-03, 28.03.2025, 2025-03-03 12:00), a time of this day (12:00), or a stream and a version (alice 5)";

// {position, said}: where it leads, and what was understood; or {said} alone.
/** @returns {{position?: number, said: string}} */
export function destination(explorer, text) {
  const asked = text.trim();
  return (
    relative(explorer, asked) ??
    plain(explorer, asked) ??
    moment(explorer, asked) ??
    version(explorer, asked) ?? { said: TAKES }
  );
}

function relative({ position, log }, asked) {
  const match = /^([+-])(\d+)$/.exec(asked);
  if (!match) return null;
  const wanted = position + Number(asked);
  const place = Math.max(0, Math.min(log.count, wanted));
  const cut = place === wanted ? "" : `; there are ${grouped(log.count)}`;
  return { position: place, said: `${asked} from here: position ${grouped(place)}${cut}` };
}

// A number is a position. One that is too large may be a year of this history.
function plain(explorer, asked) {
  const match = /^#?(\d{1,3}(?:,\d{3})+|\d+)$/.exec(asked);
  if (!match) return null;
  const number = Number(match[1].replaceAll(",", ""));
  const { count } = explorer.log;
  if (number <= count) return { position: number, said: `position ${grouped(number)}` };
  const year = /^\d{4}$/.test(asked) && number >= 1900 && moment(explorer, asked);
  const all = `there are ${grouped(count)} positions, not ${grouped(number)}`;
  return year || { position: count, said: `${all}: the end` };
}

function moment(explorer, asked) {
  const { clock, log } = explorer;
  const today = /^\d\d:\d\d(:\d\d)?$/.test(asked);
  const day = today ? clock.show(log.at[Math.max(0, explorer.row)], 10) : "";
  const at = clock.read(today ? `${day} ${asked}` : asked);
  if (at === null) return null;
  const position = log.positionAt(at);
  return {
    position,
    said: `as of ${clock.show(at)} ${clock.zone}: position ${grouped(position)}`,
  };
}

function version({ log }, asked) {
  const match = /^(.+?)[ /](\d+)$/.exec(asked);
  const stream = match ? log.byName.get(match[1]) : undefined;
  if (stream === undefined) return null;
  const places = log.placesOf(stream);
  const place = places[Math.max(0, Math.min(places.length, Number(match[2])) - 1)] ?? 0;
  return {
    position: place,
    said: `version ${match[2]} of ${match[1]}: position ${grouped(place)} (it has ${places.length})`,
  };
}
