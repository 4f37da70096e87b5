// Which talk each post belongs to, looked up once for each post as it is. No DOM.

import { sessionOf } from "../core/programme.js";

/** Follows the programme in `store`. */
export class Talks {
  #store; #sessions = null; #known = new WeakMap();

  constructor(store) {
    this.#store = store;
    store.addEventListener("change", ({ detail }) => this.#changed(detail));
  }

  /** The session of a post with the reason, as `sessionOf` gives it; null when it belongs to none. */
  of(post) {
    if (this.#sessions === null) [this.#sessions, this.#known] = [this.#store.sessions(), new WeakMap()];
    if (!this.#sessions.length) return null;
    if (!this.#known.has(post)) this.#known.set(post, sessionOf(post, this.#sessions));
    return this.#known.get(post);
  }

  /** Posts come by the hundred, talks change by the hour: the list stays the same until one does. */
  #changed({ changed, gone, snapshot }) {
    const ours = new Set(this.#sessions?.map(({ id }) => id));
    if (snapshot || changed.some((id) => this.#store.get(id)?.kind === "session") || gone.some((id) => ours.has(id))) this.#sessions = null;
  }
}
