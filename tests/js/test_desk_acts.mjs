// What the keys do with one post or many, and what the last deed was. The service is a fake.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

import { ApiError } from "../../static/js/core/api.js";
import { Acts } from "../../static/js/elements/desk-acts.js";
import { Browse } from "../../static/js/elements/desk-browse.js";
import { Decisions } from "../../static/js/elements/desk-decisions.js";
import { lastWords } from "../../static/js/elements/desk-pad.js";
import { post } from "./post_items.mjs";

const shelf = () => ({ length: 0, key: () => null, getItem: () => null, setItem() {}, removeItem() {} });
let sent, said, acts, browse, decisions, posts, fail;

beforeEach(() => {
  [sent, said, fail] = [[], [], null];
  posts = Array.from({ length: 5 }, (_, index) => ({ ...post(5 - index), status: "pending", reason: "first", hashtags: [] }));
  let log = 0;
  const answer = (words) => { sent.push(words); if (fail) throw fail; return { seq: 10, changed: 1, log: (log += 1) }; };
  const commands = {
    bulk: async (verb, ids, done) => { for (const id of ids) done([id], answer(`${verb} ${id}`)); },
    undo: async (line) => answer(`undo ${line}`), block: async (id, what) => answer(`block ${JSON.stringify(what)}`),
  };
  decisions = new Decisions({ wall: "w", storage: shelf(), send: async ({ verb, id }) => answer(`${verb} ${id}`), timers: { set() {}, clear() {} } });
  browse = new Browse({ store: { seq: 1, posts: () => posts, get: (id) => posts.find((one) => one.id === id) }, marksNow: () => acts.marks(), now: () => 0 });
  acts = new Acts({ commands, decisions, browse, say: (words) => said.push(words), moved: (id) => browse.choose(id), redraw() {}, settled() {}, signIn: () => said.push("sign in") });
  acts.me = "Mira";
  browse.settle({ first: true });
});

test("after a decision the next post is selected; the same key again decides on that one", async () => {
  acts.act("hide");
  acts.act("show");
  await turn();
  assert.deepEqual(sent, ["hide p5", "show p4"]);
  assert.equal(browse.selected, "p3");
});

test("with ticks, a key acts on all of them, and undo takes all of it back", async () => {
  ["p5", "p3"].forEach((id) => browse.tick(id));
  await acts.act("hide");
  assert.deepEqual([...browse.ticked], []);
  assert.equal(browse.selected, "p4");
  await acts.undo();
  assert.deepEqual(sent, ["hide p5", "hide p3", "undo 2", "undo 1"]);
  assert.equal(lastWords(acts.latest(), { nameOf: () => "", proofs: [] }).words, "Taken back: 2 posts hidden.");
});

test("what was decided on at once is behind us until the crew's frame has come", async () => {
  browse.tickAll();
  await acts.act("hide");
  assert.equal(browse.after(), null);
  assert.equal(acts.marks().get("p5").state, "sent");
  acts.reached(10);
  assert.equal(acts.marks().has("p5"), false);
});

test("what could not be sent of many stays ticked, and says why", async () => {
  fail = new ApiError({ code: "unreachable", message: "The service cannot be reached.", hint: "", status: 0 });
  browse.tick("p5");
  await acts.act("hide");
  assert.deepEqual([...browse.ticked], ["p5"]);
  assert.deepEqual(said, ["The service cannot be reached."]);
  assert.equal(acts.marks().size, 0);
});

test("undo goes back through everything in its order, each once", async () => {
  acts.act("hide");
  await turn();
  await acts.block("p4", { word: "coins" });
  await acts.undo();
  acts.undo();
  await turn();
  assert.deepEqual(sent, ["hide p5", 'block {"word":"coins"}', "undo 2", "undo p5"]);
  acts.undo();
  assert.equal(said.at(-1), "There is nothing to undo.");
});

test("what was done before the page was opened is undone from the log, others' deeds are not", async () => {
  const line = (id, who) => ({ id, who, action: "post.hide", target: "p9", before: 1, after: 2, undone: false, undoes: null });
  acts.learn([line(8, "Tom"), line(7, "Mira")]);
  await acts.undo();
  assert.deepEqual(sent, ["undo 7"]);
});

test("a session that has ended leads to signing in", async () => {
  fail = new ApiError({ code: "session.none", message: "You are not signed in.", status: 401 });
  await acts.block("p4", { word: "coins" });
  assert.deepEqual(said, ["sign in"]);
});

test("the last deed tells what the screens said about it", () => {
  const entry = { id: "p1", verb: "hide", seq: 7, state: "done" };
  const told = (proofs) => lastWords({ entry }, { nameOf: () => "Ada", proofs });
  assert.deepEqual(told([{ post: "p1", seq: 7, of: 2, by: 2, ms: 40, missing: [] }]), { words: "Hidden: Ada", proof: "gone from 2 of 2 screens, 40 ms", undo: true });
  assert.equal(told([{ post: "p1", seq: 3, of: 2, by: 2, ms: 40, missing: [] }]).proof, "");
  assert.equal(lastWords({ entry: { ...entry, state: "unsent" } }, { nameOf: () => null, proofs: [] }).words, "Hidden: a post that is gone (not sent yet)");
});
