// What the desk lists, what is selected and what is ticked: the way through the queue. No DOM.

import { between, isLater, queueOf } from "./desk-queue.js";
import { TABS, afterAction, neighbour, tabOf, tabsOf } from "./desk-view.js";

const LEAVES = new Set(["hide", "show", "block", "later"]);
/** What was put off comes back by itself: looked at so often, in milliseconds. */
const LATER_STEP = 10_000;

/** `store` has the posts, `marksNow()` what is on its way by post, `now()` gives epoch ms. */
export class Browse {
  tab = null; selected = null; words = ""; reason = null; oldest = false; ticked = new Set(); found = null;
  #store; #marksNow; #now; #interrupted = false; #ticked = null; #known = { key: null };

  constructor({ store, marksNow, now }) {
    this.#store = store;
    this.#marksNow = marksNow;
    this.#now = now;
  }

  /** All posts by status as far as the words match, and the open list as it is shown. */
  get lists() {
    if (this.#known.key !== this.#key() || this.#known.found !== this.found) {
      const sorted = this.#sorted();
      this.#known = { key: this.#key(), found: this.found, ...sorted };
    }
    return this.#known;
  }

  #key() { return JSON.stringify([this.#store.seq, this.words, this.reason, this.oldest, this.tab, Math.floor(this.#now() / LATER_STEP)]); }

  #sorted() {
    const tabs = tabsOf(this.#store.posts(), this.words);
    if (this.reason !== null && !tabs.pending.some(({ reason = "" }) => reason === this.reason)) this.reason = null; // the group is done
    this.tab ??= tabs.pending.length ? "pending" : "approved";
    const order = { oldest: this.oldest, reason: this.reason, nowMs: this.#now() };
    const open = this.found?.items ?? (this.tab === "pending" ? queueOf(tabs.pending, order) : tabs[this.tab]);
    return { tabs, open, ids: open.map(({ id }) => id) };
  }

  item(id) { return this.#store.get(id) ?? this.found?.items.find((item) => item.id === id); }
  isLater(post) { return isLater(post, this.#now()); }

  /** Those that a key can lead to: a post that has just been decided on stays in the list for a moment, but is behind us. */
  get within() {
    const marks = this.#marksNow();
    const leaving = (id) => { const mark = marks.get(id); return mark && LEAVES.has(mark.verb) && mark.state !== "unsent"; };
    return this.lists.ids.filter((id) => id === this.selected || !leaving(id));
  }

  /** After a change: a post that went leaves nothing selected, so that a key on its way does not hit another one. */
  settle({ first }) {
    if (this.selected !== null && !this.item(this.selected)) {
      this.selected = null;
      this.#interrupted = true;
    } else if (this.selected === null && !this.#interrupted && first) {
      this.selected = this.within[0] ?? null;
    }
    for (const id of this.ticked) if (!this.item(id)) this.ticked.delete(id);
  }

  choose(id) {
    this.selected = id;
    this.#interrupted = false;
  }

  /** The post `step` away from the selected one, or null. */
  step(step) { return this.selected === null ? (this.within[0] ?? null) : neighbour(this.within, this.selected, step); }
  after() { return afterAction(this.within, this.selected); }

  open(tab) {
    [this.tab, this.found, this.reason] = [tab, null, null];
    this.choose(null);
  }

  filter(reason) {
    this.reason = this.reason === reason ? null : reason;
    this.choose(null);
  }

  /** Opens the list in which a post is. */
  openFor(id) {
    const item = this.item(id);
    if (!item) return;
    if (!this.lists.ids.includes(id) && TABS.includes(tabOf(item))) [this.tab, this.reason, this.words, this.found] = [tabOf(item), null, "", null];
    this.choose(id);
  }

  /** Ticks a post or takes its tick off; `range`: from the one ticked last up to it. */
  tick(id, range = false) {
    if (range && this.#ticked !== null) between(this.lists.ids, this.#ticked, id).forEach((one) => this.ticked.add(one));
    else if (!this.ticked.delete(id)) this.ticked.add(id);
    this.#ticked = id;
  }

  tickAll() { this.lists.ids.forEach((id) => this.ticked.add(id)); }
  untick() { this.ticked.clear(); }

  /** How much of the open list is ticked: "none", "some" or "all". */
  get share() {
    if (!this.ticked.size) return "none";
    return this.lists.ids.every((id) => this.ticked.has(id)) ? "all" : "some";
  }
}
