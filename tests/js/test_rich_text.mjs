// Texts and spans: offsets by code points, nothing but http and https followed, nothing lost.

import assert from "node:assert/strict";
import { test } from "node:test";
import { direction, pieces, safeHref } from "../../static/js/elements/rich-text.js";
import { lengthClass, wallPieces, weight, withoutTrailingTags } from "../../static/js/elements/post-text.js";
import { mediaShape, objectPosition, passedOnPieces, shortCount } from "../../static/js/elements/post-parts.js";
import { post, seeded } from "./post_items.mjs";

const tagged = (text) => {
  const spans = [];
  for (const match of text.matchAll(/#[\p{L}\p{N}]+/gu)) {
    const start = Array.from(text.slice(0, match.index)).length;
    spans.push({ start, end: start + Array.from(match[0]).length, kind: "hashtag", href: "https://fedi.example/tags/x" });
  }
  return { text, spans };
};
const wall = (text) => wallPieces(post(1, tagged(text))).map((piece) => piece.text).join("");

test("offsets are code points, so emoji before a span do not shift it", () => {
  const [first, tag, rest] = pieces("🐍👩‍💻 #Py!", [{ start: 5, end: 8, kind: "hashtag", href: "https://x.example" }]);
  assert.deepEqual([first.text, tag.text, tag.kind, rest.text], ["🐍👩‍💻 ", "#Py", "hashtag", "!"]);
});

const LETTERS = Array.from("aé🐍م漢 ");
test("whatever the spans, the pieces together are the text", () => {
  const random = seeded(3);
  for (let round = 0; round < 300; round += 1) {
    const text = Array.from({ length: 12 }, () => LETTERS[Math.floor(random() * LETTERS.length)]).join("");
    const number = () => Math.floor(random() * 16) - 2;
    const spans = Array.from({ length: 4 }, () => ({ start: number(), end: number(), kind: "link", href: "https://x.example" }));
    assert.equal(pieces(text, spans).map((piece) => piece.text).join(""), text);
  }
});

test("only http and https are followed", () => {
  for (const bad of ["javascript:alert(1)", "data:text/html,x", "//x.example", "mailto:a@x.example", "", null, undefined, "ht tp://x"]) assert.equal(safeHref(bad), null);
  assert.equal(safeHref("https://x.example/a"), "https://x.example/a");
});

test("a hashtag runs as its own script does", () => {
  assert.deepEqual(["#PyFest26", "#مؤتمر", "#会議", "#פייתון"].map(direction), ["ltr", "rtl", "ltr", "rtl"]);
});

test("a wall leaves out hashtags that only file a post, and keeps those that a sentence needs", () => {
  assert.equal(wall("What a day! #PyFest26"), "What a day!");
  assert.equal(wall("What a day #PyFest26 #Python"), "What a day");
  assert.equal(wall("ありがとうございます！#PyFest26"), "ありがとうございます！");
  assert.equal(wall("See you all at #PyFest26"), "See you all at #PyFest26");
  assert.equal(wall("#PyFest26 starts"), "#PyFest26 starts");
  assert.equal(wall("#PyFest26 #Python"), "#PyFest26 #Python");
  assert.equal(wall("Cake 🎉 #PyFest26"), "Cake 🎉");
});

test("nothing but tags is left as it is", () => {
  const { text, spans } = tagged("#a #b");
  assert.equal(withoutTrailingTags(pieces(text, spans)).length, 3);
});

test("the link of a preview is not said twice, and other links are shortened", () => {
  const text = "Read this: https://blog.example/2026/11/a-very-long-title-about-typing";
  const spans = [{ start: 11, end: text.length, kind: "link", href: "https://blog.example/x" }];
  assert.equal(wallPieces(post(1, { text, spans, card: { url: "https://blog.example/x" } })).map((piece) => piece.text).join(""), "Read this:");
  assert.match(wallPieces(post(1, { text, spans })).at(-1).text, /^blog\.example\/2026\/.*…$/);
});

test("length classes count CJK glyphs twice and know emoji", () => {
  const of = (text) => lengthClass([{ kind: "text", text }]);
  assert.deepEqual([of("🎉🐍 👩‍💻"), of("Hello"), of("x".repeat(61)), of("漢".repeat(31)), of("x".repeat(221))], ["emoji", "short", "normal", "normal", "long"]);
  assert.equal(weight([{ kind: "text", text: "ab漢" }, { kind: "emoji", text: ":blob:" }]), 6);
});

test("who passed a post on reads as a sentence", () => {
  const by = ["Ada", "Bo", "Cy"].map((text) => ({ name: { text, spans: [] }, handle: "x" }));
  const say = (count, names, most) => passedOnPieces({ count, by: by.slice(0, names) }, most)
    .map((piece) => piece.text ?? piece.pieces.map(({ text }) => text).join("")).join("");
  assert.deepEqual([say(0, 0, 2), say(1, 1, 2), say(2, 2, 2), say(5, 3, 2), say(4, 1, 1), say(3, 0, 2)],
    ["", "Passed on by Ada", "Passed on by Ada and Bo", "Passed on by Ada, Bo and 3 more", "Passed on by Ada and 3 more", "Passed on 3 times"]);
});

test("pictures: shape, focus and short counts", () => {
  const of = (width, height, more = []) => mediaShape([{ src: "/media/x", width, height }, ...more]);
  assert.deepEqual([of(10, 20), of(20, 10), of(10, 20, [{ src: "/media/y" }]), mediaShape([{ src: null }]), of(null, null)], ["tall", "wide", "wide", "none", "wide"]);
  assert.deepEqual([objectPosition(null), objectPosition([0, 0.4]), objectPosition([-1, -1])], ["50% 50%", "50% 30%", "0% 100%"]);
  assert.deepEqual([shortCount(9), shortCount(1234)], ["9", "1.2K"]);
});
