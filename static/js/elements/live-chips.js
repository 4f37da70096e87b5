// The filter chips: pictures, and the languages that occur among the posts.

import { el } from "./dom.js";
import { languagesOf } from "./live-filter.js";

function chip(key, text, lang) {
  const node = el("button", "chip", text);
  node.type = "button";
  node.dataset.chip = key;
  if (lang) node.lang = lang;
  return node;
}

/** Calls `choose(filter)` with the next filter. One language that everybody writes in needs no chip. */
export class Chips {
  #box; #choose; #filter; #posts = []; #drawn = "";

  constructor(box, choose) {
    this.#box = box;
    this.#choose = choose;
    box.addEventListener("click", ({ target }) => this.#clicked(target.closest("[data-chip]")?.dataset.chip));
  }

  draw(posts, filter) {
    this.#filter = filter;
    this.#posts = posts;
    const languages = languagesOf(posts, filter.languages);
    const shown = languages.length > 1 || filter.languages.size ? languages : [];
    this.#build(shown);
    for (const node of this.#box.children) {
      const on = node.dataset.chip === "media" ? filter.media : filter.languages.has(node.dataset.chip);
      node.setAttribute("aria-pressed", String(on));
    }
  }

  /** Chips stay where they are while the same languages occur: nothing moves under a finger. */
  #build(languages) {
    const codes = languages.map(({ code }) => code).sort().join();
    if (this.#drawn === codes && this.#box.children.length) return;
    this.#drawn = codes;
    const focused = this.#box.contains(document.activeElement) ? document.activeElement.dataset.chip : null;
    this.#box.replaceChildren(chip("media", "Media"), ...languages.map(({ code, name }) => chip(code, name, code)));
    if (focused) [...this.#box.children].find((node) => node.dataset.chip === focused)?.focus();
  }

  #clicked(key) {
    if (!key) return;
    const languages = new Set(this.#filter.languages);
    const media = key === "media" ? !this.#filter.media : this.#filter.media;
    if (key !== "media" && !languages.delete(key)) languages.add(key);
    const filter = { ...this.#filter, media, languages };
    this.#choose(filter);
    this.draw(this.#posts, filter);
  }
}
