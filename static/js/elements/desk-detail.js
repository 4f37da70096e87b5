// The desk's selected post: its card, everything known about it, what its author wrote before, and what was decided.

import { clock } from "../core/time.js";
import { deedOf } from "./desk-log-words.js";
import { markWords } from "./desk-row.js";
import { STATUS, factsOf, isOurs } from "./desk-view.js";
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

function factNode([name, words]) {
  const lines = Array.isArray(words) ? words : [words];
  return el("div", "facts__row", el("dt", "", name), el("dd", "", ...lines.map((line) => el("bdi", "facts__line", line))));
}

function earlierNode({ id, status, text, created_at: made }) {
  const button = el("button", "before__post", el("span", "before__status", STATUS[status] ?? status), el("bdi", "before__text", text));
  Object.assign(button, { type: "button", title: clock(Date.parse(made)) });
  button.dataset.id = id;
  button.dataset.status = status;
  return el("li", "", button);
}

const historyNode = (line) => el("li", "history__line", `${clock(Date.parse(line.at))} `, el("b", "", line.who), ` ${deedOf(line).words}`, line.undoes ? " (taking that back)" : line.undone ? " (taken back)" : "");

function section(title, list, nodes) {
  list.replaceChildren(...nodes);
  return nodes.length ? [el("h3", "detail__title", title), list] : [];
}

/** `box` holds the post; `choose(id)` is called for another post of the same person. */
export class Detail {
  #box; #now; #card = null; #drawn = "";
  #facts = el("dl", "facts"); #links = el("p", "facts__links"); #mark = el("p", "detail__mark"); #claim = el("p", "detail__claim"); #more = el("div", "detail__more");

  constructor({ box, now, choose }) {
    this.#box = box;
    this.#now = now;
    this.#more.addEventListener("click", ({ target }) => { const id = target.closest("[data-id]")?.dataset.id; if (id) choose(id); });
  }

  /** Shows a post with what is on its way, or that none is selected. `posts` are all posts, `more` and `talk` as in `factsOf`. */
  draw(post, { mark, claim, posts, more, talk }) {
    if (!post) return this.#none();
    if (this.#card?.post.id !== post.id) this.#begin(post);
    else if (this.#card.post !== post) this.#card.post = post;
    const words = markWords(mark);
    setText(this.#mark, words);
    setText(this.#claim, claim);
    this.#mark.hidden = words === "";
    this.#claim.hidden = claim === "";
    this.#mark.dataset.state = mark?.state ?? "";
    this.#describe(post, posts, more, talk);
  }

  tick() { if (this.#card) this.#card.now = this.#now(); }

  #none() {
    if (this.#card === null && this.#box.firstElementChild) return;
    this.#card = null;
    this.#box.replaceChildren(el("p", "detail__none", "No post is selected."));
  }

  #begin(post) {
    this.#drawn = "";
    this.#card = document.createElement("post-card");
    this.#card.setAttribute("interactive", "");
    this.#card.now = this.#now();
    this.#card.post = post;
    this.#box.replaceChildren(this.#claim, this.#mark, this.#card, this.#facts, this.#links, this.#more);
    this.#box.scrollTop = 0;
  }

  #describe(post, posts, more, talk) {
    const facts = factsOf(post, posts, { more, talk, nowMs: this.#now() });
    const key = JSON.stringify([facts, post.url, post.author, more?.person?.earlier, more?.history]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    this.#facts.replaceChildren(...facts.map(factNode));
    this.#links.replaceChildren(...linkNodes(post));
    const before = (more?.person?.earlier ?? []).filter(({ id }) => id !== post.id);
    this.#more.replaceChildren(
      ...section("Before, from the same person", el("ul", "before"), before.map(earlierNode)),
      ...section("What was decided", el("ol", "history"), (more?.history ?? []).map(historyNode)));
  }
}
