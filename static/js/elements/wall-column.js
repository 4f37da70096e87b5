// <wall-column>: a stack of cards of which only whole, readable ones are shown; the newest is on top, a pinned one above it.

import { readingTime } from "../core/pacing.js";
import { fit } from "../core/layout.js";
import { el } from "./dom.js";
import { CLOSE, ENTER, ended, fadeIn, fadeOut, slideFrom } from "./wall-motion.js";

/** A picture grows at most to this share of its column's height. */
const PICTURE_MOST = 0.55;

const heightOf = (card) => card.getBoundingClientRect().height;

/** How far a card's text may be cut: `lines` is 0 when nothing of it can be. */
function measure(card) {
  const text = card.querySelector(".text");
  const height = heightOf(card);
  const uncuttable = text.hidden || card.dataset.length === "emoji" || card.dataset.media === "tall" || card.hasAttribute("data-veiled");
  if (uncuttable) return { height, lines: 0, lineHeight: 1 };
  const lineHeight = parseFloat(getComputedStyle(text).lineHeight);
  return { height, lines: Math.round(text.clientHeight / lineHeight), lineHeight };
}

export class WallColumn extends HTMLElement {
  movedAt = -Infinity;
  restUntil = -Infinity;
  #pin = null; #track = null; #view = null; #leaving = new Set(); #coming = null;

  connectedCallback() {
    if (this.#track) return;
    this.#pin = el("div", "wall-pin");
    this.#track = el("div", "wall-track");
    this.#view = el("div", "wall-view", this.#track);
    this.append(this.#pin, this.#view);
  }

  /** Cards from the top, without the ones on their way out. */
  get cards() { return [...this.#track.children].filter((card) => !this.#leaving.has(card)); }
  get pinned() { return this.#pin.firstElementChild; }
  get all() { return this.pinned ? [this.pinned, ...this.cards] : this.cards; }
  get empty() { return this.cards.length === 0; }

  /** The card of a post that is shown here or about to be. */
  find(id) { return [...this.all, this.#coming].find((card) => card?.post.id === id); }

  /** Pixels left below the last card. */
  get free() {
    const last = this.cards.at(-1);
    const bottom = last ? last.offsetTop + last.offsetHeight + this.#gap : 0;
    return this.#view.clientHeight - bottom;
  }

  get #gap() { return parseFloat(getComputedStyle(this.#track).rowGap) || 0; }

  /** Puts a card at the end if it fits whole (or, with `cut`, at a line's end). False, and no trace, when it does not. */
  place(card, { cut = false } = {}) {
    const before = this.cards.length;
    this.#track.append(card);
    const plan = this.#plan();
    const fits = plan.stay > before && (plan.lines === null || cut);
    if (!fits) card.remove();
    this.#settle(fits ? plan : this.#plan());
    return fits;
  }

  /** A new card comes in on top and what has no place any more leaves. Resolves when it rests. */
  async insert(card, now, motion) {
    this.#moved(card, now);
    if (motion.kind === "fade") return this.#swap(card, () => this.#prepend(card).forEach((old) => old.remove()));
    const leaving = this.#prepend(card);
    leaving.forEach((old) => this.#leaving.add(old));
    const running = slideFrom(this.#track, -(heightOf(card) + this.#gap));
    fadeIn(card, ENTER);
    leaving.forEach((old) => fadeOut(old));
    await Promise.all([ended(running), motion.measure(running)]);
    return leaving.forEach((old) => this.#forget(old));
  }

  /** The hosts' choice stays on top of its column while it is pinned. */
  pin(card, now) {
    this.#moved(card, now);
    return this.#swap(card, () => this.pinAtOnce(card));
  }

  pinAtOnce(card) {
    this.#pin.replaceChildren(card);
    this.refit();
  }

  unpin() {
    const card = this.pinned;
    if (card) this.#swap(card, () => this.#prepend(card).forEach((old) => old.remove()));
  }

  /** A hidden or deleted post: out of this very frame, then the gap closes. */
  drop(id) {
    if (this.#coming?.post.id === id) this.#coming = null;
    const rest = [...this.#pin.children, ...this.#track.children];
    const card = rest.find(({ post }) => post.id === id);
    if (!card) return;
    const below = rest.slice(rest.indexOf(card) + 1);
    const before = below.map((other) => other.getBoundingClientRect().top);
    this.#forget(card);
    this.refit();
    below.forEach((other, index) => slideFrom(other, before[index] - other.getBoundingClientRect().top, CLOSE));
  }

  /** After a card's content, or the column's height, changed. */
  refit() {
    this.#settle(this.#plan()).forEach((card) => card.remove());
  }

  /** The space that is left goes to the first of these new cards whose picture may grow: later no visible picture changes size. */
  growPicture(cards = this.cards) {
    const card = cards.find((each) => each.dataset.media === "wide" && each.post.media.length === 1);
    const left = Math.floor(this.free + this.#gap);
    const box = card?.querySelector(".media__item");
    if (!box || left < 4) return;
    const { width, height } = card.post.media[0];
    const natural = width && height ? (box.clientWidth * height) / width : 0;
    const most = Math.max(box.clientHeight, Math.min(natural, PICTURE_MOST * this.#view.clientHeight));
    card.style.setProperty("--picture", `${Math.min(box.clientHeight + left, most)}px`);
  }

  #moved(card, now) {
    this.movedAt = now;
    this.restUntil = now + readingTime(card.post);
  }

  /** Planned from whole cards: what was cut for want of space gets its lines back when there is some. */
  #plan() {
    const { cards } = this;
    cards.forEach((card) => card.style.removeProperty("--lines"));
    return fit(cards.map(measure), this.#view.clientHeight, this.#gap);
  }

  /** Cuts the last card that stays where the plan says so; returns the ones that do not. */
  #settle({ stay, lines }) {
    const { cards } = this;
    if (lines !== null) cards[stay - 1].style.setProperty("--lines", lines);
    return cards.slice(stay);
  }

  #prepend(card) {
    this.#track.prepend(card);
    const leaving = this.#settle(this.#plan());
    leaving.forEach((old) => this.#leaving.add(old));
    this.growPicture([card]);
    leaving.forEach((old) => this.#leaving.delete(old));
    return leaving;
  }

  #forget(card) {
    this.#leaving.delete(card);
    card.remove();
  }

  /** Everything fades out, changes, fades in; a card that was dropped meanwhile does not come. */
  async #swap(card, change) {
    this.#coming = card;
    const out = fadeOut(this, CLOSE / 2);
    await ended(out);
    if (this.#coming === card) change();
    this.#coming = null;
    out.cancel();
    await ended(fadeIn(this, CLOSE / 2));
  }
}

customElements.define("wall-column", WallColumn);
