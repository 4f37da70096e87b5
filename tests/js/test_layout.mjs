// Where posts go on a wall, and that nothing is half cut.

import assert from "node:assert/strict";
import { test } from "node:test";
import { byRoom, chooseColumn, columnCount, fit, LINES_MIN, unit } from "../../static/js/core/layout.js";
import { ago, clock, holds, nowAndNext, ServiceClock } from "../../static/js/core/time.js";
import { seeded } from "./post_items.mjs";

const column = (movedAt, restUntil, empty = false) => ({ movedAt, restUntil, empty });

test("20 m scale gives three columns at 1080p and at 4K; a lobby screen six; a portrait screen one", () => {
  const count = (width, height, scale) => columnCount(width, unit(width, height, scale));
  assert.deepEqual([count(1920, 1080, 1), count(3840, 2160, 1), count(1920, 1080, 0.5), count(1080, 1920, 1), count(1080, 1920, 0.6), count(100, 1080, 9)], [3, 3, 6, 1, 2, 1]);
});

test("the column that rested longest takes the next post", () => {
  assert.equal(chooseColumn([column(30, 40), column(10, 20), column(20, 30)], 100), 1);
});

test("a column whose top post is still being read does not move", () => {
  assert.equal(chooseColumn([column(30, 40), column(10, 120)], 100), 0);
  assert.equal(chooseColumn([column(30, 140), column(10, 120)], 100), -1);
});

test("an empty column takes a post before any other moves", () => {
  assert.equal(chooseColumn([column(0, 0), column(50, 200, true)], 100), 1);
});

test("columns by room", () => {
  assert.deepEqual(byRoom([{ free: 1 }, { free: 3 }, { free: 2 }]).map(({ free }) => free), [3, 2, 1]);
});

test("cards that fit stay whole", () => {
  assert.deepEqual(fit([{ height: 100, lines: 2, lineHeight: 20 }, { height: 90, lines: 2, lineHeight: 20 }], 200, 10), { stay: 2, lines: null, left: 0 });
});

test("the first card that does not fit is cut at a whole line, or goes", () => {
  const cards = [{ height: 100, lines: 2, lineHeight: 20 }, { height: 140, lines: 5, lineHeight: 20 }];
  assert.deepEqual(fit(cards, 200, 10), { stay: 2, lines: 2, left: 10 });
  assert.deepEqual(fit(cards, 180, 10), { stay: 1, lines: null, left: 80 });
  assert.deepEqual(fit([{ height: 300, lines: 0, lineHeight: 1 }], 200, 10), { stay: 0, lines: null, left: 200 });
});

test("whatever the cards, what stays fits, and a cut text keeps two lines or more", () => {
  const random = seeded(2);
  for (let round = 0; round < 500; round += 1) {
    const cards = Array.from({ length: 1 + Math.floor(random() * 6) }, () => {
      const lines = Math.floor(random() * 8);
      return { height: 60 + lines * 24 + Math.floor(random() * 200), lines, lineHeight: 24 };
    });
    const height = 200 + random() * 800;
    const { stay, lines, left } = fit(cards, height, 16);
    const used = cards.slice(0, stay).reduce((sum, card, index) => sum + card.height + (index ? 16 : 0), 0);
    const shorter = lines === null ? 0 : (cards[stay - 1].lines - lines) * 24;
    assert.ok(used - shorter <= height + 0.5);
    assert.ok(lines === null || lines >= LINES_MIN);
    assert.ok(Math.abs(left - (height - used + shorter)) < 1e-6);
  }
});

test("ages are short words", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  const of = (iso) => ago(iso, now);
  assert.deepEqual(["2026-11-21T11:59:30Z", "2026-11-21T12:00:30Z", "2026-11-21T11:56:00Z", "2026-11-21T09:00:00Z", "2026-11-19T11:00:00Z", "2026-10-01T12:00:00Z", "?"].map(of),
    ["now", "now", "4 min", "3 h", "2 d", "1 Oct", ""]);
  assert.match(clock(now), /^\d\d:\d\d$/);
});

test("sessions that run are now; of the later ones those that start first are next", () => {
  const session = (title, starts_at, ends_at) => ({ title, starts_at, ends_at });
  const sessions = [session("a", "2026-11-21T09:00:00Z", "2026-11-21T10:00:00Z"), session("b", "2026-11-21T10:00:00Z", "2026-11-21T11:00:00Z"),
    session("c", "2026-11-21T11:00:00Z", "2026-11-21T12:00:00Z"), session("d", "2026-11-21T11:00:00Z", "2026-11-21T12:00:00Z")];
  const { now, next } = nowAndNext(sessions, Date.parse("2026-11-21T10:00:00Z"));
  assert.deepEqual([now.map(({ title }) => title), next.map(({ title }) => title)], [["b"], ["c", "d"]]);
  assert.equal(holds({ starts_at: null, ends_at: null }, 0), true);
});

test("a PC whose clock is wrong shows the time of the service; a small difference is the network", () => {
  const service = new ServiceClock(() => Date.parse("2026-11-21T10:00:00Z"));
  service.sync("2026-11-21T10:00:01Z");
  assert.equal(clock(service.now()), clock(Date.parse("2026-11-21T10:00:00Z")));
  service.sync("2026-11-21T10:07:00Z");
  assert.equal(service.now(), Date.parse("2026-11-21T10:07:00Z"));
});
