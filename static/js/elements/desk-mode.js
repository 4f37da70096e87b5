// Which posts wait for a moderator, and freezing the wall: asked for once, and again until the service has it. No DOM.

const RETRY = 1_000;
const mayComeRight = ({ status = 0 }) => status === 0 || status === 429 || status >= 500;

/** What a wall's item says of its mode; "hybrid" before anything is known. */
export const modeOf = (wall) => wall?.moderation ?? "hybrid";

/** `send(mode, to)` reaches the service. Events: `change`, `done` {answer}, `refused` {error}. */
export class ModeSwitch extends EventTarget {
  #send; #wait; #before = "hybrid"; #now = null; #asked = 0;
  /** The mode that is asked for and not known to be had yet, or null. */
  wanted = null;
  /** Whether the service could not be reached with it so far. */
  unsent = false;

  constructor({ send, wait = (run, ms) => setTimeout(run, ms) }) {
    super();
    this.#send = send;
    this.#wait = wait;
  }

  /** The mode that counts on this page. */
  get mode() { return this.wanted ?? this.#now ?? "hybrid"; }
  get frozen() { return this.mode === "freeze"; }

  /** What the service says holds now. */
  learn(mode) {
    if (this.#now !== "freeze" && mode === "freeze") this.#before = this.#now ?? this.#before;
    this.#now = mode;
  }

  /** Freezes the wall to its last good screen; or lets it go on as before, which others may know better (null: they do not). */
  freeze(before = null) { return this.frozen ? this.ask(before ?? this.#before) : this.ask("freeze", "screen"); }

  async ask(mode, to) {
    const turn = (this.#asked += 1);
    this.wanted = mode;
    this.#tell("change");
    try {
      const answer = await this.#send(mode, to);
      if (turn !== this.#asked) return;
      [this.wanted, this.unsent] = [null, false];
      this.learn(mode);
      this.#tell("done", { answer, mode });
    } catch (error) {
      if (turn === this.#asked) this.#failed(error, mode, to);
    }
    this.#tell("change");
  }

  #failed(error, mode, to) {
    if (!mayComeRight(error)) {
      [this.wanted, this.unsent] = [null, false];
      return this.#tell("refused", { error });
    }
    const turn = this.#asked;
    this.unsent = true;
    return this.#wait(() => { if (turn === this.#asked) this.ask(mode, to); }, RETRY);
  }

  #tell(name, detail = {}) { this.dispatchEvent(new CustomEvent(name, { detail })); }
}
