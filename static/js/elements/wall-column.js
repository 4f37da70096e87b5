// <wall-column>: a stack of cards of which only whole, readable ones are shown; the newest is on top, a pinned one above it.

import { readingTime } from "../core/pacing.js";
import { fit } from "../core/layout.js";
import { el } from "./dom.js";
import { CLOSE, ENTER, ended, fadeIn, fadeOut, moveAway, SLIDE, slideFrom } from "./wall-motion.js";

/** A picture grows at most to this share of its column's height. */
const PICTURE_MOST = 0.55;

/** What is left of a column is shared out up to this part of a header's height for each card. */
const STRETCH_MOST = 1.5;

const heightOf = (card) => card.getBoundingClientRect().height;
const topOf = (card) => card.getBoundingClientRect().top;

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
  #pin = null; #track = null; #view = null; #coming = null; #stretched = 0;

  connectedCallback() {
    if (this.#track) return;
    this.#pin = el("div", "wall-pin");
    this.#track = el("div", "wall-track");
    this.#view = el("div", "wall-view", this.#track);
    this.append(this.#pin, this.#view);
  }

  /** Cards from the top, without the ones on their way out. */
  get cards() { return [...this.#track.children].filter((card) => !card.classList.contains("is-leaving")); }
  get pinned() { return this.#pin.firstElementChild; }
  get all() { return this.pinned ? [this.pinned, ...this.cards] : this.cards; }
  get empty() { return this.cards.length === 0; }

  /** The card of a post that is shown here or about to be. */
  find(id) { return [...this.all, this.#coming].find((card) => card?.post.id === id); }

  /** Pixels left for one more card below the last one, were every card as high as its content. */
  get free() {
    const { cards } = this;
    const used = cards.reduce((sum, card) => sum + heightOf(card) + this.#gap, 0);
    return this.#view.clientHeight - used + this.#stretched;
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
    this.#stretch();
    return fits;
  }

  /** A new card comes in on top and what has no place any more leaves. Resolves when it rests. */
  async insert(card, now, motion) {
    this.#moved(card, now);
    if (motion.kind === "fade") return this.#swap(card, () => this.#prepend(card).forEach((old) => old.remove()));
    let leaving = [];
    this.#flip(ENTER, () => { leaving = this.#prepend(card); });
    const dy = heightOf(card) + this.#gap;
    const running = slideFrom(card, -dy);
    fadeIn(card, ENTER);
    leaving.forEach((old) => moveAway(old, dy));
    await Promise.all([ended(running), motion.measure(running)]);
    return leaving.forEach((old) => old.remove());
  }

  /** Takes the first of these cards that fits into the space at the end, whole or else cut; returns it, if any. */
  fill(cards) {
    return this.#flip(CLOSE, () => {
      const card = cards.find((each) => this.place(each)) ?? cards.find((each) => this.place(each, { cut: true }));
      if (card) this.useRoom([card]);
      return card;
    });
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
    const card = [...this.#pin.children, ...this.#track.children].find(({ post }) => post.id === id);
    if (!card) return;
    this.#flip(CLOSE, () => {
      card.remove();
      this.refit();
    });
  }

  /** After a card's content, or the column's height, changed. */
  refit() {
    this.#settle(this.#plan()).forEach((card) => card.remove());
    this.#stretch();
  }

  /** The space that is left goes to what these new cards could not show: later no visible card changes size. */
  useRoom(cards = this.cards) {
    this.#relax();
    for (const card of cards) {
      this.#growText(card);
      this.#growPicture(card);
    }
    this.#stretch();
  }

  /** Pixels below the last card. */
  get #left() { return this.free + this.#gap; }

  #growPicture(card) {
    const box = card.dataset.media === "wide" && card.post.media.length === 1 && card.querySelector(".media__item");
    if (!box || this.#left < 4) return;
    const { width, height } = card.post.media[0];
    const natural = width && height ? (box.clientWidth * height) / width : 0;
    const most = Math.max(box.clientHeight, Math.min(natural, PICTURE_MOST * this.#view.clientHeight));
    card.style.setProperty("--picture", `${Math.floor(Math.min(box.clientHeight + this.#left, most))}px`);
  }

  #growText(card) {
    const text = card.querySelector(".text");
    const { lines, lineHeight } = measure(card);
    const missing = Math.round((text.scrollHeight - text.clientHeight) / lineHeight);
    const room = Math.floor(this.#left / lineHeight);
    if (lines && missing > 0 && room > 0) card.style.setProperty("--room", lines + Math.min(missing, room));
  }

  #moved(card, now) {
    this.movedAt = now;
    this.restUntil = now + readingTime(card.post);
  }

  /** Planned from whole cards: what was cut for want of space gets its lines back when there is some. */
  #plan() {
    const { cards } = this;
    this.#relax();
    cards.forEach((card) => card.style.removeProperty("--lines"));
    return fit(cards.map(measure), this.#view.clientHeight, this.#gap);
  }

  /** Cuts the last card that stays where the plan says so; returns the ones that do not. */
  #settle({ stay, lines }) {
    const { cards } = this;
    if (lines !== null) cards[stay - 1].style.setProperty("--lines", lines);
    return cards.slice(stay);
  }

  /** What is left and too small for a post goes to the cards, so that columns end on one line. */
  #stretch() {
    const { cards } = this;
    const left = this.#left;
    const small = cards.length > 1 && left > 0 && left < STRETCH_MOST * cards.length * heightOf(cards[0].querySelector(".head"));
    this.#stretched = small ? left : 0;
    this.#track.classList.toggle("is-stretched", small);
  }

  #relax() {
    this.#stretched = 0;
    this.#track.classList.remove("is-stretched");
  }

  /** On top; the cards that have no place any more are taken out of the flow where they stand, and returned. */
  #prepend(card) {
    const places = new Map(this.cards.map((old) => [old, old.offsetTop]));
    this.#relax();
    this.#track.prepend(card);
    const leaving = this.#settle(this.#plan());
    for (const old of leaving) {
      old.style.top = `${places.get(old) ?? 0}px`;
      old.classList.add("is-leaving");
    }
    this.useRoom([card]);
    return leaving;
  }

  /** Changes the column and lets every card that stays glide from where it was to where it is now. */
  #flip(duration, change) {
    const before = new Map(this.all.map((card) => [card, topOf(card)]));
    const result = change();
    for (const [card, top] of before) {
      if (!card.isConnected || card.classList.contains("is-leaving")) continue;
      card.getAnimations().filter(({ id }) => id === SLIDE).forEach((animation) => animation.cancel());
      const dy = top - topOf(card);
      if (Math.abs(dy) > 0.5) slideFrom(card, dy, duration);
    }
    return result;
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
