// What is let in and what waits, for every kind of reader; with a real store and a feed that only notes what it is told.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Store } from "../../static/js/core/store.js";
import { AWAY, Reader } from "../../static/js/elements/live-reader.js";

const OPEN = { words: "", media: false, languages: new Set() };
const post = (no, changes = {}) => ({ id: `p${no}`, kind: "post", no, pinned: false, text: `post ${no}`, spans: [], hashtags: [], language: "en",
  author: { handle: "ada@fedi.example", name: { text: "Ada", spans: [] } }, warning: "", sensitive: false, media: [], card: null, quote: null, ...changes });

class NotedFeed {
  cards = new Map();
  divider = null;
  draw({ pinned, shown, divider }) { this.shown = shown.map(({ id }) => id); this.pinned = pinned; this.mark = divider; this.cards = new Map(shown.map((item) => [item.id, { post: item, focus() {} }])); }
  update(posts) { this.updated = posts.map(({ id }) => id); }
  card(id) { return this.cards.get(id); }
}

const anchor = { atTop: true, hold: (change) => change(), remember() {}, below: () => 0 };
let store, feed, reader, seen, isReading, awayFor, seq;

beforeEach(() => {
  globalThis.window = { scrollTo() {}, scrollBy() {}, innerHeight: 800 };
  [store, feed, isReading, awayFor, seq] = [new Store(), new NotedFeed(), false, 0, 1];
  anchor.atTop = true;
  reader = new Reader({ store, feed, anchor, filter: OPEN, reading: () => isReading, away: () => awayFor });
  reader.addEventListener("drawn", ({ detail }) => { seen = detail; });
  store.apply({ kind: "snapshot", epoch: "e", seq: 1, tip: 3, items: [post(1), post(2), post(3)] });
});

const arrive = (...items) => {
  const tip = Math.max(store.tip, ...items.map(({ no = 0 }) => no));
  store.apply({ kind: "changes", from: seq, seq: (seq += 1), tip, items });
};

test("a reader at the top sees new posts at once", () => {
  arrive(post(4));
  assert.deepEqual(feed.shown, ["p4", "p3", "p2", "p1"]);
  assert.equal(seen.waiting, 0);
});

test("new posts wait for a reader who is further down or reads something", () => {
  anchor.atTop = false;
  arrive(post(4));
  anchor.atTop = true;
  isReading = true;
  arrive(post(5));
  assert.deepEqual(feed.shown, ["p3", "p2", "p1"]);
  assert.equal(seen.waiting, 2);
});

test("posts that wait are not overtaken, unless the reader has been away for a minute", () => {
  isReading = true;
  arrive(post(4));
  isReading = false;
  arrive(post(5));
  assert.equal(seen.waiting, 2);
  awayFor = AWAY + 1;
  arrive(post(6));
  assert.deepEqual(feed.shown.slice(0, 3), ["p6", "p5", "p4"]);
});

test("letting in marks where the reader was", () => {
  isReading = true;
  arrive(post(4), post(5));
  reader.letIn();
  assert.deepEqual(feed.shown, ["p5", "p4", "p3", "p2", "p1"]);
  assert.deepEqual(feed.mark, { before: "p3", count: 2 });
  assert.equal(seen.waiting, 0);
});

test("a post that is taken away leaves the feed and the waiting ones", () => {
  isReading = true;
  arrive(post(4));
  arrive({ id: "p4", gone: true }, { id: "p2", gone: true });
  assert.equal(seen.waiting, 0);
  assert.deepEqual(feed.shown, ["p3", "p1"]);
});

test("a paused page lets nothing in and keeps its numbers, but removes and mends", () => {
  reader.pause(true);
  arrive(post(4), { ...post(3), counts: { likes: 5 } }, post(2, { text: "mended" }), { id: "p1", gone: true });
  assert.deepEqual(feed.shown, ["p3", "p2"]);
  assert.deepEqual(feed.updated, ["p2"]);
  reader.pause(false);
  assert.equal(seen.waiting, 1);
});

test("what the filter keeps out is neither shown, nor counted, nor announced", () => {
  reader.look({ ...OPEN, words: "cake" });
  assert.deepEqual(feed.shown, []);
  isReading = true;
  arrive(post(4), post(5, { text: "cake in the hallway" }));
  assert.equal(seen.waiting, 1);
  assert.equal(seen.arrived, 1);
});

test("another epoch starts over", () => {
  anchor.atTop = false;
  store.apply({ kind: "snapshot", epoch: "f", seq: 1, tip: 1, items: [post(1)] });
  assert.deepEqual(feed.shown, ["p1"]);
  assert.equal(seen.arrived, 0);
});
