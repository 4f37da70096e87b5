// One row of the desk's list: who, what, why it waits, who is on it, and the box to tick it.

import { networkName } from "../core/networks.js";
import { ago } from "../core/time.js";
import { el, picture, setText } from "./dom.js";
import { avatarNodes } from "./post-card.js";
import { pieces, piecesToNodes } from "./rich-text.js";

const DOING = { hide: "hiding …", show: "showing …", pin: "pinning …", unpin: "unpinning …", apart: "setting apart …", together: "putting together …",
  later: "putting off …", now: "taking back …", block: "blocking …", undo: "taking back …" };

/** What stands at a row while its decision is on the way: "hiding …", or that it is not sent yet. */
export function markWords(mark) {
  if (!mark) return "";
  const words = DOING[mark.verb] ?? "";
  return mark.state === "unsent" ? `${words.replace(" …", "")}: not yet sent` : words;
}

function thumbNodes({ media, sensitive, warning }) {
  const medium = media.find(({ src }) => src);
  if (!medium) return [];
  if (sensitive || warning) return [el("span", "row__veil", "sensitive")];
  const img = picture(`${medium.src}?size=s`, "", 56, 56, "row__picture");
  img.addEventListener("unavailable", () => img.remove(), { once: true });
  return [img];
}

function why({ rule, warning, pinned, status, also = [] }, later) {
  const places = also.map(({ network }) => networkName(network)).join(", ");
  return [later && "Put off", pinned && "Pinned", status === "copy" && "Copy", places && `Also on ${places}`, status !== "approved" && rule, warning && `Warning: ${warning}`].filter(Boolean).join(" · ");
}

/** The row's `node` is for the list, its `button` takes the focus, `tick` is its box to tick. */
export class Row {
  #parts; #post = null; #later = null;

  constructor(id) {
    const p = { avatar: el("span", "row__avatar"), name: el("bdi", "row__name"), time: el("time", "row__time"), text: el("span", "row__text"), why: el("span", "row__why"),
      mark: el("span", "row__mark"), claim: el("span", "row__claim"), thumb: el("span", "row__thumb") };
    p.text.dir = "auto";
    p.avatar.setAttribute("aria-hidden", "true");
    this.#parts = p;
    this.button = el("button", "row", p.avatar, el("span", "row__head", p.name, p.claim, p.time), p.text, p.why, p.mark, p.thumb);
    Object.assign(this.button, { type: "button" });
    this.button.dataset.id = id;
    this.tick = Object.assign(el("input", "tick__box"), { type: "checkbox" });
    this.tick.dataset.id = id;
    this.node = el("li", "item", el("label", "tick", this.tick), this.button);
  }

  /** Shows a post; only what differs is touched. */
  draw(post, { nowMs, mark, claim, selected, ticked, later }) {
    this.#fill(post, later);
    this.age(nowMs);
    setText(this.#parts.mark, markWords(mark));
    setText(this.#parts.claim, claim);
    this.button.dataset.mark = mark?.state ?? "";
    if (selected) this.button.setAttribute("aria-current", "true");
    else this.button.removeAttribute("aria-current");
    if (this.tick.checked !== ticked) this.tick.checked = ticked;
    this.node.toggleAttribute("data-ticked", ticked);
  }

  age(nowMs) { setText(this.#parts.time, ago(this.#post.created_at, nowMs)); }

  #fill(post, later) {
    if (this.#post === post && this.#later === later) return;
    if (this.#post?.author.avatar !== post.author.avatar || this.#post === null) this.#parts.avatar.replaceChildren(...avatarNodes(post.author));
    [this.#post, this.#later] = [post, later];
    const { name } = post.author;
    this.button.dataset.status = post.status;
    this.button.toggleAttribute("data-later", later);
    this.#parts.name.replaceChildren(piecesToNodes(pieces(name.text, name.spans), { links: false }));
    this.#parts.text.replaceChildren(piecesToNodes(pieces(post.text, post.spans), { links: false }));
    this.#parts.text.lang = post.language ?? "";
    this.#parts.time.dateTime = post.created_at;
    this.tick.setAttribute("aria-label", `Select the post of ${name.text}`);
    setText(this.#parts.why, why(post, later));
    this.#thumb(post);
  }

  #thumb(post) {
    const key = JSON.stringify([post.media.find(({ src }) => src)?.src, post.sensitive, post.warning]);
    if (this.#parts.thumb.dataset.shows === key) return;
    this.#parts.thumb.dataset.shows = key;
    this.#parts.thumb.replaceChildren(...thumbNodes(post));
  }
}
