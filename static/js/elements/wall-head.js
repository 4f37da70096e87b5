// The header of a wall: what this is, its hashtag, what is on now or next, and the time.

import { clock, nowAndNext } from "../core/time.js";
import { el, setText } from "./dom.js";

const NEXT_WITHIN = 4 * 60 * 60_000;
/** Milliseconds that each of several sessions at one time is shown. */
const TURN = 8_000;

const places = (session) => [session.room, session.speakers?.join(", ")].filter(Boolean).join(" · ");

/** `{word, where, title}` of what the header says about the sessions at this time, or null. Parallel ones take turns. */
export function sessionLine(sessions, nowMs) {
  const { now, next } = nowAndNext(sessions, nowMs);
  const soon = next.filter((session) => Date.parse(session.starts_at) - nowMs < NEXT_WITHIN);
  const list = now.length ? now : soon;
  if (!list.length) return null;
  const session = list[Math.floor(nowMs / TURN) % list.length];
  const at = now.length ? session.ends_at && `until ${clock(Date.parse(session.ends_at))}` : `at ${clock(Date.parse(session.starts_at))}`;
  return { word: now.length ? "Now" : "Next", where: [places(session), at].filter(Boolean).join(", "), title: session.title };
}

export class WallHead extends HTMLElement {
  #parts = null;

  connectedCallback() {
    if (this.#parts) return;
    const p = { title: el("h1", "wall-title"), tag: el("bdi", "wall-tag"), word: el("span", "wall-session__word"), where: el("span", "wall-session__where"),
      name: el("bdi", "wall-session__title"), clock: el("time", "wall-clock") };
    p.session = el("div", "wall-session", el("p", "wall-session__line", p.word, " ", p.where), p.name);
    this.append(p.title, p.tag, p.session, p.clock);
    p.session.hidden = p.tag.hidden = true;
    this.#parts = p;
  }

  /** `wall` item (or undefined before the first frame), sessions by start, time in epoch ms. */
  show(wall, sessions, nowMs) {
    const p = this.#parts;
    const line = sessionLine(sessions, nowMs);
    const tag = wall?.hashtags[0];
    setText(p.title, wall?.title ?? "");
    setText(p.tag, tag ? `#${tag}` : "");
    p.tag.style.setProperty("--length", Array.from(tag ?? "").length + 1);
    p.tag.hidden = !tag;
    setText(p.clock, clock(nowMs));
    p.session.hidden = !line;
    for (const key of ["word", "where"]) setText(p[key], line?.[key] ?? "");
    setText(p.name, line?.title ?? "");
  }
}

customElements.define("wall-head", WallHead);
