// Says how many posts are new, seldom enough to be listened to.

/** Milliseconds between two announcements. */
export const QUIET = 20_000;

/** Sums up what came and calls `say(count)` at most every 20 s. Time and timers can be given for tests. */
export class Announcer {
  #say; #now; #later; #count = 0; #saidAt = -Infinity; #timer = null;

  constructor(say, { now = () => performance.now(), later = (run, ms) => setTimeout(run, ms) } = {}) {
    this.#say = say;
    this.#now = now;
    this.#later = later;
  }

  add(count) {
    if (count <= 0) return;
    this.#count += count;
    if (this.#timer !== null) return;
    const wait = this.#saidAt + QUIET - this.#now();
    if (wait <= 0) this.#speak();
    else this.#timer = this.#later(() => this.#speak(), wait);
  }

  #speak() {
    this.#timer = null;
    this.#saidAt = this.#now();
    this.#say(this.#count);
    this.#count = 0;
  }
}
