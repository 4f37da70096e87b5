// The advice about the room says what app/domain/room.py will do.

import assert from "node:assert/strict";
import test from "node:test";

import { neededScale, roomAdvice } from "../../static/js/core/room.js";

test("the scale is that of the table: 43 px of 44 for 20 m and a picture 4 m high", () => {
  assert.ok(Math.abs(neededScale(20, 4) - 0.98) < 0.005);
});

test("what is no length is asked for in words", () => {
  for (const [distance, height] of [[NaN, 4], [20, 0], [-1, 4]]) assert.match(roomAdvice(distance, height), /metres/);
});

test("a picture that cannot be read from the last row says how far it reaches", () => {
  assert.match(roomAdvice(20, 2), /reaches about 14 m/);
  assert.doesNotMatch(roomAdvice(20, 4), /cannot be read/);
});
