// What the service knows of the selected post beyond its card, and saying who is on it. No DOM.

/** A moderator who only passes by asks for nothing; milliseconds. */
export const PAUSE = 150;
export const CLAIM_AFTER = 400;
/** A claim ends after 15 s, so it is made again before. */
const CLAIM_AGAIN = 10_000;
const KEPT = 50;

const browserTimers = { set: (run, ms) => setTimeout(run, ms), clear: (id) => clearTimeout(id) };

/** Asks `load(id)` for the post that stays selected, again when it changed; `changed()` is called when there is an answer. */
export class About {
  #load; #changed; #timers; #known = new Map(); #timer = null; #wanted = null;

  constructor({ load, changed, timers = browserTimers }) {
    [this.#load, this.#changed, this.#timers] = [load, changed, timers];
  }

  /** What is known of a post, possibly as it was before its last change; null before any answer. */
  of(id) { return this.#known.get(id)?.more ?? null; }

  want(post) {
    const wanted = post && `${post.id} ${post.seq}`;
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    this.#timers.clear(this.#timer);
    if (post && this.#known.get(post.id)?.wanted !== wanted) this.#timer = this.#timers.set(() => this.#ask(post.id, wanted), PAUSE);
  }

  /** Asks again for the same post, as something about it may have changed. */
  again() { this.#wanted = null; this.#known.forEach((known) => { known.wanted = null; }); }

  async #ask(id, wanted) {
    try {
      this.#known.delete(id);
      this.#known.set(id, { wanted, more: await this.#load(id) });
      if (this.#known.size > KEPT) this.#known.delete(this.#known.keys().next().value);
      this.#changed();
    } catch (error) {
      if (error.status !== 404) console.info("Nothing more is known of this post just now.", error);
    }
  }
}

/** Says to the others that this moderator is on a post that waits. `free(id)`: nobody else is; `commands` claim and release. */
export class Claimer {
  #commands; #free; #timers; #timer = null; #id = null; #held = null;

  constructor({ commands, free, timers = browserTimers }) {
    [this.#commands, this.#free, this.#timers] = [commands, free, timers];
  }

  /** The moderator looks at this post (null: at none). */
  on(id) {
    if (id === this.#id) return;
    this.#id = id;
    this.#timers.clear(this.#timer);
    if (id === null) this.#release();
    else this.#timer = this.#timers.set(() => this.#claim(), CLAIM_AFTER);
  }

  async #claim() {
    const id = this.#id;
    this.#timer = this.#timers.set(() => this.#claim(), CLAIM_AGAIN);
    if (!this.#free(id)) return;
    this.#held = id;
    await this.#commands.claim(id).catch((error) => console.info("This post could not be claimed; it is no less yours to decide.", error.message));
  }

  #release() {
    const id = this.#held;
    this.#held = null;
    if (id !== null) this.#commands.release(id).catch((error) => console.info("The claim ends by itself.", error.message));
  }
}
