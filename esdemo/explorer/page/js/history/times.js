// Times: microseconds since 1970 as text, and text as microseconds.

const LAST_SECOND = 253402300799; // of the year 9999, after which ISO 8601 needs a sign

// ISO 8601 in UTC. micros: a number, or a BigInt where a number would be rounded.
export function isoTime(micros) {
  const whole = typeof micros === "bigint" ? micros : BigInt(Math.round(micros));
  const million = 1000000n;
  let seconds = whole / million - (whole % million < 0n ? 1n : 0n);
  let rest = whole - seconds * million;
  if (seconds > LAST_SECOND) [seconds, rest] = [BigInt(LAST_SECOND), million - 1n];
  const date = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${date}.${String(rest).padStart(6, "0")}+00:00`;
}

// How times are read and written: in UTC, or as the reader's own clock shows them.
export class Clock {
  local = false;

  get zone() {
    return this.local ? "local time" : "UTC";
  }

  // A moment to the second, or only as much of it: 10 letters are the day.
  show(micros, letters = 19) {
    const moved = this.local ? micros - offset(micros) : micros;
    return isoTime(moved).slice(0, letters).replace("T", " ");
  }

  // Microseconds since 1970 of a moment as people write it; what names a day, a month or a year
  // means its end. null for anything else.
  read(text) {
    const part = /^(\d{4})(?:-(\d\d))?$/.exec(text.trim());
    if (part) return this.#endOf(Number(part[1]), part[2] ? Number(part[2]) : 12);
    const date = /^(\d\d?)\.(\d\d?)\.(\d{4})(.*)$/.exec(text.trim());
    const day = date && [date[3], date[2].padStart(2, "0"), date[1].padStart(2, "0")].join("-");
    return readTime(date ? day + date[4] : text, this.local ? "" : "Z");
  }

  #endOf(year, month) {
    if (month < 1 || month > 12) return null;
    const [y, m] = month === 12 ? [year + 1, 1] : [year, month + 1];
    const next = `${String(y).padStart(4, "0")}-${String(m).padStart(2, "0")}-01T00:00:00`;
    return Date.parse(next + (this.local ? "" : "Z")) * 1000 - 1;
  }
}

// What the reader's clock is behind UTC at a moment, in microseconds.
const offset = (micros) => new Date(micros / 1000).getTimezoneOffset() * 60e6;

const MOMENT =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?)? ?(Z|[+-]\d\d:\d\d)?$/i;

// Microseconds since 1970 of ISO 8601 text. A date alone means the end of that day; without a
// zone it is the given one, "" for the reader's own. null for anything else.
export function readTime(text, standard = "Z") {
  const match = MOMENT.exec(text.trim());
  if (!match) return null;
  const [, date, minutes, seconds = "00", fraction = "", zone = standard] = match;
  const whole = Date.parse(`${date}T${minutes ?? "00:00"}:${seconds}${zone.toUpperCase()}`);
  if (Number.isNaN(whole) || new Date(`${date}T00:00Z`).toISOString().slice(0, 10) !== date) {
    return null;
  }
  return whole * 1000 + (minutes ? Number(fraction.padEnd(6, "0")) : 86400e6 - 1);
}
