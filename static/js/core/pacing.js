// Which post a wall shows next, and when: people must be able to read what passes. Pure: time is passed in, in milliseconds.

import { Bounded } from "./bounded.js";
import { ALIKE, grams, likeness } from "./similar.js";

/** Measured and simulated choices: reading is 12 characters a second, half of that for CJK (its glyphs weigh two). */
export const CHARACTERS_PER_SECOND = 12;
export const READ_MIN = 6_000;
export const READ_MAX = 20_000;
export const TICK_CALM = 10_000;
export const TICK_BUSY = 3_500;
export const BUSY_AT = 12;
export const MAX_LAG = 120_000;
export const AUTHOR_REST = 120_000;
export const AGAIN_AFTER = 20 * 60_000;
export const AGAIN_REPOSTS = 3;
export const IDLE_AFTER = 90_000;
export const IDLE_EVERY = 30_000;
/** Ceilings, so that a day costs no more than an hour. */
export const MOST = { queue: 200, posts: 500, seen: 5_000, authors: 1_000, recent: 30 };

const READ_START = 1_500;
const READ_PICTURE = 2_000;
const AGE_COST = 40_000;
const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;

const reposts = (item) => Math.max(item.counts.reposts, item.passed_on.count);

/** Milliseconds that people need for a post. */
export function readingTime(item) {
  const text = item.warning || item.text;
  const characters = Array.from(text).length + (text.match(CJK)?.length ?? 0);
  const ms = READ_START + (1000 * characters) / CHARACTERS_PER_SECOND + (item.media.length ? READ_PICTURE : 0);
  return Math.min(READ_MAX, Math.max(READ_MIN, ms));
}

/** Milliseconds between two arrivals with so many posts waiting: calm means that one reader can read everything. */
export function interval(waiting) {
  const busy = Math.min(1, Math.max(0, waiting - 1) / (BUSY_AT - 1));
  return TICK_CALM - busy * (TICK_CALM - TICK_BUSY);
}

/** What a post is worth showing, before its wait and its author's last appearance are taken off. */
function worth({ item, voice, back }) {
  return (item.pinned || back ? 100 : 0) + (voice ? 3 : 0) + (item.media.length ? 1 : 0) + 0.7 * Math.log2(1 + reposts(item));
}

/** The queue, the reserve and the memory of one wall. Ids come out; the caller has the items. */
export class Pacer {
  #waiting = new Map();                          // id → {item, since, voice, grams}
  #reserve = new Bounded(MOST.posts);            // id → {item, voice, shownAt, reposts}
  #unseen = new Bounded(MOST.posts);             // ids that had no place: the "+N more"
  #known = new Bounded(MOST.seen);
  #authors = new Bounded(MOST.authors);          // handle → when shown
  #recent = new Bounded(MOST.recent);            // id → grams of what was shown last
  #folded = new Bounded(MOST.posts);             // id → ids that say the same
  #taken = new Bounded(MOST.posts);              // ids that people saw and that were taken away
  #lastNews = -Infinity;
  #lastShown = -Infinity;

  get waiting() { return this.#waiting.size; }
  get more() { return this.#unseen.size; }
  knows(id) { return this.#known.has(id); }

  /** Whether a post waits that a moderator put back: it was being read when it left, so it does not wait for its turn. */
  get urgent() { return [...this.#waiting.values()].some(({ back }) => back); }

  /** How many people said this: the post itself and the ones folded into it. */
  said(id) { return 1 + (this.#folded.get(id)?.size ?? 0); }

  /** Takes what a wall finds when it starts: nothing waits, everything can be shown. Returns ids to fill the screen with, best order. */
  start(items, isVoice) {
    const authors = new Set();
    const first = [];
    const later = [];
    for (const item of items) {
      this.#known.set(item.id, true);
      if (this.#foldInto(this.#recent, item)) continue;
      this.#keep(item, isVoice(item));
      if (first.length < MOST.recent) this.#recent.set(item.id, grams(item.text));
      (authors.has(item.author.handle) ? later : first).push(item.id);
      authors.add(item.author.handle);
    }
    this.#recent.clear();
    return [...first, ...later];
  }

  /** A post that was not known. Returns "known", "folded" or "waiting". */
  offer(item, now, voice = false) {
    if (this.#known.has(item.id)) return "known";
    this.#known.set(item.id, true);
    const own = grams(item.text);
    if (this.#taken.delete(item.id)) return this.#queue({ item, since: now, voice, grams: own, back: true }, now);
    if (this.#foldInto(this.#recent, item, own) || this.#foldInto(this.#waiting, item, own)) return "folded";
    return this.#queue({ item, since: now, voice, grams: own }, now);
  }

  /**
   * A known post changed. Passed on by at least three more people since it was shown, 20 minutes ago or more, it may come again;
   * a newly pinned one comes. Neither while it is `visible`.
   */
  update(item, now, visible = false) {
    const entry = this.#waiting.get(item.id);
    if (entry) entry.item = item;
    const kept = this.#reserve.get(item.id);
    if (!kept) return;
    kept.item = item;
    const again = now - kept.shownAt >= AGAIN_AFTER && reposts(item) >= kept.reposts + AGAIN_REPOSTS;
    const comes = again || (item.pinned && !kept.pinned);
    if (comes && !entry && !visible) this.#queue({ item, since: now, voice: false, grams: grams(item.text) }, now);
    kept.pinned = item.pinned;
  }

  /** A post left the wall: it leaves the queue, the reserve and every count. Its duplicates may be shown later. */
  remove(id) {
    if (this.#reserve.get(id)?.shownAt > -Infinity) this.#taken.set(id, true);
    for (const map of [this.#waiting, this.#reserve, this.#unseen, this.#recent, this.#folded, this.#known]) map.delete(id);
    for (const [, ids] of this.#folded) ids.delete(id);
  }

  /** The id to show now, or null: one at a time, with the pause that the queue asks for; pinned posts do not pause. */
  next(now, visible = new Set()) {
    this.#expire(now);
    const best = this.#best(now);
    if (best && (best.item.pinned || best.back || now - this.#lastShown >= interval(this.#waiting.size))) return best.item.id;
    if (best || now - this.#lastNews < IDLE_AFTER || now - this.#lastShown < IDLE_EVERY) return null;
    return this.#idle(now, visible);
  }

  /** Ids of the reserve that had no place so far, newest first: for space that is left at the end of a column. */
  spare(most) {
    const items = [...this.#unseen.keys()].map((id) => this.#reserve.get(id)?.item).filter((item) => item && !item.pinned);
    return items.sort((a, b) => b.no - a.no).slice(0, most).map(({ id }) => id);
  }

  /** The caller has put this post on the screen. `quiet`: it filled a space, which is no arrival. */
  shown(item, now, { quiet = false } = {}) {
    const entry = this.#waiting.get(item.id);
    this.#waiting.delete(item.id);
    this.#unseen.delete(item.id);
    this.#authors.set(item.author.handle, now);
    this.#recent.set(item.id, grams(item.text));
    const voice = entry?.voice ?? this.#reserve.get(item.id)?.voice ?? false;
    this.#reserve.set(item.id, { item, voice, shownAt: now, reposts: reposts(item), pinned: item.pinned });
    if (quiet) return;
    this.#lastShown = now;
    if (entry) this.#lastNews = now;
  }

  /** Everything kept, by name: for the operator's strip and for tests of the ceilings. */
  sizes() {
    return { waiting: this.#waiting.size, reserve: this.#reserve.size, unseen: this.#unseen.size, known: this.#known.size,
      authors: this.#authors.size, recent: this.#recent.size, folded: this.#folded.size };
  }

  #score(entry, now) {
    const author = now - (this.#authors.get(entry.item.author.handle) ?? -Infinity) < AUTHOR_REST ? 4 : 0;
    return worth(entry) - (now - entry.since) / AGE_COST - author;
  }

  #best(now) {
    let best = null;
    let top = -Infinity;
    for (const entry of this.#waiting.values()) {
      const score = this.#score(entry, now);
      if (score > top) [best, top] = [entry, score];
    }
    return best;
  }

  /** One waiting post an author, the better one; and never more than the ceiling. */
  #queue(entry, now) {
    const { handle } = entry.item.author;
    const rival = [...this.#waiting.values()].find(({ item }) => item.author.handle === handle && !item.pinned);
    if (rival && !entry.item.pinned && !entry.back) {
      const [better, worse] = this.#score(entry, now) >= this.#score(rival, now) ? [entry, rival] : [rival, entry];
      this.#waiting.delete(worse.item.id);
      this.#keep(worse.item, worse.voice);
      if (better === rival) return "folded";
    }
    this.#waiting.set(entry.item.id, entry);
    if (this.#waiting.size > MOST.queue) this.#dropWorst(now);
    return "waiting";
  }

  #dropWorst(now) {
    const scored = [...this.#waiting.values()].map((entry) => [this.#score(entry, now), entry]);
    this.#setAside(scored.reduce((a, b) => (b[0] < a[0] ? b : a))[1]);
  }

  #expire(now) {
    for (const entry of [...this.#waiting.values()]) {
      if (now - entry.since > MAX_LAG && !entry.item.pinned) this.#setAside(entry);
    }
  }

  #setAside({ item, voice }) {
    this.#waiting.delete(item.id);
    this.#keep(item, voice);
  }

  /** Into the reserve; a post that was never shown also counts as one more. */
  #keep(item, voice) {
    const kept = this.#reserve.get(item.id);
    this.#reserve.set(item.id, kept ?? { item, voice, shownAt: -Infinity, reposts: reposts(item), pinned: item.pinned });
    if (!kept) this.#unseen.set(item.id, true);
  }

  /** Bare words that somebody said already count there; a post that brings more than words does not. */
  #foldInto(others, item, own = grams(item.text)) {
    const brings = item.media.length || item.quote || item.poll || item.warning || item.pinned;
    if (brings || own.size === 0) return false;
    for (const [id, other] of others) {
      if (likeness(own, other.grams ?? other) < ALIKE) continue;
      const ids = this.#folded.get(id) ?? new Set();
      if (ids.size < MOST.posts) ids.add(item.id);
      this.#folded.set(id, ids);
      return true;
    }
    return false;
  }

  #idle(now, visible) {
    const rested = [...this.#reserve.values()].filter(({ item, shownAt }) => !visible.has(item.id) && now - shownAt >= AGAIN_AFTER);
    const value = (kept) => worth(kept) + (kept.shownAt === -Infinity ? 2 : 0) + 0.3 * Math.log2(1 + kept.item.counts.likes);
    return rested.sort((a, b) => value(b) - value(a) || b.item.no - a.item.no)[0]?.item.id ?? null;
  }
}
