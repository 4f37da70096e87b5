// The store: what pages read, and what they are told.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Store } from "../../static/js/core/store.js";
import { changes, post, snapshot } from "./post_items.mjs";

const WALL = { id: "w", kind: "wall", seq: 1, title: "PyFest", hashtags: ["PyFest26"] };

function filled() {
  const store = new Store();
  store.apply(snapshot([post(2), WALL, post(3), post(1), { id: "s2", kind: "session", starts_at: "2026-11-21T11:00:00Z" },
    { id: "s1", kind: "session", starts_at: "2026-11-21T10:00:00Z" }, { id: "n", kind: "notice", text: "Lunch" }]));
  return store;
}

test("a store that heard nothing is nowhere", () => {
  const store = new Store();
  assert.deepEqual([store.seq, store.epoch, store.posts(), store.wall], [-1, null, [], undefined]);
});

test("posts come newest first, sessions by start", () => {
  const store = filled();
  assert.deepEqual(store.posts().map(({ no }) => no), [3, 2, 1]);
  assert.deepEqual(store.sessions().map(({ id }) => id), ["s1", "s2"]);
  assert.deepEqual([store.wall.title, store.notices().length, store.get("p2").no], ["PyFest", 1, 2]);
});

test("a change is told once, with what changed and what left", () => {
  const store = filled();
  const told = [];
  store.addEventListener("change", ({ detail }) => told.push(detail));
  assert.equal(store.apply(changes(10, 12, [post(4), { id: "p1", seq: 12, gone: true }])), true);
  assert.deepEqual(told, [{ changed: ["p4"], gone: ["p1"], snapshot: false }]);
  assert.deepEqual(store.posts().map(({ no }) => no), [4, 3, 2]);
});

test("a frame after a gap is refused and changes nothing; old news and a pulse are no change", () => {
  const store = filled();
  store.addEventListener("change", () => assert.fail("nothing changed"));
  assert.equal(store.apply(changes(11, 12, [post(4)])), false);
  assert.equal(store.apply(changes(8, 10, [post(4)])), true);
  assert.equal(store.apply({ kind: "pulse", seq: 99, viewers: 3 }), true);
  assert.equal(store.seq, 10);
});
