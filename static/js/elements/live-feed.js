// The attendee view's list of posts: cards that are kept, updated in place, and never moved under the reader.

import { el } from "./dom.js";
import { arrange } from "./live-keyed.js";
import { hostOf, isFederated } from "./live-links.js";
import "./post-card.js";

function button(act, text, extra) {
  const node = el("button", "act", text, extra && el("span", "visually-hidden", extra));
  node.type = "button";
  node.dataset.act = act;
  return node;
}

function openLink(post) {
  const link = el("a", "act act--open", `Open on ${hostOf(post.url)}`);
  Object.assign(link, { href: post.url, target: "_blank", rel: "noopener noreferrer" });
  return link;
}

/** Reply and boost through one's own server where that works; the post itself everywhere. */
function actionsFor(post) {
  const to = ` ${post.author.name.text}`;
  const own = isFederated(post) ? [button("reply", "Reply", to), button("boost", "Boost", to)] : [];
  return post.url && post.network !== "form" ? [...own, openLink(post)] : [];
}

/** Draws what it is told: `pinned` and `feed` are elements, `anchor` holds the reader's place, `now()` gives epoch ms. */
export class Feed {
  #pinned; #feed; #anchor; #now; #cards = new Map(); #divider = null; #sizes;

  constructor({ pinned, feed, now }) {
    this.#pinned = pinned;
    this.#feed = feed;
    this.#now = now;
    this.#sizes = new ResizeObserver(() => this.#anchor?.restore());
  }

  set anchor(anchor) { this.#anchor = anchor; }

  /** All cards in document order. */
  cards() { return [...this.#pinned.children, ...this.#feed.children].filter((node) => node.post); }

  card(id) { return this.#cards.get(id); }

  /** Shows these posts and no others. `divider` is `{before: id, count}` or null; `fresh` ids fade in. */
  draw({ pinned, shown, divider = null, fresh = new Set() }) {
    this.#keepFocus(new Set([...pinned, ...shown].map(({ id }) => id)));
    const top = pinned.map((post) => this.#put(post));
    const cards = shown.map((post) => this.#put(post));
    for (const card of cards) card.toggleAttribute("data-fresh", fresh.has(card.post.id));
    arrange(this.#pinned, top);
    this.#pinned.hidden = top.length === 0;
    arrange(this.#feed, this.#divided(cards, divider));
    this.#forget(new Set([...top, ...cards]));
    this.#count(cards);
  }

  /** Takes new versions into cards that are drawn. */
  update(posts) {
    for (const post of posts) {
      const card = this.#cards.get(post.id);
      if (card) card.post = post;
    }
  }

  /** Ages are told anew. */
  tick() {
    for (const card of this.#cards.values()) card.now = this.#now();
  }

  #put(post) {
    const known = this.#cards.get(post.id);
    if (known) return known;
    const card = document.createElement("post-card");
    card.setAttribute("interactive", "");
    card.tabIndex = 0;
    card.now = this.#now();
    card.post = post;
    card.actions.append(...actionsFor(post));
    this.#cards.set(post.id, card);
    this.#sizes.observe(card);
    return card;
  }

  /** When the post that has focus leaves, the next one takes it, so that a keyboard reader is not thrown to the top. */
  #keepFocus(staying) {
    const cards = this.cards();
    const at = cards.findIndex((card) => card.contains(document.activeElement));
    if (at < 0 || staying.has(cards[at].post.id)) return;
    const next = [...cards.slice(at + 1), ...cards.slice(0, at).reverse()].find((card) => staying.has(card.post.id));
    next?.focus({ preventScroll: true });
  }

  #divided(cards, divider) {
    const at = divider ? cards.findIndex((card) => card.post.id === divider.before) : -1;
    if (at < 1) return cards;
    this.#divider ??= el("div", "divider", el("span", "divider__text"));
    this.#divider.setAttribute("role", "none");
    this.#divider.firstChild.textContent = `${divider.count} new above`;
    return [...cards.slice(0, at), this.#divider, ...cards.slice(at)];
  }

  #forget(staying) {
    for (const [id, card] of this.#cards) {
      if (staying.has(card)) continue;
      this.#sizes.unobserve(card);
      this.#cards.delete(id);
    }
  }

  #count(cards) {
    cards.forEach((card, index) => {
      card.setAttribute("aria-posinset", String(index + 1));
      card.setAttribute("aria-setsize", "-1");
    });
  }

  get divider() { return this.#divider?.isConnected ? this.#divider : null; }
}
