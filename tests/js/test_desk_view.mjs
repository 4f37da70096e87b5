// The desk's words and its way through a list; pure.
import assert from "node:assert/strict";
import { test } from "node:test";

import { actionOf } from "../../static/js/elements/desk-keys.js";
import { ageWords, accountOf, afterAction, alsoFrom, factsOf, hereOf, isShared, neighbour, sourceName, sourceState, tabsOf, telling } from "../../static/js/elements/desk-view.js";

const post = (id, status, changes = {}) => ({ id, kind: "post", status, text: `text of ${id}`, warning: "", hashtags: [], media: [], language: null, rule: "",
  network: "mastodon", url: "https://fedi.example/@ada/1", pinned: false, created_at: "2026-11-21T09:30:00Z", edited_at: null, is_reply: false,
  author: { handle: "ada@fedi.example", name: { text: "Ada", spans: [] }, bot: false }, ...changes });

test("posts are parted by status and searched by words", () => {
  const tabs = tabsOf([post("a", "pending"), post("b", "hidden"), post("c", "hidden")], "of b");
  assert.deepEqual(Object.entries(tabs).map(([tab, list]) => [tab, list.length]), [["pending", 0], ["approved", 0], ["hidden", 1]]);
});

test("a copy is listed where its note is, and says what it is", () => {
  const copy = post("c", "copy", { copy_of: "a", rule: "The same note by the same person as on Mastodon, 40 s later." });
  const lead = post("a", "approved", { also: [{ network: "bluesky", url: "https://bsky.app/p", handle: "ada.example" }] });
  assert.deepEqual(tabsOf([lead, copy], "").approved.map(({ id }) => id), ["a", "c"]);
  assert.equal(Object.fromEntries(factsOf(copy, [copy])).Status, "On the wall, within another post");
  assert.equal(Object.fromEntries(factsOf(lead, [lead]))["Also on"], "Bluesky (@ada.example)");
  assert.deepEqual([copy, lead, post("d", "approved"), post("e", "approved", { apart: true })].map(isShared), [true, true, false, true]);
});

test("after an action the next one is selected, at the end the one before", () => {
  assert.equal(afterAction(["a", "b", "c"], "b"), "c");
  assert.equal(afterAction(["a", "b", "c"], "c"), "b");
  assert.equal(afterAction(["a"], "a"), null);
  assert.equal(neighbour(["a", "b"], "gone"), "a");
});

test("a name on a post that was written here says nothing of who it is", () => {
  const ours = { network: "form", url: "https://wall.example/live/w#pa", author: { handle: "Ada", name: { text: "Ada", spans: [] }, bot: false } };
  const facts = Object.fromEntries(factsOf(post("a", "pending", ours), [post("a", "pending", ours), post("b", "hidden", ours)]));
  assert.equal(facts.From, "The form");
  assert.match(facts.Account, /anybody/);
  assert.equal("From them here" in facts, false);
});

test("a post's facts leave out what is not known", () => {
  const facts = Object.fromEntries(factsOf(post("a", "pending", { rule: "It says “spam”." }), [post("a", "pending"), post("b", "hidden")]));
  assert.equal(facts.Status, "Waiting");
  assert.equal(facts.Why, "It says “spam”.");
  assert.equal(facts.From, "Mastodon, fedi.example");
  assert.equal(facts["From them here"], "1 hidden");
  assert.equal("Edited" in facts, false);
});

test("a new voice is called the first here", () => assert.equal(alsoFrom([post("a", "pending")], post("a", "pending")), "nothing, it is their first here"));

test("sources speak in words", () => {
  assert.equal(sourceName("mastodon:fedi.example"), "Mastodon, fedi.example");
  const now = Date.parse("2026-11-21T10:00:00Z");
  const state = sourceState({ condition: "refused", detail: "It wants a token.", until: null, last_arrival_at: "2026-11-21T09:56:00Z" }, now);
  assert.deepEqual(state, { tone: "bad", word: "refused", sentence: "It wants a token. Last post 4 min ago." });
  assert.match(sourceState({ condition: "waiting", detail: "", until: "2026-11-21T10:05:00Z", last_arrival_at: null }, now).word, /^waiting until \d\d:05$/);
  const silent = { condition: "stale", detail: "Nothing heard from fedi.example for 75 s.", since: "2026-11-21T09:59:00Z", failures: 3, until: null, last_arrival_at: null };
  assert.match(sourceState(silent, now).word, /^silent since \d\d:59$/);
  assert.equal(sourceState(silent, now).sentence, "Nothing heard from fedi.example for 75 s. 3 tries failed.");
  assert.equal(sourceState({ condition: "new-word", detail: "", until: null, last_arrival_at: null }, now).word, "new-word");
});

test("a held key moves on but never decides twice, and letters can be off", () => {
  const key = (name, more = {}) => ({ key: name, ...more });
  assert.deepEqual(actionOf(key("H"), true), ["hide"]);
  assert.equal(actionOf(key("h", { repeat: true }), true), null);
  assert.deepEqual(actionOf(key("j", { repeat: true }), true), ["next"]);
  assert.deepEqual(actionOf(key("3"), true), ["tab", 2]);
  assert.deepEqual(actionOf(key("t"), true), ["tie"]);
  assert.equal(actionOf(key("h"), false), null);
  assert.deepEqual(actionOf(key("ArrowDown"), false), ["next"]);
  assert.equal(actionOf(key("a", { ctrlKey: true }), true), null);
  assert.deepEqual(actionOf(key("X", { shiftKey: true }), true), ["tick", "range"]);
  assert.equal(actionOf(key("f", { repeat: true }), true), null);
});

test("what the service knows of a post is told: every reason, the talk, the account", () => {
  const now = Date.parse("2026-11-21T10:00:00Z");
  const more = { found_on: ["fedi.example", "b.example"], copies: 4, reasons: [{ sentence: "First post from this person." }, { sentence: "9 hashtags." }],
    person: { created_at: "2022-01-01T00:00:00Z", posts: 2310, followers: 1, shown: 3, hidden: 0, waiting: 1, standing: "listed" } };
  const talk = { session: { title: "Postgres", room: "Room 2" }, why: "It names the room Room 2." };
  const facts = Object.fromEntries(factsOf(post("a", "pending"), [], { more, talk, nowMs: now }));
  assert.deepEqual(facts.Why, ["First post from this person.", "9 hashtags."]);
  assert.deepEqual(facts.Talk, ["Postgres, Room 2", "It names the room Room 2."]);
  assert.equal(facts["Found on"], "fedi.example, b.example");
  assert.equal(facts.Copies, "4 other people said nearly the same within ten minutes");
  assert.equal(facts.Account, "4 years old, 2,310 posts, 1 follower");
  assert.equal(facts["From them here"], "3 more shown, 1 more waiting; listed: goes straight on");
});

test("ages of accounts are told as people would", () => {
  const now = Date.parse("2026-11-21T10:00:00Z");
  const of = (iso) => ageWords(iso, now);
  assert.deepEqual([of("2026-11-21T01:00:00Z"), of("2026-11-20T01:00:00Z"), of("2026-05-01T00:00:00Z"), of("2019-01-01T00:00:00Z"), of(null)],
    ["made today", "1 day old", "6 months old", "7 years old", ""]);
  assert.equal(accountOf({}, true, now), "says it is a bot");
  assert.equal(hereOf({}), "nothing else");
});

test("to block a server, the one that is linked to comes first", () => {
  const link = { kind: "link", href: "https://www.spam.example/x", start: 0, end: 4 };
  assert.equal(telling(post("a", "pending", { spans: [link] })), "spam.example");
  assert.equal(telling(post("a", "pending")), "fedi.example");
});
