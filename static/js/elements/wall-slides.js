// <wall-slides>: what fills the whole screen, one at a time: the way to join, the sponsors' slides, or just the event's name.

import { styled } from "../core/scene.js";
import { el, picture } from "./dom.js";

const OURS = "/media/";

/** A picture of the service's own, as large as screens are; nothing else is ever asked for. */
function art({ image, title }) {
  if (!image?.startsWith(OURS)) return null;
  const img = picture(`${image}?size=l`, title ?? "", 0, 0, "slide__picture");
  img.addEventListener("unavailable", () => img.remove(), { once: true });
  return img;
}

function words(className, text) {
  if (!text) return null;
  const line = el("p", className, text);
  line.dir = "auto";
  return line;
}

function slideOf(notice) {
  const node = el("section", "slide", art(notice), words("slide__title", notice.title), words("slide__text", notice.text));
  node.dataset.slide = notice.id;
  return node;
}

/** Nothing but where we are: for a wall that is frozen and has no slide. */
function holdOf(wall) {
  const tag = wall.hashtags[0] ? el("bdi", "slide__tag", `#${wall.hashtags[0]}`) : null;
  const node = el("section", "slide slide--hold", words("slide__title", wall.title), tag, words("slide__text", wall.place));
  node.dataset.slide = "hold";
  return node;
}

/** Slides are drawn, and their pictures fetched, before their turn comes; which one is seen is a class. */
export class WallSlides extends HTMLElement {
  #drawn = new Map();
  shown = null;

  /** The slides of these notices; one that ended or was taken away leaves at once. */
  draw(wall, notices, nowMs) {
    const wanted = new Map(styled(notices, "slide", nowMs).map((notice) => [notice.id, { key: JSON.stringify(notice), build: () => slideOf(notice) }]));
    if (wall) wanted.set("hold", { key: JSON.stringify([wall.title, wall.hashtags, wall.place]), build: () => holdOf(wall) });
    for (const [id, { node }] of this.#drawn) if (!wanted.has(id)) this.#forget(id, node);
    for (const [id, { key, build }] of wanted) this.#keep(id, key, build);
  }

  /** `id` of a notice, "hold", "join", or null for none. */
  show(id) {
    this.shown = id;
    for (const node of this.children) node.classList.toggle("is-shown", node.dataset.slide === id);
  }

  #keep(id, key, build) {
    const known = this.#drawn.get(id);
    if (known?.key === key) return;
    const node = build();
    node.classList.toggle("is-shown", this.shown === id);
    if (known) known.node.replaceWith(node);
    else this.append(node);
    this.#drawn.set(id, { key, node });
  }

  #forget(id, node) {
    node.remove();
    this.#drawn.delete(id);
  }
}

customElements.define("wall-slides", WallSlides);
