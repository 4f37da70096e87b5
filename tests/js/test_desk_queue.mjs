// The order of what waits, its groups, ticks and claims; the stretch of the list that is drawn. Pure.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Browse } from "../../static/js/elements/desk-browse.js";
import { grown, stretch } from "../../static/js/elements/desk-stretch.js";
import { between, claimWords, groupsOf, queueOf, tellingWord, wordsOf } from "../../static/js/elements/desk-queue.js";
import { post } from "./post_items.mjs";

const NOW = Date.parse("2026-11-21T10:00:00Z");
const waits = (no, reason, more = {}) => ({ ...post(no), status: "pending", reason, hashtags: [], ...more });
const ids = (list) => list.map(({ id }) => id).join(" ");

test("reasons make groups, the largest first", () => {
  const list = [waits(1, "first"), waits(2, "copies"), waits(3, "copies"), waits(4, "new-code")];
  assert.deepEqual(groupsOf(list).map(({ name, count }) => `${name} ${count}`), ["Near copies 2", "First posts 1", "new-code 1"]);
});

test("what was put off is at the end until its time has come, in either order", () => {
  const list = [waits(3, "first", { later: "2026-11-21T10:05:00Z" }), waits(2, "copies"), waits(1, "first")];
  assert.equal(ids(queueOf(list, { nowMs: NOW })), "p2 p1 p3");
  assert.equal(ids(queueOf(list, { nowMs: NOW, oldest: true })), "p1 p2 p3");
  assert.equal(ids(queueOf(list, { nowMs: NOW + 6 * 60_000 })), "p3 p2 p1");
  assert.equal(ids(queueOf(list, { nowMs: NOW, reason: "first" })), "p1 p3");
});

test("a range goes either way, and is one post when its start is gone", () => {
  assert.deepEqual(between(["a", "b", "c", "d"], "c", "a"), ["a", "b", "c"]);
  assert.deepEqual(between(["a", "b"], "gone", "b"), ["b"]);
});

test("claims of others are told while they last, one's own are not", () => {
  const claims = [{ post: "p1", by: "Mira", until: "2026-11-21T10:00:10Z" }, { post: "p2", by: "Tom", until: "2026-11-21T10:00:10Z" }, { post: "p3", by: "Mira", until: "2026-11-21T09:59:00Z" }];
  const said = (id) => claimWords(claims, id, { me: "Tom", nowMs: NOW });
  assert.deepEqual(["p1", "p2", "p3"].map(said), ["Mira is on this", "", ""]);
});

test("the word to block is the one that waits often and is shown seldom", () => {
  const spam = { text: "Great conference coins here", spans: [] };
  const shown = [{ text: "great conference here", spans: [] }];
  assert.equal(tellingWord(spam, { waiting: [spam, { text: "free coins", spans: [] }], shown }), "coins");
  assert.equal(tellingWord({ text: "#tag https://a.example/x", spans: [] }, { waiting: [], shown: [] }), "");
  assert.deepEqual(wordsOf({ text: "Über 200 Ärger, @mira@a.example!", spans: [] }), ["über", "ärger"]);
});

test("the drawn stretch stays small, follows the selection, and grows at its ends", () => {
  assert.deepEqual(stretch({ from: 0, to: 60 }, 10_000, 20), { from: 0, to: 60 });
  assert.deepEqual(stretch({ from: 0, to: 60 }, 10_000, 9_999), { from: 9_969, to: 10_000 });
  assert.deepEqual(stretch({ from: 9_969, to: 10_000 }, 12, -1), { from: 0, to: 12 });
  let open = { from: 0, to: 60 };
  for (let turn = 0; turn < 10; turn += 1) open = grown(open, 10_000, true);
  assert.deepEqual(open, { from: 480, to: 660 });
  for (let turn = 0; turn < 10; turn += 1) open = grown(open, 10_000, false);
  assert.deepEqual(open, { from: 0, to: 180 });
});

function browsing(count, marks = new Map()) {
  const posts = Array.from({ length: count }, (_, index) => waits(count - index, index % 2 ? "copies" : "first"));
  const store = { seq: 1, posts: () => posts, get: (id) => posts.find((one) => one.id === id) };
  return { posts, store, marks, browse: new Browse({ store, marksNow: () => marks, now: () => NOW }) };
}

test("a post that was just decided on is behind us, one that could not be sent is not", () => {
  const { browse, marks } = browsing(4);
  browse.settle({ first: true });
  assert.equal(browse.selected, "p4");
  marks.set("p3", { verb: "hide", state: "sent" });
  assert.equal(browse.after(), "p2");
  marks.set("p3", { verb: "hide", state: "unsent" });
  assert.equal(browse.after(), "p3");
});

test("when the selected post goes, none is selected, so that a key on its way hits nothing", () => {
  const { browse, posts, store } = browsing(3);
  browse.choose("p3");
  posts.shift();
  store.seq = 2;
  browse.settle({ first: true });
  assert.equal(browse.selected, null);
  assert.equal(browse.step(1), "p2");
});

test("ticks: one, a range, all of a group; what went is ticked no more", () => {
  const { browse, posts, store } = browsing(6);
  browse.tick("p6");
  browse.tick("p4", true);
  assert.deepEqual([...browse.ticked], ["p6", "p5", "p4"]);
  assert.equal(browse.share, "some");
  browse.untick();
  browse.filter("copies");
  browse.tickAll();
  assert.deepEqual([...browse.ticked], ["p5", "p3", "p1"]);
  assert.equal(browse.share, "all");
  posts.splice(1, 1);
  store.seq = 2;
  browse.settle({ first: false });
  assert.deepEqual([...browse.ticked], ["p3", "p1"]);
});

test("when a group is done, the others are there again, and the first that is not on its way is selected", () => {
  const { browse, posts, store, marks } = browsing(6);
  browse.filter("copies");
  browse.lists.ids.forEach((id) => marks.set(id, { verb: "hide", state: "sending" }));
  browse.settle({ first: true });
  assert.equal(browse.selected, null);
  posts.splice(0, 6, ...posts.filter(({ reason }) => reason === "first"));
  store.seq = 2;
  browse.settle({ first: true });
  assert.deepEqual([browse.reason, browse.selected], [null, "p6"]);
});

test("ten thousand that wait are sorted once, however many keys are pressed", () => {
  const { browse, store } = browsing(10_000);
  const { posts } = store;
  let sorted = 0;
  store.posts = () => { sorted += 1; return posts(); };
  browse.settle({ first: true });
  for (let turn = 0; turn < 50; turn += 1) browse.choose(browse.after());
  assert.equal(browse.selected, "p9950");
  assert.equal(sorted, 1);
});
