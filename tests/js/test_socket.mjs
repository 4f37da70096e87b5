// The live connection: when it resumes, with what, and when it must not. Time and chance are given.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ASK_AGAIN, CONNECT_TIMEOUT, DEAD_AFTER, LiveSocket, LONGEST_WAIT, resumeWait } from "../../static/js/core/socket.js";
import { Store } from "../../static/js/core/store.js";
import { changes, post, seeded, snapshot } from "./post_items.mjs";

class FakeTimers {
  now = 0; #next = 1; #due = new Map();
  set = (run, ms) => { this.#due.set(this.#next, { run, at: this.now + ms }); return this.#next++; };
  clear = (id) => this.#due.delete(id);
  get pending() { return this.#due.size; }
  get nextIn() { return Math.min(...[...this.#due.values()].map(({ at }) => at)) - this.now; }

  pass(ms) {
    const end = this.now + ms;
    for (;;) {
      const [first] = [...this.#due].filter(([, { at }]) => at <= end).sort((a, b) => a[1].at - b[1].at);
      if (!first) break;
      this.#due.delete(first[0]);
      this.now = first[1].at;
      first[1].run();
    }
    this.now = end;
  }
}

function setUp({ random = () => 0.5 } = {}) {
  const sockets = [];
  class FakeWebSocket extends EventTarget {
    readyState = 0; sent = []; closed = false;
    constructor(url) { super(); this.url = new URL(url); sockets.push(this); }
    open() { this.readyState = 1; this.dispatchEvent(new Event("open")); }
    hear(frame) { this.dispatchEvent(Object.assign(new Event("message"), { data: typeof frame === "string" ? frame : JSON.stringify(frame) })); }
    die(code) { this.dispatchEvent(Object.assign(new Event("close"), { code })); }
    send(text) { this.sent.push(JSON.parse(text)); }
    close() { this.closed = true; }
  }
  const timers = new FakeTimers();
  const store = new Store();
  let wake = null;
  const live = new LiveSocket({ wall: "py fest", store, WebSocket: FakeWebSocket, random, timers, now: () => timers.now,
    wake: (callback) => { wake = callback; return () => { wake = null; }; }, origin: "https://hallway.example" });
  const states = [];
  live.addEventListener("state", ({ detail }) => states.push(detail.state));
  live.start();
  return { live, store, timers, sockets, states, wake: () => wake?.(), get last() { return sockets.at(-1); } };
}

test("the first connection asks from nowhere; a later one from where the store stands", () => {
  const set = setUp();
  assert.equal(set.last.url.href, "wss://hallway.example/api/v1/walls/py%20fest/live?audience=public");
  set.last.open();
  set.last.hear(snapshot([post(1)], { seq: 7 }));
  set.last.die(1006);
  set.timers.pass(1000);
  assert.equal(set.last.url.search, "?audience=public&epoch=e1&seq=7");
  assert.deepEqual(set.states, ["connecting", "live", "waiting", "connecting"]);
});

test("the wait is random below a ceiling that doubles up to 15 s", () => {
  assert.deepEqual([1, 2, 5, 6, 50].map((failures) => resumeWait(failures, 1)), [1000, 2000, 15000, 15000, 15000]);
  assert.equal(resumeWait(3, 0), 0);
});

test("whatever chance says, no wait is longer than 15 s and the ceiling falls back after a frame", () => {
  const set = setUp({ random: seeded(7) });
  for (let failure = 0; failure < 12; failure += 1) {
    set.last.die(1006);
    assert.ok(set.timers.nextIn <= LONGEST_WAIT);
    set.timers.pass(set.timers.nextIn);
  }
  set.last.open();
  set.last.hear(snapshot([]));
  set.last.die(1006);
  assert.ok(set.timers.nextIn <= 1000);
});

test("a connection that does not open in 5 s is given up", () => {
  const set = setUp();
  set.timers.pass(CONNECT_TIMEOUT);
  assert.equal(set.sockets[0].closed, true);
  assert.equal(set.live.state, "waiting");
});

test("45 s without a frame is death, and any frame puts it off", () => {
  const set = setUp();
  set.last.open();
  set.timers.pass(DEAD_AFTER - 1);
  set.last.hear({ kind: "pulse", seq: -1, viewers: 1 });
  set.timers.pass(DEAD_AFTER - 1);
  assert.equal(set.live.state, "live");
  set.timers.pass(1);
  assert.equal(set.live.state, "waiting");
});

test("a frame that does not fit, or cannot be read, makes it resume", () => {
  for (const frame of [changes(3, 4, [post(1)]), "{"]) {
    const set = setUp();
    set.last.open();
    set.last.hear(frame);
    assert.equal(set.live.state, "waiting");
    assert.equal(set.sockets[0].closed, true);
  }
});

test("a client behind the tip for a whole pulse resumes; one that catches up does not", () => {
  const set = setUp();
  set.last.open();
  set.last.hear(snapshot([], { seq: 10 }));
  set.last.hear({ kind: "pulse", seq: 11 });
  set.last.hear(changes(10, 11, []));
  set.last.hear({ kind: "pulse", seq: 12 });
  assert.equal(set.live.state, "live");
  set.last.hear({ kind: "pulse", seq: 12 });
  assert.equal(set.live.state, "waiting");
});

test("1008 stops for good; neither time nor a wake brings it back", () => {
  const set = setUp();
  let code = null;
  set.live.addEventListener("state", ({ detail }) => { code = detail.code; });
  set.last.die(1008);
  set.wake();
  set.timers.pass(10 * ASK_AGAIN);
  assert.deepEqual([set.live.state, code, set.sockets.length], ["stopped", 1008, 1]);
});

test("4404 stops and asks again once a minute", () => {
  const set = setUp();
  set.last.die(4404);
  set.timers.pass(ASK_AGAIN - 1);
  assert.deepEqual([set.live.state, set.sockets.length], ["stopped", 1]);
  set.timers.pass(1);
  assert.equal(set.sockets.length, 2);
});

test("a client that sent what it must not waits the longest", () => {
  for (const code of [1003, 1009]) {
    const set = setUp({ random: () => 0 });
    set.last.die(code);
    assert.equal(set.timers.nextIn, LONGEST_WAIT);
  }
});

test("restart, overload and loss are resumed", () => {
  for (const code of [1012, 1013, 1006, 1011, 1001]) {
    const set = setUp();
    set.last.die(code);
    set.timers.pass(1000);
    assert.equal(set.sockets.length, 2, String(code));
  }
});

test("when the network is back it does not wait", () => {
  const set = setUp();
  set.last.die(1006);
  set.wake();
  assert.deepEqual([set.live.state, set.sockets.length], ["connecting", 2]);
});

test("a wake after a long sleep drops a silent connection, and leaves a lively one alone", () => {
  const set = setUp();
  set.last.open();
  set.wake();
  assert.equal(set.sockets.length, 1);
  set.timers.now += DEAD_AFTER + 1;
  set.wake();
  assert.equal(set.sockets.length, 2);
});

test("what a dropped connection still says is not heard", () => {
  const set = setUp();
  set.last.open();
  set.timers.pass(DEAD_AFTER);
  set.sockets[0].hear(snapshot([post(1)]));
  set.sockets[0].die(1008);
  assert.deepEqual([set.store.seq, set.live.state], [-1, "waiting"]);
});

test("after stop nothing is left running", () => {
  const set = setUp();
  set.last.open();
  set.live.stop();
  assert.deepEqual([set.timers.pending, set.last.closed, set.live.state], [0, true, "stopped"]);
});

test("seen goes out whole while connected, and nowhere otherwise", () => {
  const set = setUp();
  set.live.sendSeen(5, 40.6);
  set.last.open();
  set.live.sendSeen(6, 40.6);
  assert.deepEqual(set.last.sent, [{ kind: "seen", seq: 6, painted_ms: 41 }]);
});
