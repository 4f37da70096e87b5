// Keeps what is being read where it is while posts come, go and grow around it; scroll anchoring is no help (Safari has none).

const TOP = 1;

/** The page itself as the thing that scrolls; `cover` tells how many pixels a fixed header hides. */
export function pageScroller(cover) {
  return {
    get top() { return window.scrollY; },
    by(pixels) { window.scrollBy({ top: pixels, behavior: "instant" }); },
    range: () => ({ from: cover(), to: window.innerHeight }),
  };
}

/** One box as the thing that scrolls. */
export function boxScroller(box) {
  return {
    get top() { return box.scrollTop; },
    by(pixels) { box.scrollBy({ top: pixels, behavior: "instant" }); },
    range() { const { top, bottom } = box.getBoundingClientRect(); return { from: top, to: bottom }; },
  };
}

/**
 * `cards()` are the elements in document order. Positions are remembered when the reader scrolls and restored after each change,
 * always against the remembered ones, so that rounding does not add up.
 */
export class Anchor {
  #cards; #scroller; #spots = []; #setBy = null;

  constructor(cards, scroller) {
    this.#cards = cards;
    this.#scroller = scroller;
  }

  get atTop() { return this.#scroller.top <= TOP; }

  /** Whether any part of this element can be seen. */
  sees(element) {
    const { from, to } = this.#scroller.range();
    const { top, bottom } = element.getBoundingClientRect();
    return bottom > from && top < to;
  }

  /** Pixels from the upper edge of what can be seen down to an element's top. */
  below(element) { return element.getBoundingClientRect().top - this.#scroller.range().from; }

  /** Call on every scroll event; scrolling that comes from `restore` changes nothing. */
  scrolled() {
    if (this.#setBy !== null && Math.abs(this.#scroller.top - this.#setBy) < 1) return;
    this.remember();
  }

  /** Takes down where the visible cards are; at the very top nothing is held, so that new posts show. */
  remember() {
    this.#setBy = null;
    this.#spots = this.atTop ? [] : this.#visible();
  }

  /** Runs `change` and puts what was being read back to where it was. */
  hold(change) {
    if (!this.#spots.some(({ card }) => card.isConnected)) this.remember();
    change();
    this.restore();
  }

  restore() {
    const spot = this.#spots.find(({ card }) => card.isConnected);
    if (!spot) return;
    const moved = spot.card.getBoundingClientRect().top - spot.top;
    if (Math.abs(moved) < 0.5) return;
    this.#scroller.by(moved);
    this.#setBy = this.#scroller.top;
  }

  #visible() {
    const { from, to } = this.#scroller.range();
    const spots = [];
    for (const card of this.#cards()) {
      const { top, bottom } = card.getBoundingClientRect();
      if (top >= to) break;
      if (bottom > from) spots.push({ card, top });
    }
    const focused = spots.find(({ card }) => card.contains(document.activeElement));
    return focused ? [focused, ...spots] : spots;
  }
}
