// How one screen looks, and when it loads its page anew.

import assert from "node:assert/strict";
import { test } from "node:test";
import { lookOf, SCALES } from "../../static/js/core/look.js";
import { QUIET_FOR, Restart } from "../../static/js/core/restart.js";

const look = (fields = {}) => lookOf({ wall: undefined, state: null, asked: new URLSearchParams(), ...fields });

test("without any word a wall is dark, made for 20 m, and as wide as it is", () => {
  assert.deepEqual(look(), { theme: "dark", scale: 1, columns: null });
});

test("the address sets a page up; what the desk set for the screen goes before it", () => {
  const asked = new URLSearchParams("theme=light&scale=1.2");
  assert.deepEqual(look({ asked }), { theme: "light", scale: 1.2, columns: null });
  assert.deepEqual(look({ asked, state: { theme: "auto", scale: 0.5, columns: 6 } }), { theme: "auto", scale: 0.5, columns: 6 });
});

test("a larger room makes everything larger, but never more than the screen can bear", () => {
  assert.equal(look({ wall: { scale: 1.2 } }).scale, 1.2);
  assert.equal(look({ wall: { scale: 1.2 }, asked: new URLSearchParams("scale=0.5") }).scale, 0.6);
  assert.equal(look({ wall: { scale: 1.5 }, state: { scale: 1.6 } }).scale, SCALES[1]);
});

test("nonsense in the address changes nothing", () => {
  assert.deepEqual(look({ asked: new URLSearchParams("theme=neon&scale=wide") }), look());
  assert.equal(look({ state: { columns: -1 } }).columns, null);
});

function restart({ done = null, reachable = true } = {}) {
  const kept = new Map(done === null ? [] : [["k", done]]);
  const memory = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  const log = [];
  const one = new Restart({ memory, key: "k", probe: async () => { log.push("asked"); return reachable; }, reload: () => log.push("reloaded") });
  return { one, log, kept };
}

test("the first counter that a tab hears is only where it counts from", async () => {
  const { one, log, kept } = restart();
  one.heard(3);
  await one.tick(QUIET_FOR, 0);
  assert.deepEqual([one.due, log, kept.get("k")], [false, [], "3"]);
});

test("a higher counter reloads once, after five quiet seconds", async () => {
  const { one, log, kept } = restart({ done: "3" });
  one.heard(4);
  await one.tick(QUIET_FOR - 1, 0);
  await one.tick(2 * QUIET_FOR, null);
  assert.deepEqual([one.due, log], [true, []]);
  await one.tick(2 * QUIET_FOR, 0);
  assert.deepEqual([log, kept.get("k"), one.due], [["asked", "reloaded"], "4", false]);
  one.heard(4);
  await one.tick(9 * QUIET_FOR, 0);
  assert.deepEqual(log, ["asked", "reloaded"]);
});

test("a page that cannot be had is kept, and asked for again only after a while", async () => {
  const { one, log } = restart({ done: "3", reachable: false });
  one.heard(4);
  for (const now of [QUIET_FOR, QUIET_FOR + 1, 2 * QUIET_FOR]) await one.tick(now, 0);
  assert.deepEqual([log, one.due], [["asked", "asked"], true]);
});

test("a counter that begins anew is no wish", async () => {
  const { one, log } = restart({ done: "9" });
  one.heard(0);
  await one.tick(QUIET_FOR, 0);
  one.heard(1);
  await one.tick(2 * QUIET_FOR, 0);
  assert.deepEqual(log, ["asked", "reloaded"]);
});
