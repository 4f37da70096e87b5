// What a reader is shown, filtered and told; pure parts of the attendee view.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Announcer, QUIET } from "../../static/js/elements/live-announcer.js";
import { languagesOf, matcher, readFilter, writeFilter } from "../../static/js/elements/live-filter.js";
import { interactAt, serverOf, shareAt } from "../../static/js/elements/live-links.js";
import { away, newPosts, part, people, saysOther, watching } from "../../static/js/elements/live-view.js";

const author = (name, handle = `${name.toLowerCase()}@fedi.example`) => ({ handle, name: { text: name, spans: [] } });
const post = (no, changes = {}) => ({ id: `p${no}`, kind: "post", no, pinned: false, text: `post ${no}`, spans: [], author: author("Ada"),
  hashtags: ["pyfest26"], language: "en", warning: "", sensitive: false, media: [], card: null, quote: null, ...changes });
const posts = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => post(to - index));
const every = () => true;

test("posts above the reader's mark wait, the others are shown newest first, as many as asked for", () => {
  const parts = part(posts(1, 50), { top: 47, count: 40, matches: every });
  assert.deepEqual(parts.waiting.map(({ no }) => no), [50, 49, 48]);
  assert.equal(parts.shown.length, 40);
  assert.equal(parts.shown[0].no, 47);
  assert.equal(parts.older, true);
});

test("a pinned post stands apart and never waits", () => {
  const parts = part([post(9, { pinned: true }), ...posts(1, 3)], { top: 3, count: 40, matches: every });
  assert.deepEqual(parts.pinned.map(({ no }) => no), [9]);
  assert.equal(parts.waiting.length, 0);
});

test("bigger numbers say nothing else; another text does", () => {
  assert.equal(saysOther(post(1), { ...post(1), counts: { likes: 9 } }), false);
  assert.equal(saysOther(post(1), post(1, { text: "mended" })), true);
});

test("viewers are exact up to 50 and rounded above", () => {
  assert.deepEqual([1, 50, 51, 214, 999, 1249].map(watching),
    ["1 watching", "50 watching", "50 watching", "210 watching", "1,000 watching", "1,200 watching"]);
});

test("a reader is told calmly that the house is full or the connection lost, and until when the posts shown are fresh", () => {
  assert.equal(away({ full: true, until: null }), "Many people are here already. This page tries again by itself.");
  assert.equal(away({ full: true, until: "09:30" }), "Many people are here already. This page tries again by itself. Showing posts until 09:30.");
  assert.equal(away({ full: false, until: null }), "No connection just now. This page tries again by itself.");
  assert.equal(away({ full: false, until: "09:30" }), "No connection just now. Showing posts until 09:30.");
});

test("people are counted once each, latest first", () => {
  const { count, latest } = people([post(3, { author: author("Bo") }), post(2), post(1, { author: author("Bo") })], 1);
  assert.equal(count, 2);
  assert.deepEqual(latest.map(({ author: { name }, posts: many }) => [name.text, many]), [["Bo", 2]]);
});

test("a filter survives the address", () => {
  const filter = { words: "ada docs", media: true, languages: new Set(["ja", "de"]) };
  assert.deepEqual(readFilter(writeFilter(filter, "?theme=dark")), filter);
  assert.match(writeFilter(filter, "?theme=dark"), /theme=dark/);
  assert.equal(writeFilter({ words: " ", media: false, languages: new Set() }), "");
  assert.deepEqual([...readFilter("?lang=ja,<b>,..").languages], ["ja"]);
});

test("every word must occur, in the text, the author or a tag, whatever the case", () => {
  const wanted = matcher({ words: "ADA Straße", media: false, languages: new Set() });
  assert.equal(wanted(post(1, { text: "Auf der straße" })), true);
  assert.equal(wanted(post(1, { text: "Auf der straße", author: author("Bo") })), false);
  assert.equal(matcher({ words: "#pyfest26", media: false, languages: new Set() })(post(1)), true);
});

test("languages add up, media narrows, and de-AT is German", () => {
  const german = matcher({ words: "", media: false, languages: new Set(["de", "ja"]) });
  assert.equal(german(post(1, { language: "de-AT" })), true);
  assert.equal(german(post(1, { language: null })), false);
  assert.equal(matcher({ words: "", media: true, languages: new Set() })(post(1)), false);
});

test("languages are named in themselves, most used first, and nonsense is left out", () => {
  const list = languagesOf([post(1, { language: "ja" }), post(2, { language: "ja-JP" }), post(3, { language: "de" }), post(4, { language: "x_y!" })]);
  assert.deepEqual(list, [{ code: "ja", name: "日本語" }, { code: "de", name: "Deutsch" }]);
});

test("a server is found in what people type", () => {
  for (const typed of ["social.example", "https://Social.Example/@ada", "@ada@social.example", " ada@social.example "]) {
    assert.equal(serverOf(typed), "social.example");
  }
  for (const typed of ["", "ada", "@ada", "javascript:alert(1)", "social example", "exa mple.org"]) assert.equal(serverOf(typed), null);
});

test("addresses at one's own server are encoded", () => {
  assert.equal(interactAt("social.example", "https://fedi.example/@ada/1?a=b&c"), "https://social.example/authorize_interaction?uri=https%3A%2F%2Ffedi.example%2F%40ada%2F1%3Fa%3Db%26c");
  assert.equal(shareAt("social.example", "PyFest26"), "https://social.example/share?text=%23PyFest26%20");
});

test("new posts are announced at once, then at most every 20 seconds, summed up", () => {
  const said = [];
  const timers = [];
  let now = 0;
  const announcer = new Announcer((count) => said.push(count), { now: () => now, later: (run, ms) => timers.push([run, ms]) });
  announcer.add(1);
  now = 5_000;
  announcer.add(2);
  announcer.add(0);
  announcer.add(3);
  assert.deepEqual(said, [1]);
  assert.deepEqual(timers.map(([, ms]) => ms), [QUIET - 5_000]);
  now = QUIET;
  timers[0][0]();
  assert.deepEqual(said, [1, 5]);
});

test("one new post is singular", () => assert.deepEqual([newPosts(1), newPosts(1200)], ["1 new post", "1,200 new posts"]));
