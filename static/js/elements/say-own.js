// The posts of this browser and how they fare: asked while one of them waits and somebody looks.

import { del, get } from "../core/api.js";
import { setText } from "./dom.js";

const EVERY = 6_000;
const AFTER_FAILURE = 30_000;

/** Fires `news` (a post whose state changed) and `gone` (a post that was taken back). */
export class Own extends EventTarget {
  #path; #section; #list; #row; #posts = []; #timer = null;

  constructor({ wall, section, list, row }) {
    super();
    this.#path = `/walls/${encodeURIComponent(wall)}/form`;
    this.#section = section;
    this.#list = list;
    this.#row = row;
    list.addEventListener("submit", (event) => { event.preventDefault(); this.#takeBack(event.target); });
    document.addEventListener("visibilitychange", () => this.look());
  }

  /** Ask now, and go on asking as long as something waits. */
  async look() {
    clearTimeout(this.#timer);
    if (document.hidden) return;
    let wait = EVERY;
    try {
      this.#take((await get(this.#path)).posts);
    } catch (error) {
      console.info("The posts of this browser cannot be asked for.", error);
      wait = AFTER_FAILURE;
    }
    clearTimeout(this.#timer);
    if (this.#posts.some(({ state }) => state === "pending")) this.#timer = setTimeout(() => this.look(), wait);
  }

  #take(posts) {
    const before = new Map(this.#posts.map(({ id, state }) => [id, state]));
    this.#posts = posts;
    this.#draw();
    for (const post of posts) {
      if (before.has(post.id) && before.get(post.id) !== post.state) this.dispatchEvent(new CustomEvent("news", { detail: post }));
    }
  }

  /** Rows keep their nodes, so that focus stays where it is. */
  #draw() {
    const rows = new Map([...this.#list.children].map((row) => [row.dataset.id, row]));
    const wanted = this.#posts.map((post) => this.#fill(rows.get(post.id) ?? this.#row.content.firstElementChild.cloneNode(true), post));
    for (const row of [...this.#list.children]) if (!wanted.includes(row)) row.remove();
    wanted.forEach((row, index) => { if (this.#list.children[index] !== row) this.#list.insertBefore(row, this.#list.children[index] ?? null); });
    this.#section.hidden = wanted.length === 0;
  }

  #fill(row, { id, state, text, photo }) {
    Object.assign(row.dataset, { id, state });
    setText(row.querySelector(".own__text"), text);
    row.querySelector(".own__photo").hidden = !photo;
    setText(row.querySelector(".own__state"), this.#list.dataset[state] ?? "");
    return row;
  }

  async #takeBack(form) {
    const { id } = form.closest("li").dataset;
    const post = this.#posts.find((one) => one.id === id);
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      await del(`${this.#path}/${id}`);
      this.dispatchEvent(new CustomEvent("gone", { detail: { post } }));
    } catch (error) {
      this.dispatchEvent(new CustomEvent("gone", { detail: { post, error } }));
    }
    button.disabled = false;
    await this.look();
  }
}
