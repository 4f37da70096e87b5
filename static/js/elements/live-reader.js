// One reader of a wall: what is let in, what waits behind the pill, and where the reader stands.

import { matcher } from "./live-filter.js";
import { PAGE, part, saysOther } from "./live-view.js";

/** After so many ms at the top without a sign of the reader, waiting posts come in by themselves: nobody's place is lost. */
export const AWAY = 60_000;

/** Where the divider comes to stand after the pill: two thirds down, so that one reads upwards from there. */
const DIVIDER_AT = 2 / 3;
/** Pixels above a tall post, whose head is worth more than the divider's place. */
const EDGE = 12;

/**
 * `store`, `feed` and `anchor` as elsewhere; `reading()` is true while new posts must not come in by themselves, `away()` gives ms
 * since the reader last did anything. Events: `drawn` with detail `{waiting, shown, pinned, older, arrived}`.
 */
export class Reader extends EventTarget {
  #store; #feed; #anchor; #reading; #away; #filter; #matches;
  #top = null; #epoch = null; #count = PAGE; #divider = null; #paused = false; #posts = new Map();

  constructor({ store, feed, anchor, filter, reading, away }) {
    super();
    Object.assign(this, { filter });
    this.#store = store;
    this.#feed = feed;
    this.#anchor = anchor;
    this.#reading = reading;
    this.#away = away;
    store.addEventListener("change", ({ detail }) => this.#changed(detail));
  }

  get filter() { return this.#filter; }
  set filter(filter) { this.#filter = filter; this.#matches = matcher(filter); }

  get paused() { return this.#paused; }

  /** A new filter starts at the top again. */
  look(filter) {
    this.filter = filter;
    this.#letAllIn();
    this.#draw();
    window.scrollTo({ top: 0, behavior: "instant" });
  }

  pause(paused) {
    this.#paused = paused;
    this.#anchor.hold(() => { this.#feed.update(this.#store.posts()); this.#draw(); });
  }

  /** Draws more of the older posts, when there are any. */
  more() {
    this.#count += PAGE;
    this.#anchor.hold(() => this.#draw());
  }

  /** What the pill does: everything comes in, a divider marks where one was, the oldest new post has focus. */
  letIn() {
    const { waiting, shown } = this.#part();
    if (!waiting.length) return;
    this.#top = this.#store.tip;
    this.#count = Math.max(this.#count, shown.length) + waiting.length;
    this.#divider = shown.length ? { before: shown[0].id, count: waiting.length } : null;
    this.#draw();
    const oldest = this.#feed.card(waiting.at(-1).id);
    oldest.focus({ preventScroll: true });
    const line = this.#feed.divider?.getBoundingClientRect().top ?? 0;
    const down = Math.min(line - window.innerHeight * DIVIDER_AT, this.#anchor.below(oldest) - EDGE);
    window.scrollBy({ top: down, behavior: "instant" });
    this.#anchor.remember();
  }

  #part() {
    return part(this.#store.posts(), { top: this.#top, count: this.#count, matches: this.#matches });
  }

  #letAllIn() {
    this.#top = this.#store.tip;
    this.#count = PAGE;
    this.#divider = null;
  }

  #changed({ changed, snapshot }) {
    const first = this.#top === null || this.#store.epoch !== this.#epoch;
    this.#epoch = this.#store.epoch;
    const arrived = first ? [] : this.#arrived(changed, snapshot);
    if (first || this.#mayComeIn(arrived)) this.#letAllIn();
    this.#anchor.hold(() => {
      this.#feed.update(this.#newer(changed));
      this.#draw(arrived);
    });
  }

  /** New posts of this frame that the filter lets through; `#posts` are the versions known before. */
  #arrived(changed, snapshot) {
    const ids = snapshot ? this.#store.posts().map(({ id }) => id) : changed;
    return ids.map((id) => this.#store.get(id))
      .filter((post) => post?.kind === "post" && !this.#posts.has(post.id) && !post.pinned && this.#matches(post));
  }

  /** Only at the very top, with nobody reading, and not past posts that already wait (unless the reader is away). */
  #mayComeIn(arrived) {
    if (!arrived.length || this.#paused || !this.#anchor.atTop || this.#reading()) return false;
    return this.#part().waiting.length === arrived.length || this.#away() > AWAY;
  }

  /** While paused, only what says something else is taken: numbers stand still. */
  #newer(changed) {
    const posts = changed.map((id) => this.#store.get(id)).filter((item) => item?.kind === "post");
    if (!this.#paused) return posts;
    return posts.filter((post) => { const before = this.#feed.card(post.id)?.post; return before && saysOther(before, post); });
  }

  #draw(arrived = []) {
    const parts = this.#part();
    this.#posts = new Map(this.#store.posts().map((post) => [post.id, post]));
    this.#feed.draw({ ...parts, divider: this.#divider, fresh: new Set(arrived.map(({ id }) => id)) });
    const detail = { ...parts, waiting: parts.waiting.length, arrived: arrived.length };
    this.dispatchEvent(new CustomEvent("drawn", { detail }));
  }
}
