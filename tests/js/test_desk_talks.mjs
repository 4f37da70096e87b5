// The talk of the selected post follows the programme, and is looked up once.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Store } from "../../static/js/core/store.js";
import { Talks } from "../../static/js/elements/desk-talks.js";
import { changes, post, snapshot } from "./post_items.mjs";

const talk = (id, title, tags) => ({ id, kind: "session", seq: 1, title, room: "Room 2", speakers: [], starts_at: "2026-11-21T09:00:00Z", ends_at: "2026-11-21T10:00:00Z", tags });

test("a post is told the talk whose hashtag it has, also when the programme changes", () => {
  const store = new Store();
  const talks = new Talks(store);
  store.apply(snapshot([talk("s1", "Postgres at the edge", ["edgepg"]), post(1, { hashtags: ["edgepg"] })]));
  const first = talks.of(store.get("p1"));
  assert.equal(first.session.title, "Postgres at the edge");
  assert.equal(talks.of(store.get("p1")), first);
  store.apply(changes(10, 11, [talk("s1", "Postgres anywhere", ["edgepg"])]));
  assert.equal(talks.of(store.get("p1")).session.title, "Postgres anywhere");
  store.apply(changes(11, 12, [{ id: "s1", seq: 12, gone: true }]));
  assert.equal(talks.of(store.get("p1")), null);
});
