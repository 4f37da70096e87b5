// The pacer: people can read what passes, everybody gets a chance, and a day costs no more than an hour. Time is given.

import assert from "node:assert/strict";
import { test } from "node:test";
import { AGAIN_AFTER, BUSY_AT, IDLE_AFTER, IDLE_EVERY, interval, MAX_LAG, MOST, Pacer, READ_MAX, READ_MIN, readingTime, TICK_BUSY, TICK_CALM } from "../../static/js/core/pacing.js";
import { Bounded } from "../../static/js/core/bounded.js";
import { chooseColumn } from "../../static/js/core/layout.js";
import { grams, likeness } from "../../static/js/core/similar.js";
import { post, seeded } from "./post_items.mjs";

const WORDS = "async typing packaging keynote sprint tutorial speaker coffee community parser release coverage notebook database socket honest useful brave quick careful".split(" ");
const say = (random, least = 4, most = 30) => Array.from({ length: least + Math.floor(random() * (most - least)) }, () => WORDS[Math.floor(random() * WORDS.length)] + Math.floor(random() * 90)).join(" ");
const at = (author) => ({ author: { handle: `${author}@fedi.example`, name: { text: author, spans: [] } } });
const unlike = (no) => `${String.fromCodePoint(0x4e00 + no * 7)} ${no * 7919} ${WORDS[no % WORDS.length]} ${no * 104729}`;
const own = (no, fields = {}) => post(no, { text: unlike(no), ...fields });

/** Shows whatever is due, as a wall does. */
function show(pacer, items, now, visible) {
  const id = pacer.next(now, visible);
  if (id) pacer.shown(items.get(id), now);
  return id;
}

test("reading time grows with the text, doubles for CJK, counts a picture, and stays between 6 and 20 s", () => {
  const of = (text, media = []) => readingTime(post(1, { text, media }));
  assert.deepEqual([of("Hi"), of("x".repeat(120)), of("漢".repeat(60)), of("x".repeat(120), [{}]), of("x".repeat(900))], [READ_MIN, 11_500, 11_500, 13_500, READ_MAX]);
});

test("behind a warning only the warning is read", () => {
  assert.equal(readingTime(post(1, { text: "x".repeat(900), warning: "Spoilers" })), READ_MIN);
});

test("the pause shrinks from calm to busy as posts wait", () => {
  assert.deepEqual([interval(0), interval(1), interval(BUSY_AT), interval(200)], [TICK_CALM, TICK_CALM, TICK_BUSY, TICK_BUSY]);
  assert.ok(interval(6) < TICK_CALM && interval(6) > TICK_BUSY);
});

test("the first post comes at once, the next one after the pause", () => {
  const pacer = new Pacer();
  const items = new Map([own(1), own(2)].map((item) => [item.id, item]));
  items.forEach((item) => pacer.offer(item, 0));
  assert.equal(show(pacer, items, 0), "p1");
  assert.equal(show(pacer, items, TICK_CALM - 1), null);
  assert.equal(show(pacer, items, TICK_CALM), "p2");
});

test("a pinned post does not wait for the pause", () => {
  const pacer = new Pacer();
  const items = new Map([own(1), own(2, { pinned: true })].map((item) => [item.id, item]));
  pacer.offer(items.get("p1"), 0);
  show(pacer, items, 0);
  pacer.offer(items.get("p2"), 10);
  assert.equal(show(pacer, items, 10), "p2");
});

test("a post is offered once, whatever comes again", () => {
  const pacer = new Pacer();
  assert.deepEqual([pacer.offer(own(1), 0), pacer.offer(own(1), 5), pacer.waiting], ["waiting", "known", 1]);
});

test("a new voice goes before an old one, a picture before bare words, and who was just shown waits", () => {
  const pacer = new Pacer();
  const items = new Map([own(1, at("ada")), own(2, at("bo")), own(3, { ...at("cy"), media: [{}] }), own(4, at("ada"))].map((item) => [item.id, item]));
  pacer.offer(items.get("p1"), 0);
  show(pacer, items, 0);
  pacer.offer(items.get("p4"), 1);
  pacer.offer(items.get("p3"), 2);
  pacer.offer(items.get("p2"), 3, true);
  assert.deepEqual([1, 2, 3].map((turn) => show(pacer, items, turn * TICK_CALM)), ["p2", "p3", "p4"]);
});

test("an author has one waiting post, the better one; the other counts as one more", () => {
  const pacer = new Pacer();
  pacer.offer(own(1, at("ada")), 0);
  pacer.offer(own(2, { ...at("ada"), media: [{}] }), 10);
  assert.deepEqual([pacer.waiting, pacer.more, pacer.next(20)], [1, 1, "p2"]);
});

test("people who say the same take one place, and are counted", () => {
  const pacer = new Pacer();
  const text = "The wifi password is on the back of your badge, folks";
  pacer.offer(post(1, { text, ...at("ada") }), 0);
  assert.equal(pacer.offer(post(2, { text: `${text}! #PyFest26`, ...at("bo") }), 0), "folded");
  pacer.shown(post(1, { text, ...at("ada") }), 0);
  assert.equal(pacer.offer(post(3, { text, ...at("cy") }), 5), "folded");
  assert.deepEqual([pacer.said("p1"), pacer.waiting, pacer.more], [3, 0, 0]);
});

test("a post with a picture is never folded into words alone", () => {
  const pacer = new Pacer();
  pacer.offer(post(1, { text: "Great talk", ...at("ada") }), 0);
  assert.equal(pacer.offer(post(2, { text: "Great talk", media: [{}], ...at("bo") }), 0), "waiting");
});

test("reposts bring no card, but three new ones after 20 minutes bring the post again", () => {
  const pacer = new Pacer();
  pacer.offer(own(1), 0);
  pacer.shown(own(1), 0);
  const passedOn = (count) => own(1, { passed_on: { count, by: [] } });
  pacer.update(passedOn(5), AGAIN_AFTER - 1);
  pacer.update(passedOn(2), AGAIN_AFTER);
  assert.equal(pacer.waiting, 0);
  pacer.update(passedOn(3), AGAIN_AFTER);
  assert.equal(pacer.next(AGAIN_AFTER), "p1");
});

test("what waited 120 s becomes one more", () => {
  const pacer = new Pacer();
  pacer.offer(own(1), 0);
  pacer.shown(own(1), 0);
  pacer.offer(own(2), 1);
  pacer.next(MAX_LAG + 2);
  assert.deepEqual([pacer.waiting, pacer.more], [0, 1]);
});

test("after 90 quiet seconds good posts come back, one every 30 s, none within 20 minutes of its last time, none on the screen", () => {
  const pacer = new Pacer();
  const items = new Map([1, 2, 3].map((no) => [`p${no}`, own(no, { counts: { reposts: no, likes: 0 } })]));
  pacer.start([...items.values()], () => false);
  pacer.shown(items.get("p1"), 0);
  assert.equal(show(pacer, items, IDLE_EVERY - 1), null);
  const seen = [];
  for (let now = IDLE_AFTER; now < AGAIN_AFTER; now += 1000) seen.push(show(pacer, items, now, new Set(["p2"])));
  assert.deepEqual(seen.filter(Boolean), ["p3"]);
  assert.equal(show(pacer, items, AGAIN_AFTER, new Set(["p2"])), "p1");
});

test("a hidden post leaves the queue, the reserve and the count, and never comes again", () => {
  const pacer = new Pacer();
  pacer.offer(own(1, at("ada")), 0);
  pacer.offer(own(2, at("ada")), 0);
  pacer.offer(own(3, at("bo")), 0);
  ["p1", "p2", "p3"].forEach((id) => pacer.remove(id));
  assert.deepEqual([pacer.waiting, pacer.more, pacer.spare(9)], [0, 0, []]);
  for (let now = 0; now < 2 * AGAIN_AFTER; now += 5_000) assert.equal(pacer.next(now), null);
});

test("a wall that starts gets one post an author first, newest first, and duplicates once", () => {
  const pacer = new Pacer();
  const items = [own(4, at("ada")), own(3, at("ada")), post(2, { text: "Same words here", ...at("bo") }), post(1, { text: "Same words here", ...at("cy") })];
  assert.deepEqual(pacer.start(items, () => false), ["p4", "p2", "p3"]);
  assert.deepEqual([pacer.said("p2"), pacer.more, pacer.waiting], [2, 3, 0]);
});

test("space at the end of a column goes to the newest posts that had no place", () => {
  const pacer = new Pacer();
  pacer.start([own(3), own(2), own(1)], () => false);
  pacer.shown(own(3), 0, { quiet: true });
  assert.deepEqual([pacer.spare(1), pacer.spare(5)], [["p2"], ["p2", "p1"]]);
});

/** A wall of columns with two posts each; returns when each post came and went. */
function simulate(arrivals, { columns = 3, seconds }) {
  const pacer = new Pacer();
  const items = new Map(arrivals.map(({ item }) => [item.id, item]));
  const board = Array.from({ length: columns }, () => ({ empty: true, movedAt: -Infinity, restUntil: -Infinity, cards: [] }));
  const log = [];
  let due = 0;
  for (let now = 0; now <= seconds * 1000; now += 500) {
    while (due < arrivals.length && arrivals[due].at <= now) pacer.offer(arrivals[due++].item, now);
    const column = board[chooseColumn(board, now)];
    const id = column && pacer.next(now, new Set(board.flatMap(({ cards }) => cards.map((card) => card.id))));
    if (!id) continue;
    const item = items.get(id);
    pacer.shown(item, now);
    column.cards.unshift({ id, since: now, item });
    Object.assign(column, { empty: false, movedAt: now, restUntil: now + readingTime(item) });
    column.cards.splice(2).forEach((card) => log.push({ ...card, until: now }));
  }
  return { pacer, log };
}

test("in a burst of 200 in 10 s every post that is shown stays for its reading time, and the rest is counted", () => {
  const random = seeded(11);
  const arrivals = Array.from({ length: 200 }, (_, no) => ({ at: no * 50, item: post(no + 1, { text: say(random), ...at(`author${Math.floor(random() * 130)}`) }) }));
  const { pacer, log } = simulate(arrivals, { seconds: 300 });
  assert.ok(log.length >= 20, `${log.length} posts left the screen`);
  for (const { item, since, until } of log) assert.ok(until - since >= readingTime(item), item.id);
  assert.equal(pacer.waiting, 0);
  assert.ok(pacer.more > 100);
});

test("at four posts a minute everything is shown", () => {
  const random = seeded(5);
  const arrivals = Array.from({ length: 40 }, (_, no) => ({ at: no * 15_000, item: post(no + 1, { text: say(random), ...at(`author${no}`) }) }));
  assert.equal(simulate(arrivals, { seconds: 660 }).pacer.more, 0);
});

test("20,000 posts later no map has passed its ceiling", () => {
  const random = seeded(9);
  const pacer = new Pacer();
  for (let no = 1; no <= 20_000; no += 1) {
    const now = no * 2_000;
    const item = own(no, { ...at(`author${Math.floor(random() * 5_000)}`), pinned: no % 97 === 0 });
    pacer.offer(item, now);
    const id = pacer.next(now);
    if (id === item.id) pacer.shown(item, now);
    if (random() < 0.1) pacer.remove(`p${Math.floor(random() * no)}`);
  }
  const sizes = pacer.sizes();
  assert.ok(sizes.waiting <= MOST.queue && sizes.reserve <= MOST.posts && sizes.unseen <= MOST.posts && sizes.folded <= MOST.posts, JSON.stringify(sizes));
  assert.ok(sizes.known <= MOST.seen && sizes.authors <= MOST.authors && sizes.recent <= MOST.recent, JSON.stringify(sizes));
});

test("likeness is that of the words: hashtags, addresses and case do not count", () => {
  assert.equal(likeness(grams("Lunch is served #PyFest26"), grams("lunch IS served https://x.example/1")), 1);
  assert.ok(likeness(grams("Lunch is served in hall C now"), grams("The keynote starts in hall A now")) < 0.8);
  assert.equal(likeness(grams(""), grams("")), 0);
});

test("a bounded map forgets its oldest entry, and setting a key makes it the newest", () => {
  const map = new Bounded(2).set("a", 1).set("b", 2).set("a", 3).set("c", 4);
  assert.deepEqual([...map], [["a", 3], ["c", 4]]);
});
