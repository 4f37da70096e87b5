// Keeps the screen of the PC on for as long as the wall is in front of people.

/** `state`: "awake", "asked", "refused" (the browser's or the system's choice) or "unknown" (this browser cannot be asked). */
export class Awake {
  state = "unknown";
  #lock = null;

  /** Asks now, and whenever the page comes into view again: browsers let go of it when it leaves. */
  start() {
    if (!navigator.wakeLock) return;
    document.addEventListener("visibilitychange", () => this.#ask());
    this.#ask();
  }

  async #ask() {
    if (document.hidden || this.state === "asked" || (this.#lock && !this.#lock.released)) return;
    this.state = "asked";
    try {
      this.#lock = await navigator.wakeLock.request("screen");
      this.#lock.addEventListener("release", () => { this.state = "released"; });
      this.state = "awake";
    } catch (error) {
      this.state = error.name === "NotAllowedError" ? "refused" : error.name;
    }
  }
}
