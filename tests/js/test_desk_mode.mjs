// Freezing and the modes: asked until the service has it; the top of the desk in words. The service is a fake.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

import { ApiError } from "../../static/js/core/api.js";
import { canUndo, deedOf, joined, lastOf, modeBefore, proofWords } from "../../static/js/elements/desk-log-words.js";
import { hereWords, lasted, screensInShort, stripOf } from "../../static/js/elements/desk-head.js";
import { ModeSwitch } from "../../static/js/elements/desk-mode.js";
import { timeWords } from "../../static/js/elements/desk-notices.js";
import { News, calmly } from "../../static/js/elements/desk-news.js";
import { ruleOf, ruleWords } from "../../static/js/elements/desk-rules.js";

const down = () => new ApiError({ code: "unreachable", message: "The service cannot be reached.", status: 0 });
const NOW = Date.parse("2026-11-21T10:00:00Z");

function switching(answer) {
  const [asked, waits] = [[], []];
  const modes = new ModeSwitch({ send: async (mode, to) => { asked.push(to ? `${mode} ${to}` : mode); return answer(); }, wait: (run) => waits.push(run) });
  return { modes, asked, waits };
}

test("freeze counts at once, and unfreeze goes back to what was before", async () => {
  const { modes, asked } = switching(() => ({ seq: 2 }));
  modes.learn("review");
  modes.freeze();
  assert.equal(modes.frozen, true);
  await turn();
  modes.learn("freeze");
  await modes.freeze();
  assert.deepEqual(asked, ["freeze screen", "review"]);
  assert.equal(modes.mode, "review");
});

test("a freeze that could not be sent is sent again until it is there, unless somebody thought otherwise", async () => {
  let answer = () => { throw down(); };
  const { modes, asked, waits } = switching(() => answer());
  await modes.ask("freeze", "screen");
  assert.equal(modes.unsent, true);
  assert.equal(modes.frozen, true);
  answer = () => ({ seq: 2 });
  waits.shift()();
  await turn();
  assert.equal(modes.unsent, false);
  assert.deepEqual(asked, ["freeze screen", "freeze screen"]);
  answer = () => { throw down(); };
  await modes.ask("open");
  answer = () => ({ seq: 3 });
  await modes.ask("review");
  waits.shift()();
  await turn();
  assert.equal(modes.mode, "review");
  assert.deepEqual(asked.slice(2), ["open", "review"]);
});

test("what held before a switch is read from the log", () => {
  const turn = (id, before, after) => ({ id, action: "mode", before: { mode: before }, after: { mode: after } });
  const lines = [turn(3, "open", "freeze"), turn(2, "hybrid", "open"), turn(1, "review", "hybrid")];
  assert.deepEqual(["freeze", "open", "review"].map((mode) => modeBefore(lines, mode)), ["open", "hybrid", null]);
});

test("a mode that is refused does not count", async () => {
  const { modes } = switching(() => { throw new ApiError({ code: "role", message: "No.", status: 403 }); });
  modes.learn("hybrid");
  await modes.ask("open");
  assert.equal(modes.mode, "hybrid");
});

test("the strip says what the alarm said, what is frozen, and what could not be sent; else nothing", () => {
  const alarm = stripOf({ mode: "review", since: "2026-11-21T10:00:00Z", why: "120 posts within a minute.", by: "Hallway" });
  assert.match(alarm.words, /^Everything waits since \d\d:00: 120 posts within a minute\.$/);
  assert.deepEqual(alarm.acts, [["Back to normal", "normal"]]);
  assert.deepEqual(stripOf({ mode: "freeze", by: "Mira" }).acts.map(([words]) => words), ["Show the slide", "Unfreeze"]);
  assert.match(stripOf({ mode: "freeze", unsent: true }).words, /^Not sent yet/);
  assert.equal(stripOf({ mode: "review", why: "", by: "Mira" }), null);
  assert.equal(stripOf({ mode: "hybrid" }), null);
});

test("screens are named while they are few; of many, those that are lost", () => {
  const screen = (name, online, more = {}) => ({ name, online, painted_ms: 200, lost_at: "2026-11-21T09:59:20Z", opened: true, ...more });
  const said = (list) => screensInShort(list, NOW).map(({ name, words }) => `${name} ${words}`);
  assert.deepEqual(said([screen("Hall A", true), screen("Foyer", false)]), ["Hall A connected, 0.2 s", "Foyer lost 40 s ago"]);
  assert.deepEqual(said([screen("A", true), screen("B", true), screen("Foyer", false)]), ["2 of 3 screens connected", "Foyer lost 40 s ago"]);
  assert.deepEqual(said([screen("New", false, { lost_at: null, opened: false })]), ["New not opened yet"]);
  assert.deepEqual([lasted(89_000), lasted(600_000), lasted(3 * 3_600_000)], ["89 s", "10 min", "3 h"]);
  assert.equal(hereWords(["Mira", "Tom", "Ada"], "Ada"), "Mira, Tom and you");
});

test("the screens prove that a post is gone, or are named", () => {
  assert.equal(proofWords({ of: 4, by: 4, ms: 180, missing: [] }), "gone from 4 of 4 screens, 180 ms");
  assert.equal(proofWords({ of: 4, by: 3, ms: 90, missing: ["Foyer"] }), "3 of 4 screens have confirmed: Foyer has not");
  assert.equal(proofWords({ of: 0, by: 0, ms: null, missing: [] }), "");
});

const line = (id, action, more = {}) => ({ id, action, who: "Mira", target: "p1", before: { posts: {} }, after: { posts: { p1: {} } }, undone: false, undoes: null, ...more });

test("the log speaks in words, and says what can be taken back", () => {
  const rule = { kind: "word", values: ["coins"], on: true };
  assert.deepEqual(deedOf(line(1, "post.hide")), { words: "hid", post: "p1" });
  assert.equal(deedOf(line(1, "posts.hide")).words, "hid 1 post");
  assert.equal(deedOf(line(1, "rule", { before: { a: null }, after: { a: rule } })).words, "added the rule word “coins”");
  assert.equal(deedOf(line(1, "rule", { before: { a: rule }, after: { a: { ...rule, on: false } } })).words, "switched off the rule word “coins”");
  assert.equal(deedOf(line(2, "undo.post.hide", { undoes: 1 })).words, "took back: hid");
  assert.equal(deedOf(line(1, "mode", { after: { mode: "freeze" } })).words, "froze the wall");
  assert.equal(deedOf(line(1, "session.open")).words, "signed in");
  const lines = [line(5, "session.open"), line(4, "undo.post.hide", { undoes: 3 }), line(3, "post.hide", { undone: true }), line(2, "post.pin", { who: "Tom" }), line(1, "person")];
  assert.deepEqual(lines.map(canUndo), [false, false, false, true, true]);
  assert.equal(lastOf(lines, "Mira").id, 1);
});

test("a batch is one line, however many the service made of it", () => {
  const part = (id, post) => line(id, "posts.hide", { target: "b1", before: { posts: { [post]: 1 } }, after: { posts: { [post]: 2 } } });
  const lines = joined([line(9, "post.pin"), part(3, "p3"), part(2, "p2"), line(1, "posts.hide", { target: "b0" })]);
  assert.deepEqual(lines.map(({ id }) => id), [9, 3, 1]);
  assert.equal(deedOf(lines[1]).words, "hid 2 posts");
});

test("rules are told in one line, and made from what the form says", () => {
  assert.equal(ruleWords({ kind: "word", action: "hide", values: ["spam", "eggs"] }), "Words and phrases: “spam”, “eggs” → hidden");
  assert.equal(ruleWords({ kind: "word", action: "hold", values: Array(42).fill("rude") }), "Words and phrases: a list of 42 → waits");
  assert.equal(ruleWords({ kind: "copies", action: "hold", most: 3 }), "Near copies by others: more than 3 → waits");
  assert.deepEqual(ruleOf({ id: "x", kind: "word", action: "hide", values: " spam \n\neggs*", most: "7" }), { id: "x", kind: "word", action: "hide", values: ["spam", "eggs*"], most: null, on: true, note: "" });
  assert.equal(ruleOf({ id: "x", kind: "age", action: "hold", values: "no", most: "2" }).most, 2);
});

test("a notice says when it is on the screens", () => {
  assert.equal(timeWords({ text: "Lunch" }, NOW), "on the screens now, until you take it away");
  assert.equal(timeWords({ image: "/media/a" , ends_at: "2026-11-21T09:00:00Z" }, NOW), "over");
  assert.equal(timeWords({ style: "slide" }, NOW), "waits for its picture");
  assert.match(timeWords({ text: "Lunch", starts_at: "2026-11-21T11:00:00Z" }, NOW), /^from Sat/);
});

test("many changes in a row are one question now and one later", async () => {
  const later = [];
  let asked = 0;
  const ask = calmly(async () => { asked += 1; }, { set: (run) => later.push(run) });
  await Promise.all([ask(), ask(), ask()]);
  assert.equal(asked, 1);
  later.shift()();
  await turn();
  assert.equal(asked, 2);
});

test("arrivals are no news of the crew; a changed status, a pin and the wall's own settings are", () => {
  const news = new News({ commands: {} });
  const item = { id: "p1", kind: "post", status: "pending", pinned: false };
  assert.equal(news.tells([item]), false);
  assert.equal(news.tells([{ ...item, counts: { likes: 2 } }]), false);
  assert.equal(news.tells([{ ...item, status: "hidden" }]), true);
  assert.equal(news.tells([{ id: "wall", kind: "wall", seq: 4 }]), true);
});
