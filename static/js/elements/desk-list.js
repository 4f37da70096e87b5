// The desk's list: a stretch of the posts as rows, kept and updated in place, so that ten thousand cost no more than sixty.

import { setText } from "./dom.js";
import { Row } from "./desk-row.js";
import { PAGE, grown, stretch } from "./desk-stretch.js";
import { boxScroller, Anchor } from "./live-anchor.js";
import { arrange } from "./live-keyed.js";

const EARLY = 2;
const number = new Intl.NumberFormat("en");

/** `box` scrolls and holds `list`; `above` and `below` say how many are not drawn; `choose(id)` and `tick(id, range)` are called on a click. */
export class PostList {
  #box; #list; #above; #below; #rows = new Map(); #stretch = { from: 0, to: PAGE }; #posts = []; #view = {}; #anchor;

  constructor({ box, list, above, below, choose, tick }) {
    [this.#box, this.#list, this.#above, this.#below] = [box, list, above, below];
    this.#anchor = new Anchor(() => [...list.children], boxScroller(box));
    list.addEventListener("click", (event) => {
      const { target, shiftKey } = event;
      const row = target.closest(".row");
      if (row) choose(row.dataset.id);
      else if (target.matches(".tick__box")) tick(target.dataset.id, shiftKey);
    });
    box.addEventListener("scroll", () => this.#scrolled(), { passive: true });
  }

  /** Shows these posts. `view`: `{selected, nowMs, marks, claimOf, ticked, isLater}`. `fresh`: another list, which starts at its top. */
  draw(posts, view, { fresh = false } = {}) {
    const moved = view.selected !== this.#view.selected;
    this.#posts = posts;
    this.#view = view;
    this.#stretch = stretch(this.#followed(fresh), posts.length, moved ? posts.findIndex(({ id }) => id === view.selected) : -1);
    this.#anchor.hold(() => this.#arrange());
    if (fresh) this.#box.scrollTop = 0;
  }

  /** The stretch goes along with its rows when posts come before them; at the very top it stays, so that new posts show. */
  #followed(fresh) {
    if (fresh) return { from: 0, to: PAGE };
    const { from, to } = this.#stretch;
    if (from === 0 && this.#anchor.atTop) return this.#stretch;
    const at = this.#posts.findIndex(({ id }) => this.#rows.has(id));
    return at < 0 ? this.#stretch : { from: at, to: at + to - from };
  }

  /** Brings the selected row into view, and focus to it when asked. */
  reveal({ focus }) {
    const row = this.#rows.get(this.#view.selected);
    if (!row) return;
    row.node.scrollIntoView({ block: "nearest", behavior: "instant" });
    if (focus) row.button.focus({ preventScroll: true });
    this.#anchor.remember();
  }

  tick(nowMs) { for (const row of this.#rows.values()) row.age(nowMs); }

  #scrolled() {
    this.#anchor.scrolled();
    const { scrollTop, clientHeight, scrollHeight } = this.#box;
    const { from, to } = this.#stretch;
    const low = scrollTop + clientHeight * EARLY >= scrollHeight && to < this.#posts.length;
    if (!low && !(scrollTop < clientHeight && from > 0)) return;
    this.#keepSeen(() => {
      this.#stretch = grown(this.#stretch, this.#posts.length, low);
      this.#arrange();
    });
  }

  /** The first row that can be seen stays where it is, also at the very top, where the anchor holds nothing. */
  #keepSeen(change) {
    const edge = this.#box.getBoundingClientRect().top;
    const seen = [...this.#list.children].find((node) => node.getBoundingClientRect().bottom > edge);
    const before = seen?.getBoundingClientRect().top;
    change();
    if (seen?.isConnected) this.#box.scrollBy({ top: seen.getBoundingClientRect().top - before, behavior: "instant" });
    this.#anchor.remember();
  }

  #arrange() {
    const { from, to } = this.#stretch;
    const open = this.#posts.slice(from, to);
    arrange(this.#list, open.map((post) => this.#put(post)));
    const ids = new Set(open.map(({ id }) => id));
    for (const id of this.#rows.keys()) if (!ids.has(id)) this.#rows.delete(id);
    more(this.#above, from, "above");
    more(this.#below, this.#posts.length - to, "below");
  }

  #put(post) {
    const { selected, nowMs, marks, claimOf, ticked, isLater } = this.#view;
    const row = this.#rows.get(post.id) ?? new Row(post.id);
    this.#rows.set(post.id, row);
    row.draw(post, { nowMs, mark: marks.get(post.id), claim: claimOf(post.id), selected: post.id === selected, ticked: ticked.has(post.id), later: isLater(post) });
    return row.node;
  }
}

function more(node, count, where) {
  node.hidden = count <= 0;
  setText(node, `${number.format(Math.max(0, count))} more ${where}`);
}
