// The desk's selected post: its card, everything known about it, and the key pad that fits its state.

import { markWords } from "./desk-list.js";
import { factsOf, isOurs, isShared, tabOf } from "./desk-view.js";
import { el, setText } from "./dom.js";
import { hostOf } from "./live-links.js";
import { safeHref } from "./rich-text.js";
import "./post-card.js";

function outward(href, text) {
  const link = el("a", "facts__link", text);
  Object.assign(link, { href, target: "_blank", rel: "noopener noreferrer" });
  return link;
}

function linkNodes({ url, author, network }) {
  if (isOurs({ network })) return [];
  const post = safeHref(url) && outward(url, `Open on ${hostOf(url)}`);
  const person = safeHref(author.url) && outward(author.url, `@${author.handle}`);
  return [post, person].filter(Boolean);
}

/** Whether a post stands apart from its copies, as last decided. */
export function isApart(post, mark) {
  return mark?.verb === "apart" || Boolean(post?.apart && mark?.verb !== "together");
}

/** `box` holds the post, `pad` the buttons (`data-do`), `now()` gives epoch ms. */
export class Detail {
  #box; #pad; #now; #card = null; #facts = el("dl", "facts"); #links = el("p", "facts__links"); #mark = el("p", "detail__mark"); #drawn = "";

  constructor({ box, pad, now }) {
    this.#box = box;
    this.#pad = pad;
    this.#now = now;
  }

  /** Shows a post with what is on its way, or that none is selected. `posts` are all posts, to tell what else the author wrote. */
  draw(post, { mark, posts, undo }) {
    this.#buttons(post, mark, undo);
    if (!post) return this.#none();
    if (this.#card?.post.id !== post.id) this.#begin(post);
    else this.#card.post = post;
    const words = markWords(mark);
    setText(this.#mark, words);
    this.#mark.hidden = words === "";
    this.#mark.dataset.state = mark?.state ?? "";
    this.#describe(post, posts);
  }

  tick() { if (this.#card) this.#card.now = this.#now(); }

  #none() {
    this.#card = null;
    this.#box.replaceChildren(el("p", "detail__none", "No post is selected."));
  }

  #begin(post) {
    this.#drawn = "";
    this.#card = document.createElement("post-card");
    this.#card.setAttribute("interactive", "");
    this.#card.now = this.#now();
    this.#card.post = post;
    this.#box.replaceChildren(this.#mark, this.#card, this.#facts, this.#links);
    this.#box.scrollTop = 0;
  }

  #describe(post, posts) {
    const facts = factsOf(post, posts);
    const key = JSON.stringify([facts, post.url, post.author]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    this.#facts.replaceChildren(...facts.map(([name, words]) => el("div", "facts__row", el("dt", "", name), el("dd", "", el("bdi", "", words)))));
    this.#links.replaceChildren(...linkNodes(post));
  }

  #buttons(post, mark, undo) {
    const wanted = { hide: "hidden", show: "approved" }[mark?.verb] ?? (post && tabOf(post));
    const pinned = mark?.verb === "pin" || (post?.pinned && mark?.verb !== "unpin");
    const off = { show: !post || wanted === "approved", hide: !post || wanted === "hidden", pin: !post, undo: !undo };
    for (const button of this.#pad.querySelectorAll("[data-do]")) {
      if (button.dataset.do in off) button.setAttribute("aria-disabled", String(off[button.dataset.do]));
    }
    setText(this.#pad.querySelector("[data-do=pin] span"), pinned ? "Unpin" : "Pin");
    const tie = this.#pad.querySelector("[data-do=tie]");
    tie.hidden = !post || !isShared(post);
    setText(tie.querySelector("span"), isApart(post, mark) ? "Put together with its note" : "Set apart: it is another note");
  }
}
