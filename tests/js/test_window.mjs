// The state of a client after frames: docs/protocol.md, and the vectors that the Python twin is held to as well.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { applyFrame, emptyState, WINDOW } from "../../static/js/core/window.js";
import { changes, post, seeded, snapshot } from "./post_items.mjs";

const run = (frames) => frames.reduce((state, frame) => applyFrame(state, frame).state, emptyState());

test("a snapshot replaces everything and names what left", () => {
  const before = run([snapshot([post(1), post(2)])]);
  const { state, changed, gone, ok } = applyFrame(before, snapshot([post(2), post(3)], { seq: 12 }));
  assert.deepEqual([[...state.items.keys()], changed, gone, ok, state.seq], [["p2", "p3"], ["p2", "p3"], ["p1"], true, 12]);
});

test("changes after a gap do not fit", () => {
  const before = run([snapshot([post(1)])]);
  const { state, ok } = applyFrame(before, changes(11, 12, [post(2)]));
  assert.equal(ok, false);
  assert.equal(state, before);
});

test("changes that begin before the state are applied whole", () => {
  const before = run([snapshot([post(1), post(2)])]);
  const { state, changed, gone, ok } = applyFrame(before, changes(4, 12, [post(2), post(3), { id: "p1", seq: 12, gone: true }]));
  assert.deepEqual([ok, state.seq, changed, gone], [true, 12, ["p2", "p3"], ["p1"]]);
});

test("old news is no error, and leaves the very same state", () => {
  const before = run([snapshot([post(1)])]);
  for (const [from, seq] of [[0, 1], [8, 9], [9, 10]]) {
    const { state, changed, gone, ok } = applyFrame(before, changes(from, seq, [post(2), { id: "p1", seq, gone: true }], 900));
    assert.deepEqual([ok, changed, gone], [true, [], []]);
    assert.equal(state, before);
  }
});

test("a post that is gone leaves, and one that was never there is no news", () => {
  const before = run([snapshot([post(1)])]);
  const { gone, state } = applyFrame(before, changes(10, 11, [{ id: "p1", seq: 11, gone: true }, { id: "p9", seq: 11, gone: true }]));
  assert.deepEqual([gone, state.items.size], [["p1"], 0]);
});

test("the given state is left as it was", () => {
  const before = run([snapshot([post(1)])]);
  applyFrame(before, changes(10, 11, [post(2)]));
  assert.deepEqual([...before.items.keys()], ["p1"]);
});

test("the window drops what is too old, but nothing pinned, pending or not a post", () => {
  const old = [post(1), post(2, { pinned: true }), post(3, { status: "pending" }), { id: "w", kind: "wall", seq: 1 }];
  const before = run([snapshot(old, { tip: 3 })]);
  const { state, gone } = applyFrame(before, changes(10, 11, [post(501)], 501));
  assert.deepEqual([gone, [...state.items.keys()].sort()], [["p1"], ["p2", "p3", "p501", "w"]]);
});

test("unknown kinds of frames and items are passed over", () => {
  const before = run([snapshot([post(1), { id: "z", kind: "zeppelin", seq: 1 }])]);
  assert.deepEqual([...before.items.keys()], ["p1"]);
  assert.deepEqual(applyFrame(before, { kind: "weather" }), { state: before, changed: [], gone: [], ok: true });
});

test("whatever comes, no ordinary post older than the window stays, and every way to a seq ends alike", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const random = seeded(seed);
    const all = new Map();
    let state = run([snapshot([], { seq: 0, tip: 0 })]);
    for (let seq = 1, no = 0; seq <= 300; seq += 1) {
      const item = random() < 0.7 ? post((no += 1 + Math.floor(random() * 8)), { pinned: random() < 0.05 })
        : { id: `p${1 + Math.floor(random() * no)}`, gone: true };
      all.set(item.id, item);
      state = applyFrame(state, changes(seq - 1, seq, [item], no)).state;
      assert.ok([...state.items.values()].every((kept) => kept.pinned || kept.no > state.tip - WINDOW));
    }
    const fresh = run([snapshot([...all.values()].filter((item) => !item.gone), { seq: state.seq, tip: state.tip })]);
    assert.deepEqual([...state.items.keys()].sort(), [...fresh.items.keys()].sort());
  }
});

test("wherever a viewer stands, one frame from further back brings it level, and a frame of the past changes nothing", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const random = seeded(seed);
    const now = new Map();
    const since = (from, seq, tip) => changes(from, seq, [...now.values()].filter((item) => item.seq > from), tip);
    const states = [run([snapshot([], { seq: 0, tip: 0 })])];
    const frames = [];
    for (let seq = 1, no = 0; seq <= 120; seq += 1) {
      const old = `p${1 + Math.floor(random() * no)}`;
      const item = random() < 0.6 ? post((no += 1 + Math.floor(random() * 20)), { seq }) : { id: old, seq, gone: true };
      now.set(item.id, item);
      const fresh = run([snapshot([...now.values()].filter(({ gone }) => !gone), { seq, tip: no })]);
      const k = Math.floor(random() * seq);
      const frame = since(Math.floor(random() * (k + 1)), seq, no);
      assert.deepEqual({ ...applyFrame(states[k], frame).state, epoch: "e1" }, fresh);
      frames.push(frame);
      for (const past of frames) assert.equal(applyFrame(fresh, past).state, fresh);
      states.push(fresh);
    }
  }
});

const VECTORS = new URL("../vectors/apply.json", import.meta.url);
test("the shared vectors hold", { skip: !existsSync(VECTORS) && "tests/vectors/apply.json is not there yet" }, () => {
  for (const { name, frames, state } of JSON.parse(readFileSync(VECTORS, "utf8"))) {
    const { epoch, seq, tip, items } = run(frames);
    assert.deepEqual({ epoch, seq, tip, ids: [...items.keys()].sort(), items: Object.fromEntries(items) }, state, name);
  }
});
