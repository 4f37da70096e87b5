// What a wall shows at a moment, decided from what it knows. Pure: times in epoch milliseconds, but `upMs`, counted from the page's start.

import { holds } from "./time.js";

/** A slide comes every so often and stays for so long; every fourth is the way to join, the others are the sponsors'. */
export const SLIDE_EVERY = 150_000;
export const SLIDE_FOR = 12_000;
export const JOIN_TURN = 4;
/** What kept a slide away may end while its time runs: later than this it does not come any more. */
export const SLIDE_LATE = 2_000;
/** A session without an end lasts until the next one in its room, but not longer than this. */
export const LONGEST_TALK = 60 * 60_000;

const SLIDE = "slide";
const plain = (text) => (text ?? "").trim().toLowerCase();

/** The notices of one style that hold now: "announcement", "slide" or "line", which is also what a notice without a style is. */
export const styled = (notices, style, nowMs) =>
  notices.filter((notice) => (notice.style ?? "line") === style && holds(notice, nowMs));

/** The sessions of a room, whatever its case; all of them when no room is named. */
export const inRoom = (sessions, room) => sessions.filter((session) => !plain(room) || plain(session.room) === plain(room));

/** `{now, next}` for one room (or all, when none is named): what runs, and what starts next (all with the same start). */
export function agenda(sessions, room, nowMs) {
  const ours = inRoom(sessions, room);
  const later = ours.filter((session) => Date.parse(session.starts_at) > nowMs);
  const end = (session) => session.ends_at ?? endOf(session, ours);
  const now = ours.filter((session) => holds({ ...session, ends_at: end(session) }, nowMs));
  return { now, next: later.filter((session) => session.starts_at === later[0].starts_at) };
}

function endOf(session, ours) {
  const start = Date.parse(session.starts_at);
  const after = ours.filter((other) => plain(other.room) === plain(session.room)).map((other) => Date.parse(other.starts_at));
  return new Date(Math.min(start + LONGEST_TALK, ...after.filter((other) => other > start))).toISOString();
}

/** Whether a screen keeps quiet: because the desk says so, or because a session runs in its room. */
export function isCalm(screen, sessions, nowMs) {
  const wish = screen?.state?.calm ?? "off";
  if (wish !== "auto") return wish === "on";
  return Boolean(plain(screen.room)) && agenda(sessions, screen.room, nowMs).now.length > 0;
}

/** The id of the post in the spotlight, or null: it ends by its time, and with the post. */
export function spotlit(wall, has, nowMs) {
  const light = wall?.spotlight;
  return light && Date.parse(light.until) > nowMs && has(light.id) ? light.id : null;
}

/** Whose turn it is, `turn` counting from 1: "join", the id of a slide, or null. */
export function slideOfTurn(turn, slides) {
  if (turn < 1) return null;
  if (turn % JOIN_TURN === 0) return "join";
  return slides.length ? slides[(turn - Math.floor(turn / JOIN_TURN) - 1) % slides.length] : null;
}

/** The slide that is due; `shown` is what is shown at present. */
function rotation(upMs, slides, shown) {
  const since = upMs % SLIDE_EVERY;
  const due = since < SLIDE_FOR ? slideOfTurn(Math.floor(upMs / SLIDE_EVERY), slides) : null;
  return since < SLIDE_LATE || due === shown ? due : null;
}

/**
 * Everything at once. `has(id)` tells whether a post is there; `screen` is the screen's last frame or null; `shown` the slide of the
 * scene before; `fresh` whether no post was shown yet: a screen that starts frozen has no good screen to keep, and shows a slide.
 * @returns {{frozen, spotlight, slide, calm, dark, still, sign}} `slide` is "join", "hold" (the event's name), a notice's id or null;
 *   `still`: no post comes in; `sign`: the screen's name is asked for.
 */
export function sceneOf({ wall, has, notices, sessions, screen = null, nowMs, upMs, shown = null, fresh = false }) {
  const frozen = wall?.mode === "frozen";
  const held = frozen && (wall.frozen_to === SLIDE || fresh);
  const spotlight = spotlit(wall, has, nowMs);
  const calm = !spotlight && !held && isCalm(screen, sessions, nowMs);
  const slides = styled(notices, SLIDE, nowMs).map(({ id }) => id);
  const dark = Boolean(screen?.state?.dark);
  const quiet = frozen || spotlight || calm || dark;
  const holding = slides.includes(shown) ? shown : slides[0] ?? "hold";
  const slide = held && !spotlight ? holding : quiet ? null : rotation(upMs, slides, shown);
  const sign = Boolean(screen?.identify_until) && Date.parse(screen.identify_until) > nowMs;
  return { frozen, spotlight, slide, calm, dark, still: Boolean(quiet), sign };
}
