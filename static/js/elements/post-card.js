// <post-card>: one post as people read it, updated in place by touching only what changed.

import { ago } from "../core/time.js";
import { el, picture, setText } from "./dom.js";
import { alsoNodes, cardNodes, mediaNodes, mediaShape, passedOnNodes, pollNodes, quoteNodes, shortCount, viewOnXNodes } from "./post-parts.js";
import { lengthClass, wallPieces } from "./post-text.js";
import { direction, pieces, piecesToNodes, richText, safeHref } from "./rich-text.js";

const LABELS = { pin: "Pinned by the hosts", form: "written here" };
const COUNTS = { replies: "Replies", reposts: "Reposts", likes: "Likes" };
const HUES = 12;
let born = 0;

/** Sets properties of a node only where they differ: an assignment alone would count as a change of the document. */
function assign(target, values) {
  for (const [key, value] of Object.entries(values)) if (target[key] !== value) target[key] = value;
}

function letterTile({ name, handle }) {
  const letter = Array.from(name.text.replace(/[^\p{L}\p{N}]/gu, "") || handle)[0] ?? "?";
  const tile = el("span", "avatar avatar--letter", letter.toUpperCase());
  const hue = Array.from(handle).reduce((sum, char) => (sum * 31 + char.codePointAt(0)) % 997, 7) % HUES;
  tile.style.setProperty("--hue", String(hue * (360 / HUES)));
  tile.setAttribute("aria-hidden", "true");
  return tile;
}

/** The author's picture, or the first letter of the name. */
export function avatarNodes(author) {
  if (!author.avatar) return [letterTile(author)];
  const img = picture(`${author.avatar}?size=s`, "", 64, 64, "avatar");
  img.addEventListener("unavailable", () => img.replaceWith(letterTile(author)), { once: true });
  return [img];
}

function outward(href, className, ...children) {
  const safe = safeHref(href);
  const node = el(safe ? "a" : "span", className, ...children);
  if (safe) Object.assign(node, { href: safe, target: "_blank", rel: "noopener noreferrer" });
  return node;
}

/**
 * Properties: `post` (an item of kind post), `label` ({kind: "pin" | "voice" | …, text} or null; pinned posts have one of
 * their own), `now` (epoch ms the age is told from), `revealed` (content behind a
 * warning is open), `actions` (an empty container for a page's buttons). Attributes, set before `post`: `size` ("wall" or
 * "app", the default), `sizes` (how wide pictures are, as of an img; by default what follows from the size) and `interactive`
 * (links, reveal button, alternative texts).
 */
export class PostCard extends HTMLElement {
  #post = null; #label = null; #now = Date.now(); #revealed = false; #drawn = new Map(); #parts = null;

  get post() { return this.#post; }
  set post(item) { this.#post = item; this.#draw(); }
  get label() { return this.#label; }
  set label(label) { this.#label = label; this.#draw(); }
  get now() { return this.#now; }
  set now(ms) { this.#now = ms; if (this.#post) setText(this.#frame().time, ago(this.#post.created_at, ms)); }
  get revealed() { return this.#revealed; }
  set revealed(open) { this.#revealed = open; this.#draw(); }
  get actions() { return this.#frame().actions; }
  get onWall() { return this.getAttribute("size") === "wall"; }
  get interactive() { return this.hasAttribute("interactive"); }

  /** The fixed frame of a card, built once; parts that a post lacks stay hidden. */
  #frame() {
    if (this.#parts) return this.#parts;
    const part = (tag, name) => el(tag, name);
    const p = { avatar: part("div", "avatar-box"), name: part("p", "name"), label: part("span", "label"), handle: part("bdi", "handle"),
      time: part("time", "time"), passed: part("p", "passed-on"), also: part("p", "also"), counts: part("p", "counts"), warning: part("div", "warning"), text: part("p", "text"),
      media: part("div", "media"), quote: part("blockquote", "quote"), poll: part("div", "poll"), link: part("div", "link-card"),
      actions: part("div", "actions") };
    p.when = el("span", "when", p.time);
    p.content = el("div", "content", p.text, p.media, p.quote, p.poll, p.link);
    const meta = el("div", "meta", p.label, p.handle, this.onWall ? p.passed : null, p.when, this.onWall ? p.also : null);
    const head = el("header", "head", p.avatar, el("div", "who", p.name, meta), p.counts);
    this.append(head, p.warning, p.content, ...(this.onWall ? [] : [p.passed, p.also]), p.actions);
    this.#describe(p);
    return (this.#parts = p);
  }

  #describe(p) {
    const id = `card-${(born += 1)}`;
    p.name.id = `${id}-name`;
    p.text.id = `${id}-text`;
    p.handle.dir = "ltr";
    p.text.dir = p.warning.dir = "auto";
    p.media.addEventListener("unavailable", () => { if (!p.media.childElementCount) this.dataset.media = "none"; });
    this.setAttribute("role", "article");
    this.setAttribute("aria-labelledby", p.name.id);
    this.setAttribute("aria-describedby", p.text.id);
  }

  /** Rebuilds one part when what it shows differs from what it last showed. */
  #part(name, shown, build) {
    const key = JSON.stringify(shown) ?? "";
    if (this.#drawn.get(name) === key) return;
    this.#drawn.set(name, key);
    const nodes = build();
    this.#parts[name].replaceChildren(...nodes);
    this.#parts[name].hidden = nodes.length === 0;
  }

  #draw() {
    if (!this.#post) return;
    this.#frame();
    this.#drawHead(this.#post);
    if (this.#post.network === "x") this.#part("counts", this.#post.url, () => viewOnXNodes(this.#post.url, this.interactive));
    else this.#drawCounts(this.#post.counts);
    this.#drawWarning(this.#post);
    this.#drawContent(this.#post);
    this.#drawFoot(this.#post);
  }

  #drawHead({ author, url, created_at, pinned, network }) {
    const { name } = author;
    const label = this.#label ?? (pinned ? { kind: "pin", text: LABELS.pin } : null);
    const link = (href, className, ...children) => (this.interactive ? outward(href, className, ...children) : el("span", className, ...children));
    if (label) assign(this.dataset, { label: label.kind });
    else delete this.dataset.label;
    this.#part("avatar", [author.avatar, name.text], () => avatarNodes(author));
    this.#part("name", [name, author.url, author.bot], () => [link(author.url, "name__link", el("bdi", "", richText(name.text, name.spans, { links: false })))]);
    this.#part("label", label, () => (label ? [label.text] : []));
    const handle = network === "form" ? LABELS.form : `@${author.handle}`;
    this.#part("handle", handle, () => [handle]);
    this.#part("when", [url, created_at], () => [link(url, "when__link", this.#parts.time)]);
    assign(this.#parts.name, { dir: direction(name.text) });
    assign(this.#parts.time, { dateTime: created_at });
    setText(this.#parts.time, ago(created_at, this.#now));
  }

  /** A new number touches one text node. */
  #drawCounts(counts) {
    const shown = Object.keys(COUNTS).filter((kind) => counts[kind] > 0 && !(this.onWall && kind === "replies"));
    this.#part("counts", shown, () => shown.map((kind) => el("span", `count count--${kind}`,
      el("span", "visually-hidden", `${COUNTS[kind]}: `), el("span", "count__number"))));
    shown.forEach((kind, index) => setText(this.#parts.counts.children[index].lastChild, shortCount(counts[kind])));
  }

  get #veiled() { return Boolean(this.#post.warning) && !this.#revealed; }
  get #mediaVeiled() { return (this.#post.sensitive || Boolean(this.#post.warning)) && !this.#revealed; }

  #drawWarning({ warning, sensitive, media }) {
    const hides = warning || (sensitive && media.length > 0 && this.interactive);
    this.#part("warning", [warning, hides, this.#revealed], () => (hides ? this.#warningNodes(warning) : []));
    assign(this.#parts.content, { hidden: this.#veiled });
    this.toggleAttribute("data-veiled", this.#veiled);
  }

  #warningNodes(warning) {
    const words = el("p", "warning__text", warning || "Sensitive picture");
    if (!this.interactive) return [el("p", "warning__word", "Content warning"), words];
    const button = el("button", "warning__button", this.#revealed ? "Hide again" : "Show");
    button.type = "button";
    button.setAttribute("aria-expanded", String(this.#revealed));
    button.addEventListener("click", () => { this.revealed = !this.#revealed; this.querySelector(".warning__button")?.focus(); });
    return [words, button];
  }

  /** What a warning hides is not even in the document, so that nothing can show or load it. */
  #drawContent(post) {
    const veiled = this.#veiled;
    const list = veiled ? [] : this.onWall ? wallPieces(post) : pieces(post.text, post.spans);
    const media = this.#mediaVeiled ? [] : post.media;
    const links = this.interactive;
    const sizes = this.getAttribute("sizes") ?? (this.onWall ? "32vw" : "(min-width: 700px) 600px, 100vw");
    this.#part("text", list, () => (list.length ? [piecesToNodes(list, { links })] : []));
    if (post.language) assign(this.#parts.text, { lang: post.language });
    else this.#parts.text.removeAttribute("lang");
    assign(this.dataset, { length: lengthClass(list), media: mediaShape(media) });
    this.#part("media", media, () => mediaNodes(media, { interactive: links, sizes, most: 4 }));
    assign(this.#parts.media.dataset, { count: String(Math.min(4, media.filter(({ src }) => src).length)) });
    this.#part("quote", veiled ? null : post.quote, () => quoteNodes(veiled ? null : post.quote, links));
    this.#part("poll", veiled ? null : post.poll, () => pollNodes(veiled ? null : post.poll));
    const card = veiled || media.length ? null : post.card;
    this.#part("link", card, () => cardNodes(card, links));
  }

  #drawFoot({ passed_on: passedOn, also = [], network }) {
    this.toggleAttribute("data-passed-on", passedOn.count > 0);
    this.#part("passed", passedOn, () => passedOnNodes(passedOn, this.onWall ? 1 : 2, network === "x" ? "Reposted" : undefined));
    this.#part("also", also, () => alsoNodes(also, this.interactive));
  }
}

customElements.define("post-card", PostCard);
