// The desk's list: one row a post, newest first, kept and updated in place.

import { networkName } from "../core/networks.js";
import { ago } from "../core/time.js";
import { el, picture, setText } from "./dom.js";
import { boxScroller, Anchor } from "./live-anchor.js";
import { arrange } from "./live-keyed.js";
import { pieces, piecesToNodes } from "./rich-text.js";

/** So many rows are drawn at first, and so many more each time the end comes near. */
const PAGE = 60;
const DOING = { hide: "hiding …", show: "showing …", pin: "pinning …", unpin: "unpinning …", apart: "setting apart …", together: "putting together …" };

/** What stands at a row while its decision is on the way: "hiding …", or that it is not sent yet. */
export function markWords(mark) {
  if (!mark) return "";
  return mark.state === "unsent" ? `${DOING[mark.verb].replace(" …", "")}: not yet sent` : DOING[mark.verb];
}

function rowNode() {
  const parts = { name: el("bdi", "row__name"), time: el("time", "row__time"), text: el("span", "row__text"), why: el("span", "row__why"),
    mark: el("span", "row__mark"), thumb: el("span", "row__thumb") };
  parts.text.dir = "auto";
  const button = el("button", "row", el("span", "row__head", parts.name, parts.time), parts.text, parts.why, parts.mark, parts.thumb);
  button.type = "button";
  return { node: el("li", "", button), button, parts, shown: "" };
}

function thumbNodes({ media, sensitive, warning }) {
  const medium = media.find(({ src }) => src);
  if (!medium) return [];
  if (sensitive || warning) return [el("span", "row__veil", "sensitive")];
  const img = picture(`${medium.src}?size=s`, "", 56, 56, "row__picture");
  img.addEventListener("unavailable", () => img.remove(), { once: true });
  return [img];
}

function why({ rule, warning, pinned, status, also = [] }) {
  const places = also.map(({ network }) => networkName(network)).join(", ");
  return [pinned && "Pinned", status === "copy" && "Copy", places && `Also on ${places}`, rule, warning && `Warning: ${warning}`].filter(Boolean).join(" · ");
}

function fill(row, post) {
  const shown = JSON.stringify([post.author.name, post.text, post.rule, post.warning, post.pinned, post.media, post.sensitive, post.status, post.also]);
  if (row.shown === shown) return;
  row.shown = shown;
  row.button.dataset.status = post.status;
  const { name } = post.author;
  row.parts.name.replaceChildren(piecesToNodes(pieces(name.text, name.spans), { links: false }));
  row.parts.text.replaceChildren(piecesToNodes(pieces(post.text, post.spans), { links: false }));
  row.parts.text.lang = post.language ?? "";
  setText(row.parts.why, why(post));
  row.parts.thumb.replaceChildren(...thumbNodes(post));
}

/** `box` scrolls and holds `list`; `choose(id)` is called on a click, `markOf(id)` gives what is on the way. */
export class PostList {
  #box; #list; #markOf; #now; #rows = new Map(); #count = PAGE; #posts = []; #selected = null; #anchor;

  constructor({ box, list, choose, markOf, now }) {
    this.#box = box;
    this.#list = list;
    this.#markOf = markOf;
    this.#now = now;
    this.#anchor = new Anchor(() => [...list.children], boxScroller(box));
    list.addEventListener("click", ({ target }) => { const id = target.closest(".row")?.dataset.id; if (id) choose(id); });
    box.addEventListener("scroll", () => this.#scrolled(), { passive: true });
  }

  /** Shows these posts with one selected. `fresh`: another list, which starts at its top. */
  draw(posts, selected, { fresh = false } = {}) {
    this.#posts = posts;
    this.#selected = selected;
    if (fresh) this.#count = PAGE;
    const at = posts.findIndex(({ id }) => id === selected);
    this.#count = Math.max(this.#count, at + 1);
    this.#anchor.hold(() => this.#arrange());
    if (fresh) this.#box.scrollTop = 0;
  }

  /** Brings the selected row into view, and focus to it when focus is in the list already or nowhere. */
  reveal({ focus }) {
    const row = this.#rows.get(this.#selected);
    if (!row) return;
    row.node.scrollIntoView({ block: "nearest", behavior: "instant" });
    if (focus) row.button.focus({ preventScroll: true });
    this.#anchor.remember();
  }

  tick() { for (const post of this.#posts.slice(0, this.#count)) this.#age(post); }

  #scrolled() {
    this.#anchor.scrolled();
    const { scrollTop, clientHeight, scrollHeight } = this.#box;
    if (this.#count >= this.#posts.length || scrollTop + clientHeight * 2 < scrollHeight) return;
    this.#count += PAGE;
    this.#anchor.hold(() => this.#arrange());
  }

  #arrange() {
    const open = this.#posts.slice(0, this.#count);
    arrange(this.#list, open.map((post) => this.#put(post)));
    const ids = new Set(open.map(({ id }) => id));
    for (const id of this.#rows.keys()) if (!ids.has(id)) this.#rows.delete(id);
  }

  #put(post) {
    const row = this.#rows.get(post.id) ?? rowNode();
    this.#rows.set(post.id, row);
    row.button.dataset.id = post.id;
    fill(row, post);
    this.#age(post);
    const mark = this.#markOf(post.id);
    setText(row.parts.mark, markWords(mark));
    row.button.dataset.mark = mark?.state ?? "";
    if (post.id === this.#selected) row.button.setAttribute("aria-current", "true");
    else row.button.removeAttribute("aria-current");
    return row.node;
  }

  #age(post) {
    const time = this.#rows.get(post.id)?.parts.time;
    if (!time) return;
    time.dateTime = post.created_at;
    setText(time, ago(post.created_at, this.#now()));
  }
}
