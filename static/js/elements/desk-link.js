// Whether the desk hears the service, in words; and how the sources are, asked every ten seconds.

import { ago } from "../core/time.js";
import { drawSources } from "./desk-room.js";
import { setText } from "./dom.js";

const SOURCES_EVERY = 10_000;

/** Says in `state` and `words` whether the crew socket is live, and since when not. */
export class LinkState {
  #state; #words; #now; #lostAt = null;

  constructor({ state, words, now }) { [this.#state, this.#words, this.#now] = [state, words, now]; }

  /** `began`: something of the wall is known already. */
  draw({ live, began }) {
    this.#lostAt = live ? null : (this.#lostAt ?? this.#now());
    this.#state.dataset.tone = live ? "ok" : "bad";
    const age = live ? "" : ago(new Date(this.#lostAt).toISOString(), this.#now());
    const since = age && age !== "now" ? ` for ${age}` : "";
    setText(this.#words, live ? "Live" : began ? `No connection${since}. What you decide is kept.` : "Connecting …");
  }
}

/** Keeps the list of sources as they are; `button` tells of trouble where the list is out of sight. */
export function watchSources({ list, button, ask, now, signIn }) {
  async function look() {
    try {
      button.dataset.tone = drawSources(list, await ask(), now()) ? "bad" : "ok";
    } catch (error) {
      if (error.status === 401) signIn();
      else console.info("The sources cannot be asked just now.", error);
    }
  }
  look();
  setInterval(look, SOURCES_EVERY);
}
