// The live connection of a page: connects, notices death, resumes where it stood. It never reloads the page.

// All in milliseconds; docs/protocol.md points 3 and "Close codes".
/** Generous: when a whole house comes back at once it is let in over some seconds, and who gives up only joins the queue again. */
export const CONNECT_TIMEOUT = 10_000;
export const DEAD_AFTER = 45_000;
export const LONGEST_WAIT = 15_000;
export const FIRST_WAIT = 500;
/** What a restart or a lost network cuts comes back together: the first wait is spread this wide at least. */
export const HERD_SPREAD = 2_000;
export const ASK_AGAIN = 60_000;

const NOT_ALLOWED = 1008;
const NO_SUCH_WALL = 4404;
const TRY_LATER = 1013;
const OUR_FAULT = new Set([1002, 1003, 1007, 1009]);
const LONGEST_HINT = 300;
const OPEN = 1;
/** Frames that are no part of the wall's state: each is an event of its kind, with the frame as detail. */
const PASSING = new Set(["pulse", "screen", "desk"]);

/** Full jitter: a random wait up to min(15 s, 0.5 s × 2ⁿ), the first up to 2 s. `chance` is in [0, 1). */
export function resumeWait(failures, chance) {
  return chance * Math.min(LONGEST_WAIT, Math.max(HERD_SPREAD, FIRST_WAIT * 2 ** failures));
}

/** The seconds that a close reason `retry=<1 to 300>` asks for, or null when it says anything else. */
export function retryHint(reason) {
  const [, seconds] = /^retry=([1-9]\d{0,2})$/.exec(reason ?? "") ?? [];
  return seconds && Number(seconds) <= LONGEST_HINT ? Number(seconds) : null;
}

/** Milliseconds until the next try: what the service asked for, at most halved by chance; else by the close code. */
function waitAfter(code, retry, failures, chance) {
  if (retry !== null) return 1_000 * retry * (1 + chance) / 2;
  return OUR_FAULT.has(code) ? LONGEST_WAIT : resumeWait(failures, chance);
}

/** Calls back when the browser says the network or the page is back; returns how to stop listening. */
function onWake(callback) {
  const seen = () => document.visibilityState === "visible" && callback();
  const pairs = [[window, "online", callback], [window, "pageshow", callback], [document, "visibilitychange", seen]];
  for (const [target, name, listener] of pairs) target.addEventListener(name, listener);
  return () => pairs.forEach(([target, name, listener]) => target.removeEventListener(name, listener));
}

const browserTimers = { set: (run, ms) => setTimeout(run, ms), clear: (id) => clearTimeout(id) };

/**
 * Feeds a store from a wall. Events: `state` with detail `{state, code, full}`, state being "live", "connecting", "waiting" or "stopped"
 * (code: the close code that led there, if any; full: the house is, and said when to come again), and `pulse`, `screen` and `desk` with
 * the frame as detail. `screen`: this page may be a registered screen. Everything it leans on can be given for tests.
 */
export class LiveSocket extends EventTarget {
  #options; #socket = null; #timer = null; #failures = 0; #lastFrameAt = 0; #pulseSeq = null; #unwake = null; #full = false;
  state = "stopped";

  constructor({ wall, audience = "public", screen = false, store, WebSocket = globalThis.WebSocket, random = Math.random,
                timers = browserTimers, now = () => performance.now(), wake = onWake, origin = null }) {
    super();
    this.#options = { wall, audience, screen, store, WebSocket, random, timers, now, wake, origin: origin ?? location.origin };
  }

  /** Connects and stays connected until `stop`. */
  start() {
    if (this.#unwake) return;
    this.#unwake = this.#options.wake(() => this.#kick());
    this.#connect();
  }

  /** Leaves for good. */
  stop() {
    this.#unwake?.();
    this.#unwake = null;
    this.#drop();
    this.#become("stopped");
  }

  /** Tells the server what this screen has painted, and `more` about it. Nothing is kept when there is no connection. */
  sendSeen(seq, paintedMs, more = {}) {
    if (this.#socket?.readyState !== OPEN) return;
    this.#socket.send(JSON.stringify({ kind: "seen", seq, painted_ms: Math.round(paintedMs), ...more }));
  }

  #url() {
    const { wall, audience, screen, store, origin } = this.#options;
    const url = new URL(`/api/v1/walls/${encodeURIComponent(wall)}/live`, origin.replace(/^http/, "ws"));
    url.searchParams.set("audience", audience);
    if (screen) url.searchParams.set("screen", 1);
    if (store.epoch !== null) {
      url.searchParams.set("epoch", store.epoch);
      url.searchParams.set("seq", store.seq);
    }
    return url.href;
  }

  #connect() {
    this.#drop();
    this.#full = false;
    this.#become("connecting");
    const socket = new this.#options.WebSocket(this.#url());
    this.#socket = socket;
    this.#pulseSeq = null;
    const ours = (handle) => (event) => { if (this.#socket === socket) handle(event); };
    socket.addEventListener("open", ours(() => this.#opened()));
    socket.addEventListener("message", ours((event) => this.#heard(event.data)));
    socket.addEventListener("close", ours((event) => this.#closed(event.code, event.reason)));
    this.#after(CONNECT_TIMEOUT, () => this.#resume());
  }

  #opened() {
    this.#watch();
    this.#become("live");
  }

  #heard(data) {
    const frame = this.#parse(data);
    this.#watch();
    if (!frame || !this.#options.store.apply(frame)) return this.#resume();
    this.#failures = 0;
    if (PASSING.has(frame.kind)) this.dispatchEvent(new CustomEvent(frame.kind, { detail: frame }));
    if (frame.kind === "pulse") this.#pulsed(frame);
  }

  #parse(data) {
    try {
      return JSON.parse(data);
    } catch (error) {
      console.warn("A frame could not be read; resuming.", error);
      return null;
    }
  }

  /** A client that is behind the tip for a whole pulse resumes. */
  #pulsed(frame) {
    const behind = this.#pulseSeq !== null && this.#options.store.seq < this.#pulseSeq;
    this.#pulseSeq = frame.seq;
    if (behind && this.#socket) this.#resume();
  }

  #closed(code, reason) {
    if (code === NOT_ALLOWED) return this.#halt(code);
    if (code === NO_SUCH_WALL) return this.#halt(code, ASK_AGAIN);
    this.#resume(code, retryHint(reason));
  }

  #halt(code, askAgain = null) {
    this.#drop();
    this.#become("stopped", code);
    if (askAgain) this.#after(askAgain, () => this.#connect());
  }

  #resume(code = null, retry = null) {
    this.#drop();
    this.#failures += 1;
    this.#full = code === TRY_LATER && retry !== null;
    this.#become("waiting", code);
    this.#after(waitAfter(code, retry, this.#failures, this.#options.random()), () => this.#connect());
  }

  /** The network or the page is back, so a wait has no reason any more: but a full house is as full as before. */
  #kick() {
    if (this.#full) return;
    const silent = this.#options.now() - this.#lastFrameAt > DEAD_AFTER;
    if (this.state === "waiting" || (this.state === "live" && silent)) this.#connect();
  }

  #watch() {
    this.#lastFrameAt = this.#options.now();
    this.#after(DEAD_AFTER, () => this.#resume());
  }

  /** One timer at a time: connecting, dying, waiting and asking again exclude each other. */
  #after(ms, run) {
    this.#options.timers.clear(this.#timer);
    this.#timer = this.#options.timers.set(run, ms);
  }

  #drop() {
    this.#options.timers.clear(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #become(state, code = null) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: { state, code, full: this.#full } }));
  }
}
