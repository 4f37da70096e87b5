// A decision is never lost: sent, kept, retried, undone and settled. The service, the clock and the storage are fakes.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

import { ApiError } from "../../static/js/core/api.js";
import { Decisions, RETRY, statusOf } from "../../static/js/elements/desk-decisions.js";

class Shelf {
  map = new Map();
  get length() { return this.map.size; }
  key(index) { return [...this.map.keys()][index]; }
  getItem(key) { return this.map.get(key) ?? null; }
  setItem(key, value) { this.map.set(key, value); }
  removeItem(key) { this.map.delete(key); }
}

const down = () => new ApiError({ code: "unreachable", message: "The service cannot be reached.", status: 0 });
let sent, answer, timers, storage, decisions, seq, clock;

const make = () => new Decisions({ wall: "pyfest", storage, now: () => (clock += 1),
  send: async (entry, undone) => { sent.push(undone ? `undo ${undone.log}` : `${entry.verb} ${entry.id}`); return answer(entry); },
  timers: { set: (run, ms) => timers.push({ run, ms }), clear: () => {} } });

beforeEach(() => {
  [sent, timers, storage, seq, clock] = [[], [], new Shelf(), 10, 1_000];
  answer = () => ({ seq: (seq += 1), changed: true, log: seq });
  decisions = make();
});

test("a decision is sent at once and stands until the crew's frame has come", async () => {
  decisions.decide("p1", "hide", "approved");
  assert.deepEqual(decisions.mark("p1"), { verb: "hide", state: "sending" });
  await turn();
  assert.equal(decisions.mark("p1").state, "sent");
  decisions.settle(10);
  assert.equal(decisions.mark("p1").state, "sent");
  decisions.settle(11);
  assert.equal(decisions.mark("p1"), null);
});

test("without a connection it is kept, marked and tried again, later and later", async () => {
  answer = () => { throw down(); };
  decisions.decide("p1", "hide", "approved");
  await turn();
  assert.equal(decisions.mark("p1").state, "unsent");
  for (const ms of RETRY.slice(0, 3)) {
    assert.equal(timers.at(-1).ms, ms);
    timers.at(-1).run();
    await turn();
  }
  answer = () => ({ seq: 11 });
  timers.at(-1).run();
  await turn();
  assert.equal(decisions.mark("p1").state, "sent");
});

test("a page that is opened again sends what was left, and stores no words of a post", async () => {
  answer = () => { throw down(); };
  decisions.decide("p1", "hide", "approved");
  await turn();
  const stored = JSON.parse([...storage.map.values()][0]);
  assert.deepEqual(Object.keys(stored).sort(), ["at", "id", "key", "log", "seq", "state", "verb", "was"]);
  [sent, answer] = [[], () => ({ seq: 11 })];
  decisions = make();
  assert.equal(decisions.mark("p1").state, "unsent");
  decisions.flush();
  await turn();
  assert.deepEqual(sent, ["hide p1"]);
});

test("the last word on a matter replaces one that is not sent; pinning is another matter", async () => {
  answer = () => { throw down(); };
  decisions.decide("p1", "hide", "approved");
  decisions.decide("p1", "pin", "approved");
  await turn();
  decisions.decide("p1", "show", "approved");
  assert.deepEqual(decisions.log.map(({ verb }) => verb), ["show", "pin"]);
});

test("of one post, decisions are sent one after the other", async () => {
  const waits = [];
  answer = () => new Promise((resolve) => waits.push(resolve));
  decisions.decide("p1", "hide", "approved");
  decisions.decide("p1", "show", "hidden");
  decisions.decide("p2", "hide", "approved");
  assert.deepEqual(sent, ["hide p1", "hide p2"]);
  waits[0]({ seq: 11 });
  await turn();
  assert.deepEqual(sent, ["hide p1", "hide p2", "show p1"]);
});

test("undo takes back by the line of the log, step by step back through the shift", async () => {
  decisions.decide("p1", "hide", "pending");
  decisions.decide("p2", "pin", "approved");
  await turn();
  decisions.undo(decisions.last);
  decisions.undo(decisions.last);
  await turn();
  assert.deepEqual(sent, ["hide p1", "pin p2", "undo 12", "undo 11"]);
  assert.equal(decisions.last, null);
});

test("what is taken back before it was sent is sent first, so that the service's log tells both", async () => {
  answer = () => { throw down(); };
  decisions.undo(decisions.decide("p1", "hide", "approved"));
  await turn();
  [sent, answer] = [[], () => ({ seq: (seq += 1), log: seq })];
  decisions.flush();
  await turn();
  await turn();
  assert.deepEqual(sent, ["hide p1", "undo 11"]);
});

test("what somebody else took back is not offered again", async () => {
  decisions.decide("p1", "hide", "approved");
  await turn();
  decisions.learn(new Set([11]));
  assert.equal(decisions.last, null);
});

test("a frame that came before its answer settles it", async () => {
  decisions.settle(20);
  decisions.decide("p1", "hide", "approved");
  await turn();
  assert.equal(decisions.mark("p1"), null);
});

test("the moderator's own last word counts as what they saw", () => {
  answer = () => { throw down(); };
  const first = decisions.decide("p1", "hide", "approved");
  assert.equal(statusOf({ status: "approved" }, decisions.mark("p1")), "hidden");
  assert.equal(statusOf({ status: "pending" }, { verb: "pin" }), "pending");
  assert.equal(first.was, "approved");
});

test("a decision that replaces one that is not sent still tells what the first one saw", async () => {
  answer = () => { throw down(); };
  decisions.decide("p1", "hide", "pending");
  await turn();
  assert.equal(decisions.decide("p1", "show", "hidden").was, "pending");
});

test("a refusal is said once and not tried again; being signed out keeps the decision", async () => {
  const said = [];
  for (const name of ["refused", "unsent", "signed-out"]) decisions.addEventListener(name, () => said.push(name));
  answer = () => { throw new ApiError({ code: "not_found", message: "No such post.", status: 404 }); };
  decisions.decide("p1", "hide", "approved");
  await turn();
  answer = () => { throw new ApiError({ code: "refused", message: "Sign in.", status: 401 }); };
  decisions.decide("p2", "hide", "approved");
  await turn();
  assert.deepEqual(said, ["refused", "signed-out"]);
  assert.equal(decisions.mark("p1"), null);
  assert.equal(decisions.mark("p2").state, "unsent");
  assert.equal(timers.length, 0);
});

test("an answer that nobody can read counts as none", async () => {
  answer = () => { throw new SyntaxError("<html>"); };
  decisions.decide("p1", "hide", "approved");
  await turn();
  assert.equal(decisions.mark("p1").state, "unsent");
});
