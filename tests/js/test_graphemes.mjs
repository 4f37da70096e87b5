// Characters are counted as people see them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { graphemes } from "../../static/js/core/graphemes.js";

test("what looks like one character counts as one", () => {
  for (const one of ["a", "é", "e\u0301", "👩‍👩‍👧‍👦", "🇩🇪", "क्षि", "한"]) assert.equal(graphemes(one), 1, one);
});

test("texts add up, and nothing is none", () => {
  assert.equal(graphemes(""), 0);
  assert.equal(graphemes("Hi 👋🏽!"), 5);
  assert.equal(graphemes("شكراً"), 4);
});
