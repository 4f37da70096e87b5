// Times as people read them, and the time of the service rather than of the PC under the screen.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const clockFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dayFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** "11:04" in the time zone of the machine. `ms` is epoch milliseconds. */
export const clock = (ms) => clockFormat.format(ms);

/** How long ago: "now", "4 min", "2 h", "3 d", then "21 Nov". */
export function ago(iso, nowMs) {
  const then = Date.parse(iso);
  const age = nowMs - then;
  if (Number.isNaN(age)) return "";
  if (age < MINUTE) return "now";
  if (age < HOUR) return `${Math.floor(age / MINUTE)} min`;
  if (age < DAY) return `${Math.floor(age / HOUR)} h`;
  if (age < 7 * DAY) return `${Math.floor(age / DAY)} d`;
  return dayFormat.format(then);
}

/** Whether an item with `starts_at` and `ends_at` (either may be missing) holds at this time. */
export function holds(item, nowMs) {
  const from = item.starts_at ? Date.parse(item.starts_at) : -Infinity;
  const until = item.ends_at ? Date.parse(item.ends_at) : Infinity;
  return from <= nowMs && nowMs < until;
}

/** The sessions that run, and the ones that start next (all with the same start). Sessions are sorted by start. */
export function nowAndNext(sessions, nowMs) {
  const now = sessions.filter((session) => holds(session, nowMs));
  const later = sessions.filter((session) => Date.parse(session.starts_at) > nowMs);
  return { now, next: later.filter((session) => session.starts_at === later[0].starts_at) };
}

/** Wall time in epoch milliseconds, corrected by what the service says in its pulses. */
export class ServiceClock {
  #offset = 0;
  #local;

  constructor(local = () => Date.now()) { this.#local = local; }

  /** Takes `now` of a pulse. Less than 2 s apart is the network, not the clock. */
  sync(iso) {
    const offset = Date.parse(iso) - this.#local();
    if (Number.isFinite(offset)) this.#offset = Math.abs(offset) < 2_000 ? 0 : offset;
  }

  now() { return this.#local() + this.#offset; }
}
