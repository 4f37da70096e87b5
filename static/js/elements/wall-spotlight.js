// <wall-spotlight>: one post, as large as it can be, in front of all the others.

import { el } from "./dom.js";
import { PostCard } from "./post-card.js";
import { CLOSE, ended, fadeIn, fadeOut } from "./wall-motion.js";

/** In sizes of an ordinary post on this wall: what is tried, largest first. */
const SIZES = [2.4, 2.15, 1.9, 1.7, 1.5, 1.35, 1.2, 1.1, 1, 0.9];
const FADE = 500;

export class WallSpotlight extends HTMLElement {
  #card = null; #leaving = false;
  #watch = new ResizeObserver(() => this.#fit());

  connectedCallback() { this.#watch.observe(this); }

  /** `item` of kind post, or null when its time is over; `nowMs` for its age. */
  show(item, nowMs) {
    if (!item) return this.#end();
    if (this.#card?.post.id !== item.id || this.#leaving) return this.#begin(item, nowMs);
    if (this.#card.post === item) return undefined;
    this.#card.post = item;
    return this.#fit();
  }

  /** The post was hidden or deleted: out of this very frame. */
  drop(id) { if (this.#card?.post.id === id) this.#clear(); }

  #begin(item, nowMs) {
    const card = new PostCard();
    card.setAttribute("size", "wall");
    card.setAttribute("sizes", "60vw");
    card.classList.add("is-spotlit");
    card.now = nowMs;
    card.post = item;
    this.#card = card;
    this.#leaving = false;
    this.getAnimations().forEach((animation) => animation.cancel());
    this.replaceChildren(el("div", "spotlight__place", card));
    this.hidden = false;
    this.#fit();
    fadeIn(this, FADE);
  }

  async #end() {
    if (!this.#card || this.#leaving) return;
    const card = this.#card;
    this.#leaving = true;
    const out = fadeOut(this, CLOSE);
    if ((await ended(out)) && this.#card === card) this.#clear();
    out.cancel();
  }

  #clear() {
    this.#card = null;
    this.#leaving = false;
    this.hidden = true;
    this.replaceChildren();
  }

  /** The largest type with which it fits whole; a very long text is cut at a line's end. */
  #fit() {
    const card = this.#card;
    if (!card || !this.clientHeight) return;
    card.style.removeProperty("--lines");
    const fits = (size) => {
      card.style.setProperty("--size", size);
      return card.getBoundingClientRect().height <= this.clientHeight;
    };
    if (!SIZES.some(fits)) this.#cut(card);
  }

  #cut(card) {
    const text = card.querySelector(".text");
    const lineHeight = parseFloat(getComputedStyle(text).lineHeight);
    const over = card.getBoundingClientRect().height - this.clientHeight;
    const lines = Math.floor((text.clientHeight - over) / lineHeight);
    card.style.setProperty("--lines", Math.max(1, lines));
  }
}

customElements.define("wall-spotlight", WallSpotlight);
