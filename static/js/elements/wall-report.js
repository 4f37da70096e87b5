// What a wall tells the service: what it has painted and how long that took, and, as a screen, that it is well.

const SECOND = 1_000;
export const BEAT = 5 * SECOND;

export class Reporter {
  #socket; #store; #since = null;
  /** Whether the service said that this is one of its screens. */
  screen = false;

  constructor({ socket, store }) {
    this.#socket = socket;
    this.#store = store;
    document.addEventListener("visibilitychange", () => this.changed(performance.now()));
    setInterval(() => { if (this.screen) this.changed(performance.now()); }, BEAT);
  }

  /**
   * Something changed at `since`, or it is time to be heard of: what is known when the next frame begins is on the glass when the one
   * after it does. A page that nobody can see paints nothing, so it says nothing.
   */
  changed(since) {
    if (document.hidden) this.#since = null;
    if (document.hidden || this.#since !== null) return;
    this.#since = since;
    requestAnimationFrame(() => {
      if (this.#since === null) return;
      const [{ seq }, start] = [this.#store, this.#since];
      this.#since = null;
      if (seq < 0) return;
      requestAnimationFrame(() => this.#socket.sendSeen(seq, performance.now() - start, this.screen ? this.#health() : {}));
    });
  }

  /** Seconds since the page was loaded, and the megabytes its scripts hold where the browser tells. */
  #health() {
    const up_s = Math.round(performance.now() / SECOND);
    const heap = performance.memory?.usedJSHeapSize;
    return heap ? { up_s, heap_mb: Math.round(heap / 1e5) / 10 } : { up_s };
  }
}
