// A moderator's decisions: sent at once, kept until the service has them, and taken back by the service's log. No DOM.

/** What becomes of a post's status by each decision. */
const BECOMES = { hide: "hidden", show: "approved", block: "hidden" };
const ASPECT = { hide: "status", show: "status", block: "status", pin: "pin", unpin: "pin", apart: "tie", together: "tie", later: "later", now: "later" };
const OPEN = new Set(["sending", "unsent", "sent"]);
/** Milliseconds before a decision that could not be sent is tried again. */
export const RETRY = [1_000, 2_000, 5_000, 15_000];
/** So many decisions are kept to be looked at and undone. */
export const MOST = 200;

const browserTimers = { set: (run, ms) => setTimeout(run, ms), clear: (id) => clearTimeout(id) };
/** An answer that is no answer of the service (a proxy's page, say) counts as no answer. */
const mayComeRight = ({ status = 0 }) => status === 0 || status === 408 || status === 429 || status >= 500;
const signedOut = ({ status }) => status === 401;

/** The status that a post has for this moderator: what they decided counts before the service has said so. */
export const statusOf = (post, mark) => BECOMES[mark?.verb] ?? post?.status;

/**
 * Entries are `{key, id, verb, was, at, state, seq, log}`; state is "sending", "unsent" (kept, tried again), "sent" (the service has it, its
 * frame is still to come), "done" or "refused". `was` is the status before, `log` the number of the service's log line; an entry with `undoes`
 * takes the entry with that key back. `send(entry, undone)` resolves with `{seq, log}` or rejects with an ApiError; `undone` is the entry that
 * it takes back. Only ids and verbs are stored, never what was hidden.
 * Events: `change`, `answered` {entry, answer}, `refused` {entry, error}, `unsent` {entry, error}, `signed-out`.
 */
export class Decisions extends EventTarget {
  #entries = []; #send; #storage; #prefix; #timers; #now; #timer = null; #failures = 0; #made = 0; #reached = -1;

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

  /** Takes a decision. One on the same matter that is not sent yet is replaced: the last word counts, on what the first one saw. */
  decide(id, verb, was) {
    const overruled = this.#entries.filter((entry) => entry.id === id && entry.state === "unsent" && ASPECT[entry.verb] === ASPECT[verb]);
    overruled.forEach((entry) => this.#remove(entry));
    return this.#add({ id, verb, was: overruled[0]?.was ?? was });
  }

  /** Takes an entry back; neither of the two is offered for undo again. */
  undo(entry) {
    this.#change(entry, { undone: true });
    return this.#add({ id: entry.id, verb: "undo", was: null, undoes: entry.key });
  }

  /** What is on its way for a post: `{verb, state}`, or null. */
  mark(id) { return this.marks().get(id) ?? null; }

  /** What is on its way, by post. */
  marks() {
    return new Map(this.#entries.filter(({ state }) => OPEN.has(state)).map(({ id, verb, state }) => [id, { verb, state }]));
  }

  /** The last decision that stands and can be taken back, or null. */
  get last() { return this.#entries.findLast(({ state, undone, undoes }) => state !== "refused" && !undone && !undoes) ?? null; }

  /** The service's lines with these numbers were taken back, by whomever. */
  learn(undone) {
    this.#entries.filter((entry) => entry.log && undone.has(entry.log) && !entry.undone).forEach((entry) => this.#change(entry, { undone: true }));
  }

  /** The crew socket is at `seq`: what the service has done by then is the truth now. */
  settle(seq) {
    this.#reached = seq;
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

  #add(matter) {
    const at = this.#now();
    const entry = { key: `${String(at).padStart(15, "0")}-${(this.#made += 1)}`, at, state: "unsent", seq: null, log: null, ...matter };
    this.#entries.push(entry);
    this.#trim();
    this.#keep(entry);
    this.flush();
    return entry;
  }

  async #deliver(entry) {
    this.#change(entry, { state: "sending" });
    try {
      const answer = await this.#send(entry, this.#entries.find(({ key }) => key === entry.undoes) ?? null);
      this.#failures = 0;
      this.#change(entry, { state: answer.seq <= this.#reached ? "done" : "sent", seq: answer.seq, log: answer.log ?? null });
      this.dispatchEvent(new CustomEvent("answered", { detail: { entry, answer } }));
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
