// Which talk a post belongs to: what it names counts, when it was written counts, and in doubt it belongs to none.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MARGIN, sessionOf } from "../../static/js/core/programme.js";
import { post } from "./post_items.mjs";

const TEN = Date.parse("2026-11-21T10:00:00Z");
const MINUTE = 60_000;
const iso = (ms) => new Date(ms).toISOString();
const talk = (title, fields = {}) => ({ id: title, kind: "session", title, room: "", speakers: [], tags: [], handles: [], code: "", starts_at: iso(TEN), ends_at: iso(TEN + 30 * MINUTE), ...fields });

const PARSER = talk("Writing a parser in an afternoon", { room: "Hall A", speakers: ["Ada Löwe"], handles: ["ada@fedi.example"], tags: ["parserfun"], code: "7KQX3P" });
const COFFEE = talk("Coffee for conference organisers", { room: "Foyer", speakers: ["Bo"], handles: ["bo.example"], code: "4711" });
const LATER = talk("Parser combinators", { room: "Hall A", starts_at: iso(TEN + 60 * MINUTE), ends_at: iso(TEN + 90 * MINUTE) });
const SESSIONS = [PARSER, COFFEE, LATER];

const about = (text, { at = TEN + 5 * MINUTE, ...fields } = {}) => sessionOf(post(1, { text, created_at: iso(at), ...fields }), SESSIONS);
const titleOf = (found) => found?.session.title ?? null;

test("a talk's own hashtag or code says it at any time", () => {
  const found = about("Slides are up", { hashtags: ["pyfest26", "parserfun"], at: TEN + 600 * MINUTE });
  assert.deepEqual([found.session, found.why], [PARSER, "It has the talk's hashtag #parserfun."]);
  assert.equal(titleOf(about("On my way to 7KQX3P", { at: TEN - 600 * MINUTE })), PARSER.title);
  assert.equal(titleOf(about("Room 4711 is closed")), null, "a bare number is no code");
});

test("who speaks is known by account, mention and name, while the talk runs", () => {
  assert.equal(about("Listening to @ada@fedi.example").why, "It names @ada@fedi.example, who speaks.");
  const spans = [{ start: 0, end: 4, kind: "mention", href: "https://fedi.example/@ada" }];
  assert.equal(titleOf(about("@ada rocks", { spans })), PARSER.title);
  const onBluesky = [{ start: 0, end: 3, kind: "mention", href: "https://bsky.app/profile/bo.example" }];
  assert.equal(titleOf(about("@bo rocks", { spans: onBluesky })), COFFEE.title);
  assert.equal(about("ADA LOWE is on stage").why, "It names Ada Löwe, who speaks.");
  assert.equal(about("Now!", { author: { handle: "ada@fedi.example", name: { text: "Ada", spans: [] } } }).why, "It is by who speaks.");
  assert.equal(titleOf(about("Bo is here")), null, "a short first name is many people");
});

test("two rare words of the title are enough, one is not, and words inside words are none", () => {
  assert.equal(about("I wrote a parser this afternoon!").why, "It says “parser”, “afternoon”, as the title does.");
  assert.equal(titleOf(about("a lovely afternoon")), null);
  assert.equal(titleOf(about("parsers, afternoons")), null);
});

test("the room says it for the talk that is in it now", () => {
  assert.equal(about("Hall A is full").why, "It names the room Hall A.");
  assert.equal(titleOf(about("Hall A is full", { at: TEN + 60 * MINUTE })), LATER.title);
  assert.equal(titleOf(about("Hall Alpha is full")), null);
});

test("what does not run counts for nothing, fifteen minutes around it are fine", () => {
  for (const [at, expected] of [[TEN - MARGIN - 1, null], [TEN - MARGIN, PARSER.title], [TEN + 30 * MINUTE + MARGIN, PARSER.title], [TEN + 31 * MINUTE + MARGIN, null]]) {
    assert.equal(titleOf(about("Ada Löwe", { at })), expected);
  }
});

test("of two talks the one that more speaks for is taken, then the nearer one, and in doubt none", () => {
  assert.equal(titleOf(about("Ada Löwe at the Foyer")), PARSER.title);
  const twins = [talk("One", { room: "Big Hall" }), talk("Two", { room: "Big Hall" })];
  assert.equal(sessionOf(post(1, { text: "Big Hall", created_at: iso(TEN) }), twins), null);
  const inRow = [talk("One", { room: "Big Hall" }), talk("Two", { room: "Big Hall", starts_at: iso(TEN + 30 * MINUTE), ends_at: iso(TEN + 60 * MINUTE) })];
  assert.equal(titleOf(sessionOf(post(1, { text: "Big Hall", created_at: iso(TEN + 25 * MINUTE) }), inRow)), "One");
});

test("scripts without spaces and sessions of an older service are read as well", () => {
  const sessions = [{ title: "型ヒント入門と実践", starts_at: iso(TEN), ends_at: iso(TEN + 30 * MINUTE) }];
  assert.equal(titleOf(sessionOf(post(1, { text: "型ヒントの実践、最高でした", created_at: iso(TEN) }), sessions)), sessions[0].title);
  assert.equal(sessionOf(post(1, { text: "", created_at: iso(TEN) }), []), null);
});
