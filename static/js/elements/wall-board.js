// <wall-board>: the columns of a wall and the posts in them; it shows what the pacer picks and takes away what leaves.

import { byRoom, chooseColumn, columnCount, unit } from "../core/layout.js";
import { Pacer, readingTime } from "../core/pacing.js";
import { saysOther } from "./live-view.js";
import { ENTER, fadeIn, Motion, slideFrom } from "./wall-motion.js";
import { PostCard } from "./post-card.js";
import "./wall-column.js";

/** Posts that are measured to fill a screen, and to fill the space left at the end of a column. */
const FILL_TRIES = 40;
const SPARE_TRIES = 6;
const SPARE_EVERY = 2_000;
/** One card of so many may say that it is a first post: a word that stands everywhere says nothing. */
const VOICE_SHARE = 3;
/** On a young wall everybody's post is the first: so many posts make it worth saying. */
const FIRST_MEANS = 30;
/** In units of the body size: less is no place for a post. */
const CARD_LEAST = 4.6;

/** A first post is one when the window holds all posts that ever came and this is its author's lowest number. */
export function isFirstPost(store, item) {
  if (store.tip > 500) return false;
  return !store.posts().some((other) => other.author.handle === item.author.handle && other.no < item.no);
}

export class WallBoard extends HTMLElement {
  pacer = new Pacer();
  motion = new Motion();
  /** No post comes in; what leaves leaves, and numbers and ages go on. */
  still = false;
  /** Still, and so strictly that not even other words of a post that is shown come in. */
  frozen = false;
  #store; #clock; #scale = 1; #count = null; #started = false; #moving = false; #join = -1; #spareAt = -Infinity; #quietSince = -Infinity;

  /** `store` to read from, `clock` for ages. */
  setUp({ store, clock }) {
    this.#store = store;
    this.#clock = clock;
    this.#build();
  }

  /** `scale` of the type and how many `columns` there are, null where the width decides. */
  setLook({ scale, columns }, now) {
    this.#scale = scale;
    this.#count = columns;
    this.relayout(now);
  }

  /** Whether posts have been shown at all. */
  get started() { return this.#started; }

  /** Since when nothing has come in, in ms of the page's clock; null while something does. */
  get quietSince() { return this.#moving ? null : this.#quietSince; }

  get columns() { return [...this.querySelectorAll("wall-column")]; }
  get visible() { return new Set(this.columns.flatMap(({ all }) => all.map(({ post }) => post.id))); }
  get #unit() { return unit(innerWidth, innerHeight, this.#scale); }

  /** Another screen size, or the first one: new columns, filled at once. */
  relayout(now) {
    const shown = this.visible;
    this.#build();
    if (!this.#started) return;
    const order = this.#store.posts().map(({ id }) => id);
    const others = this.frozen ? [] : order.filter((id) => !shown.has(id));
    this.#fill([...order.filter((id) => shown.has(id)), ...others], now);
  }

  /** What stands above the board took or gave `dy` px: the board glides to its new place, and what fits no more leaves. */
  shift(dy) {
    this.refit();
    if (this.motion.kind === "slide") slideFrom(this, dy);
    else fadeIn(this);
  }

  /** Takes what a frame changed (a store's `change` detail). */
  take({ changed, gone }, now) {
    gone.forEach((id) => this.#drop(id));
    const posts = changed.map((id) => this.#store.get(id)).filter((item) => item?.kind === "post");
    if (!this.#started) return this.tick(now);
    posts.sort((a, b) => a.no - b.no).forEach((item) => this.#takePost(item, now));
    this.tick(now);
  }

  /** Shows the next post if one is due and a column may move. Call it often. */
  tick(now) {
    if (!this.#started) return this.#start(now);
    if (this.still || this.#moving || document.hidden) return undefined;
    const { columns } = this;
    const { urgent } = this.pacer;
    const rests = columns.map(({ empty, movedAt, restUntil }) => ({ empty, movedAt, restUntil: urgent ? now : restUntil }));
    const column = columns[chooseColumn(rests, now)];
    const id = column && this.pacer.next(now, this.visible);
    if (id) return this.#admit(this.#store.get(id), column, now);
    return now - this.#spareAt >= SPARE_EVERY ? this.#useSpace(now) : undefined;
  }

  /** Ages are told anew. */
  age(now) {
    for (const card of this.querySelectorAll("post-card")) card.now = now;
  }

  /** The join card moves to the foot of the next column. */
  moveJoin() {
    if (this.still) return;
    this.#placeJoin((this.#join + 1) % this.columns.length);
    this.refit();
  }

  /** After something outside changed how high cards or columns are. */
  refit() { this.columns.forEach((column) => column.refit()); }

  #build() {
    const count = this.#count ?? columnCount(innerWidth, this.#unit);
    this.replaceChildren(...Array.from({ length: count }, () => document.createElement("wall-column")));
    document.documentElement.style.setProperty("--columns", count);
    this.#placeJoin(count - 1);
  }

  #placeJoin(index) {
    this.#join = index;
    this.columns.forEach((column, each) => column.classList.toggle("has-join", each === index));
    document.documentElement.style.setProperty("--join-column", index + 1);
  }

  /** The first posts fill the screen at once; a frozen wall has to wait with them. */
  #start(now) {
    if (this.frozen || !this.#store.posts().length) return;
    this.#started = true;
    this.#fill(this.pacer.start(this.#store.posts(), (item) => isFirstPost(this.#store, item)), now);
  }

  #card(item) {
    const card = new PostCard();
    card.setAttribute("size", "wall");
    card.now = this.#clock.now();
    card.post = item;
    this.#label(card);
    return card;
  }

  /** Only what is true: pinned, said by many, somebody's first post here. */
  #label(card) {
    const said = this.pacer.said(card.post.id);
    if (card.post.pinned) card.label = null;
    else if (said > 1) card.label = { kind: "many", text: `${said} people said this` };
    else card.label = this.#isNewVoice(card) ? { kind: "voice", text: "First post here" } : null;
  }

  #isNewVoice(card) {
    if (card.isConnected) return card.label?.kind === "voice";
    const said = this.querySelectorAll('post-card[data-label="voice"]').length;
    const room = said < Math.max(1, this.visible.size / VOICE_SHARE);
    return room && this.#store.tip >= FIRST_MEANS && isFirstPost(this.#store, card.post);
  }

  /** No animation: the newest posts that fit whole, then one that is cut at a line where much space is left. */
  #fill(ids, now) {
    const items = ids.map((id) => this.#store.get(id));
    const pinned = items.filter((item) => item.pinned).slice(0, this.columns.length);
    pinned.forEach((item, index) => { this.columns[index].pinAtOnce(this.#card(item)); this.pacer.shown(item, now, { quiet: true }); });
    const rest = items.filter((item) => !pinned.includes(item)).slice(0, FILL_TRIES);
    const left = rest.filter((item) => !this.#place(item, now, {}));
    left.forEach((item) => this.#place(item, now, { cut: true }));
    for (const column of this.columns) {
      column.useRoom();
      column.movedAt = now;
      const [top] = column.all;
      column.restUntil = top ? now + readingTime(top.post) : now;
    }
  }

  #place(item, now, options) {
    const card = this.#card(item);
    const open = byRoom(this.columns).filter(({ free }) => free >= CARD_LEAST * this.#unit);
    if (!open.some((column) => column.place(card, options))) return false;
    this.pacer.shown(item, now, { quiet: true });
    return true;
  }

  #takePost(item, now) {
    const column = this.columns.find((each) => each.find(item.id));
    if (column && this.frozen && saysOther(column.find(item.id).post, item)) return this.#takeBack(item, now);
    if (column) this.#change(column, item, now);
    if (this.pacer.knows(item.id)) return this.pacer.update(item, now, Boolean(column));
    if (this.pacer.offer(item, now, isFirstPost(this.#store, item)) === "folded") this.#relabel();
    return undefined;
  }

  /** Neither the old words nor the new ones: it comes again when the wall is live. */
  #takeBack(item, now) {
    this.#drop(item.id);
    this.pacer.offer(item, now);
  }

  #relabel() {
    for (const card of this.querySelectorAll("post-card")) this.#label(card);
  }

  #change(column, item, now) {
    const card = column.find(item.id);
    const { text, pinned } = card.post;
    card.post = item;
    this.#label(card);
    if (item.pinned && !pinned) this.#pin(card, column, now);
    else if (pinned && !item.pinned && column.pinned === card) column.unpin();
    else if (text !== item.text) column.refit();
  }

  #pin(card, column, now) {
    const place = column.pinned ? this.columns.find((each) => !each.pinned) : column;
    place?.pin(card, now);
  }

  async #admit(item, column, now) {
    const card = this.#card(item);
    this.pacer.shown(item, now);
    const place = item.pinned && this.columns.find((each) => !each.pinned);
    this.#moving = true;
    try {
      await (place ? place.pin(card, now) : column.insert(card, now, this.motion));
    } finally {
      this.#moving = false;
      this.#quietSince = performance.now();
    }
  }

  /** Space at the end of a column goes to a post that had no place so far; nothing else moves. */
  #useSpace(now) {
    this.#spareAt = now;
    const [column] = byRoom(this.columns);
    if (!column || column.free < CARD_LEAST * this.#unit) return; // a page that nobody can see has no columns
    const card = column.fill(this.pacer.spare(SPARE_TRIES).map((id) => this.#card(this.#store.get(id))));
    if (!card) return;
    fadeIn(card, ENTER);
    this.#quietSince = now;
    this.pacer.shown(card.post, now, { quiet: true });
  }

  #drop(id) {
    this.pacer.remove(id);
    this.columns.forEach((column) => column.drop(id));
  }
}

customElements.define("wall-board", WallBoard);
