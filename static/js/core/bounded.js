// A map that forgets its oldest entry instead of growing.

/** A Map with at most `most` entries; setting a key makes it the newest. */
export class Bounded extends Map {
  #most;

  constructor(most) {
    super();
    this.#most = most;
  }

  set(key, value) {
    this.delete(key);
    super.set(key, value);
    if (this.size > this.#most) this.delete(this.keys().next().value);
    return this;
  }
}
