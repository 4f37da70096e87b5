// When a screen loads its page anew: told to by the desk, once, at a quiet moment, and only when the page can be had.

/** Milliseconds without an arrival that make a moment quiet. */
export const QUIET_FOR = 5_000;

/** `memory` is where the last counter is kept (a tab's sessionStorage); `probe` says whether the page can be had; `reload` does it. */
export class Restart {
  #memory; #key; #probe; #reload; #count = null; #askFrom = -Infinity;

  constructor({ memory, key, probe, reload }) {
    this.#memory = memory;
    this.#key = key;
    this.#probe = probe;
    this.#reload = reload;
  }

  /** The counter of the screen's frame. The first one that a tab hears is where it counts from; a smaller one counts anew. */
  heard(count) {
    const done = this.#memory.getItem(this.#key);
    if (done !== null && count > Number(done)) this.#count = count;
    else this.#remember(count);
  }

  /** Whether a reload waits for its moment: then nothing new should come in. */
  get due() { return this.#count !== null; }

  /** Call it often. `quietSince`: since when nothing has moved (ms of the same clock as `now`), or null while something does. */
  async tick(now, quietSince) {
    if (!this.due || now < this.#askFrom || quietSince === null || now - quietSince < QUIET_FOR) return;
    this.#askFrom = now + QUIET_FOR;
    if (!(await this.#probe()) || !this.due) return;
    this.#remember(this.#count);
    this.#reload();
  }

  #remember(count) {
    this.#memory.setItem(this.#key, String(count));
    this.#count = null;
  }
}
