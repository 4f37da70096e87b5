// The live connection: when it resumes, with what, and when it must not. Time and chance are given.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ASK_AGAIN, CONNECT_TIMEOUT, DEAD_AFTER, HERD_SPREAD, LiveSocket, LONGEST_WAIT, resumeWait, retryHint } from "../../static/js/core/socket.js";
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
    die(code, reason = "") { this.dispatchEvent(Object.assign(new Event("close"), { code, reason })); }
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

test("the wait is random below a ceiling that doubles from 2 s up to 15 s", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 50].map((failures) => resumeWait(failures, 1)), [2000, 2000, 4000, 8000, 15000, 15000]);
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
  assert.ok(set.timers.nextIn <= HERD_SPREAD);
});

test("a herd that a restart or the network cut comes back spread over 2 s", () => {
  for (const code of [1012, 1006]) {
    const waits = [0, 0.25, 0.5, 0.999].map((chance) => {
      const set = setUp({ random: () => chance });
      set.last.open();
      set.last.hear(snapshot([]));
      set.last.die(code);
      return set.timers.nextIn;
    });
    assert.deepEqual(waits, [0, 500, 1000, 1998]);
  }
});

test("when the service says when to come back, the wait is between half of that and all of it", () => {
  for (const code of [1012, 1013, 1006]) {
    for (const [chance, wait] of [[0, 15_000], [0.5, 22_500], [1, 30_000]]) {
      const set = setUp({ random: () => chance });
      set.last.die(code, "retry=30");
      assert.equal(set.timers.nextIn, wait);
    }
  }
});

test("a hint is a whole number of seconds from 1 to 300, and every other reason is ignored", () => {
  assert.deepEqual(["retry=1", "retry=300"].map(retryHint), [1, 300]);
  const others = ["", undefined, "retry=0", "retry=301", "retry=1000", "retry=-5", "retry=2.5", "retry=07", "retry=30s", " retry=30", "retry=30\n",
    "Retry=30", "retry=", "retry=1e2", "too slow, retry=30"];
  assert.deepEqual(others.map(retryHint), others.map(() => null));
  const set = setUp();
  set.last.die(1013, "too slow");
  assert.equal(set.timers.nextIn, resumeWait(1, 0.5));
});

test("a full house is told apart from a slow viewer and a restart", () => {
  for (const [code, reason, full] of [[1013, "retry=30", true], [1013, "too slow", false], [1012, "retry=30", false]]) {
    const set = setUp();
    const told = [];
    set.live.addEventListener("state", ({ detail }) => told.push(detail));
    set.last.open();
    set.last.die(code, reason);
    assert.deepEqual(told.at(-1), { state: "waiting", code, full });
    set.timers.pass(set.timers.nextIn + CONNECT_TIMEOUT);
    assert.deepEqual(told.at(-1), { state: "waiting", code: null, full: false });
  }
});

test("a wake does not get past a full house, and does cut short the wait after a restart", () => {
  const outside = setUp();
  outside.last.die(1013, "retry=60");
  outside.wake();
  outside.timers.pass(44_999);
  assert.deepEqual([outside.live.state, outside.sockets.length], ["waiting", 1]);
  outside.timers.pass(1);
  assert.equal(outside.sockets.length, 2);
  for (const [code, reason] of [[1012, "retry=60"], [1006, ""], [1013, "too slow"]]) {
    const set = setUp();
    set.last.die(code, reason);
    set.wake();
    assert.deepEqual([set.live.state, set.sockets.length], ["connecting", 2]);
  }
});

test("a full house holds nobody for longer than its word: a network lost later is resumed at the next wake", () => {
  const set = setUp();
  set.last.die(1013, "retry=10");
  set.timers.pass(10_000);
  set.last.die(1006);
  set.wake();
  assert.equal(set.sockets.length, 3);
});

test("a connection that does not open in 10 s is given up", () => {
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
  for (const code of [1002, 1003, 1007, 1009]) {
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

test("a page that may be a screen says so each time it connects", () => {
  const sockets = [];
  class FakeWebSocket extends EventTarget {
    constructor(url) { super(); sockets.push(new URL(url)); }
    close() {}
  }
  const live = new LiveSocket({ wall: "pyfest", screen: true, store: new Store(), WebSocket: FakeWebSocket, timers: new FakeTimers(),
    now: () => 0, wake: () => () => {}, origin: "https://hallway.example" });
  live.start();
  assert.equal(sockets[0].search, "?audience=public&screen=1");
});

test("frames for a screen or a desk are events and change nothing that is kept", () => {
  const set = setUp();
  set.last.open();
  set.last.hear(snapshot([post(1)], { seq: 7 }));
  const heard = [];
  for (const kind of ["screen", "desk"]) set.live.addEventListener(kind, ({ detail }) => heard.push(detail));
  set.last.hear({ kind: "screen", name: "Hall A", room: "1" });
  set.last.hear({ kind: "desk", here: ["Mira"] });
  set.last.hear({ kind: "unheard-of" });
  assert.deepEqual(heard.map(({ kind }) => kind), ["screen", "desk"]);
  assert.equal(set.store.seq, 7);
});

test("what a screen tells about itself goes along with what it has painted", () => {
  const set = setUp();
  set.last.open();
  set.live.sendSeen(7, 41.4, { up_s: 12 });
  assert.deepEqual(set.last.sent, [{ kind: "seen", seq: 7, painted_ms: 41, up_s: 12 }]);
});
