// A moderator's decisions: sent at once, kept until the service has them, and the log of the shift. No DOM.

export const INVERSE = { hide: "show", show: "hide", pin: "unpin", unpin: "pin", apart: "together", together: "apart" };
const ASPECT = { hide: "status", show: "status", pin: "pin", unpin: "pin", apart: "tie", together: "tie" };
/** Milliseconds before a decision that could not be sent is tried again. */
export const RETRY = [1_000, 2_000, 5_000, 15_000];
/** So many decisions are kept to be looked at and undone. */
export const MOST = 200;

const browserTimers = { set: (run, ms) => setTimeout(run, ms), clear: (id) => clearTimeout(id) };
/** An answer that is no answer of the service (a proxy's page, say) counts as no answer. */
const mayComeRight = ({ status = 0 }) => status === 0 || status === 408 || status === 429 || status >= 500;
const signedOut = ({ status }) => status === 401 || status === 403;

/**
 * Entries are `{key, id, verb, was, at, state, seq}`; state is "sending", "unsent" (kept, tried again), "sent" (the service has it, its
 * frame is still to come), "done" or "refused". `was` is the status before, `send(id, verb)` resolves with `{seq}` or rejects with an
 * ApiError. Only ids and verbs are stored, never what was hidden. Events: `change`, `refused` {entry, error}, `unsent` {entry, error}, `signed-out`.
 */
export class Decisions extends EventTarget {
  #entries = []; #send; #storage; #prefix; #timers; #now; #timer = null; #failures = 0; #made = 0;

  constructor({ wall, send, storage, timers = browserTimers, now = () => Date.now() }) {
    super();
    this.#send = send;
    this.#storage = storage;
    this.#prefix = `hallway.desk.${wall}.`;
    this.#timers = timers;
    this.#now = now;
    this.#load();
  }

  /** Newest first. */
  get log() { return this.#entries.toReversed(); }
  get unsent() { return this.#entries.filter(({ state }) => state === "unsent").length; }

  /** Takes a decision. One on the same matter that is not sent yet is replaced: the last word counts. */
  decide(id, verb, was) {
    const overruled = this.#entries.filter((entry) => entry.id === id && entry.state === "unsent" && ASPECT[entry.verb] === ASPECT[verb]);
    overruled.forEach((entry) => this.#remove(entry));
    const at = this.#now();
    const entry = { key: `${String(at).padStart(15, "0")}-${(this.#made += 1)}`, id, verb, was, at, state: "unsent", seq: null };
    this.#entries.push(entry);
    this.#trim();
    this.#keep(entry);
    this.flush();
    return entry;
  }

  /** What is on its way for a post: `{verb, state}`, or null. */
  mark(id) {
    const open = this.#entries.findLast((entry) => entry.id === id && ["sending", "unsent", "sent"].includes(entry.state));
    return open ? { verb: open.verb, state: open.state } : null;
  }

  /** The last decision that stands and can be taken back, or null. */
  get last() { return this.#entries.findLast(({ state, undone, undoes }) => state !== "refused" && !undone && !undoes) ?? null; }

  /** The verb that takes an entry back; null when the post waited before it was hidden, as showing it would be another decision. */
  static undoes(entry) {
    return entry.verb === "hide" && entry.was === "pending" ? null : INVERSE[entry.verb];
  }

  /** Takes an entry back by deciding the opposite; neither of the two is offered for undo again. */
  undo(entry, was) {
    const verb = Decisions.undoes(entry);
    if (!verb) return null;
    this.#change(entry, { undone: true });
    const opposite = this.decide(entry.id, verb, was);
    this.#change(opposite, { undoes: true });
    return opposite;
  }

  /** The crew socket is at `seq`: what the service has done by then is the truth now. */
  settle(seq) {
    const reached = this.#entries.filter((entry) => entry.state === "sent" && entry.seq <= seq);
    reached.forEach((entry) => this.#change(entry, { state: "done" }));
  }

  /** Sends what is not sent; of each post one decision at a time, oldest first. */
  flush() {
    this.#timers.clear(this.#timer);
    this.#timer = null;
    const busy = new Set(this.#entries.filter(({ state }) => state === "sending").map(({ id }) => id));
    for (const entry of this.#entries) {
      if (entry.state !== "unsent" || busy.has(entry.id)) continue;
      busy.add(entry.id);
      this.#deliver(entry);
    }
  }

  async #deliver(entry) {
    this.#change(entry, { state: "sending" });
    try {
      const { seq } = await this.#send(entry.id, entry.verb);
      this.#failures = 0;
      this.#change(entry, { state: "sent", seq });
      this.flush();
    } catch (error) {
      this.#failed(entry, error);
    }
  }

  #failed(entry, error) {
    if (signedOut(error)) {
      this.#change(entry, { state: "unsent" });
      this.dispatchEvent(new Event("signed-out"));
    } else if (mayComeRight(error)) {
      this.#change(entry, { state: "unsent" });
      this.#say("unsent", entry, error);
      this.#tryLater();
    } else {
      this.#change(entry, { state: "refused" });
      this.#say("refused", entry, error);
      this.flush();
    }
  }

  #tryLater() {
    const wait = RETRY[Math.min(this.#failures, RETRY.length - 1)];
    this.#failures += 1;
    this.#timer ??= this.#timers.set(() => this.flush(), wait);
  }

  #say(name, entry, error) {
    this.dispatchEvent(new CustomEvent(name, { detail: { entry, error } }));
  }

  #change(entry, changes) {
    Object.assign(entry, changes);
    this.#keep(entry);
  }

  #keep(entry) {
    if (this.#entries.includes(entry)) this.#storage.setItem(this.#prefix + entry.key, JSON.stringify(entry));
    this.dispatchEvent(new Event("change"));
  }

  #remove(entry) {
    this.#entries = this.#entries.filter((other) => other !== entry);
    this.#storage.removeItem(this.#prefix + entry.key);
  }

  /** The oldest that need nothing more are forgotten; what is not sent is never. */
  #trim() {
    for (const entry of this.#entries.filter(({ state }) => state === "done" || state === "refused")) {
      if (this.#entries.length <= MOST) return;
      this.#remove(entry);
    }
  }

  /** What was on its way when the page went is sent again: the service does not mind to hear it twice. */
  #load() {
    const keys = Array.from({ length: this.#storage.length }, (_, index) => this.#storage.key(index));
    const entries = keys.filter((key) => key.startsWith(this.#prefix)).sort().map((key) => JSON.parse(this.#storage.getItem(key)));
    this.#entries = entries.map((entry) => (["sending", "sent"].includes(entry.state) ? { ...entry, state: "unsent" } : entry));
  }
}
