// What a wall shows at a moment: which state goes before which, when slides come, and when a screen keeps quiet.

import assert from "node:assert/strict";
import { test } from "node:test";
import { agenda, isCalm, JOIN_TURN, LONGEST_TALK, sceneOf, SLIDE_EVERY, SLIDE_FOR, SLIDE_LATE, slideOfTurn, styled } from "../../static/js/core/scene.js";

const NOW = Date.parse("2026-11-21T10:00:00Z");
const at = (minutes) => new Date(NOW + minutes * 60_000).toISOString();
const notice = (id, fields = {}) => ({ id, kind: "notice", text: id, starts_at: null, ends_at: null, ...fields });
const slide = (id, fields = {}) => notice(id, { style: "slide", ...fields });
const session = (title, room, from, until) => ({ title, room, starts_at: at(from), ends_at: until === null ? null : at(until) });
const screen = (state = {}, fields = {}) => ({ name: "Hall A", room: "Hall A", state: { calm: "auto", dark: false, ...state }, ...fields });
const scene = (fields = {}) => sceneOf({ wall: { mode: "live" }, has: () => true, notices: [], sessions: [], nowMs: NOW, upMs: 60_000, ...fields });
const lit = (minutes, id = "p1") => ({ mode: "live", spotlight: { id, until: at(minutes) } });
const frozen = (to = "screen", fields = {}) => ({ mode: "frozen", frozen_to: to, ...fields });

test("on an ordinary wall nothing stands in the way of posts", () => {
  assert.deepEqual(scene(), { frozen: false, spotlight: null, slide: null, calm: false, dark: false, still: false, sign: false });
});

test("before the first frame there is nothing to say", () => {
  assert.equal(scene({ wall: undefined }).still, false);
});

test("frozen: no post comes and no slide either; the wall keeps its screen", () => {
  const { still, slide: shown } = scene({ wall: frozen(), notices: [slide("a")], upMs: SLIDE_EVERY + 10 });
  assert.deepEqual([still, shown], [true, null]);
});

test("frozen to a slide: the one that is on stays, else the first, else the event's name; and it stays for good", () => {
  const notices = [slide("a"), slide("b")];
  const of = (fields) => scene({ wall: frozen("slide"), upMs: 7 * SLIDE_EVERY + SLIDE_FOR + 1, ...fields }).slide;
  assert.deepEqual([of({ notices }), of({ notices, shown: "b" }), of({ notices: [], shown: "b" }), of({})], ["a", "b", "hold", "hold"]);
});

test("a screen that starts while the wall is frozen has no good screen to keep: it shows a slide", () => {
  assert.equal(scene({ wall: frozen(), fresh: true }).slide, "hold");
  assert.equal(scene({ wall: frozen(), fresh: false }).slide, null);
});

test("the spotlight ends by its time and with its post, and no slide is ever over it", () => {
  assert.equal(scene({ wall: lit(1) }).spotlight, "p1");
  assert.equal(scene({ wall: lit(0) }).spotlight, null);
  assert.equal(scene({ wall: lit(1), has: () => false }).spotlight, null);
  for (const wall of [lit(1), { ...lit(1), ...frozen("slide") }]) {
    assert.equal(scene({ wall, notices: [slide("a")], upMs: SLIDE_EVERY }).slide, null);
  }
});

test("posts wait while one is in the spotlight, while a screen is calm, and while it is dark", () => {
  const stills = [{ wall: lit(1) }, { screen: screen({ calm: "on" }) }, { screen: screen({ dark: true }) }].map((fields) => scene(fields).still);
  assert.deepEqual(stills, [true, true, true]);
});

test("slides take turns every few minutes, the way to join is every fourth", () => {
  const turns = Array.from({ length: 9 }, (_, turn) => slideOfTurn(turn, ["a", "b"]));
  assert.deepEqual(turns, [null, "a", "b", "a", "join", "b", "a", "b", "join"]);
  assert.deepEqual([1, 2, JOIN_TURN].map((turn) => slideOfTurn(turn, [])), [null, null, "join"]);
});

test("a slide stays 12 s, and one that was kept away does not come for what is left of them", () => {
  const of = (upMs, shown = null) => scene({ notices: [slide("a")], upMs, shown }).slide;
  assert.deepEqual([of(SLIDE_EVERY), of(SLIDE_EVERY + SLIDE_LATE, "a"), of(SLIDE_EVERY + SLIDE_FOR - 1, "a")], ["a", "a", "a"]);
  assert.deepEqual([of(SLIDE_EVERY + SLIDE_LATE), of(SLIDE_EVERY + SLIDE_FOR, "a"), of(SLIDE_FOR - 1)], [null, null, null]);
});

test("notices are shown by their style, and only between their start and their end", () => {
  const notices = [slide("s"), notice("l"), notice("a", { style: "announcement", ends_at: at(1) }), notice("old", { ends_at: at(0) }), notice("soon", { starts_at: at(1) })];
  const ids = (style) => styled(notices, style, NOW).map(({ id }) => id);
  assert.deepEqual([ids("line"), ids("announcement"), ids("slide")], [["l"], ["a"], ["s"]]);
});

test("a screen is calm while a session runs in its room, by itself, and not for another room's", () => {
  const sessions = [session("Here", "hall a ", -10, 10), session("There", "Hall B", -10, 60)];
  const of = (nowMs, fields) => isCalm(screen(...fields), sessions, nowMs);
  assert.deepEqual([of(NOW, [{}]), of(NOW + 11 * 60_000, [{}]), of(NOW, [{}, { room: "Foyer" }]), of(NOW, [{}, { room: "" }])], [true, false, false, false]);
});

test("the desk's word goes before the programme", () => {
  const sessions = [session("Here", "Hall A", -10, 10)];
  assert.deepEqual([isCalm(screen({ calm: "off" }), sessions, NOW), isCalm(screen({ calm: "on" }, { room: "" }), [], NOW), isCalm(null, sessions, NOW)], [false, true, false]);
});

test("a session without an end lasts until the next in its room, an hour at most", () => {
  const open = session("Open", "Hall A", -70, null);
  const titles = (sessions, nowMs = NOW) => agenda(sessions, "Hall A", nowMs).now.map(({ title }) => title);
  assert.deepEqual(titles([open]), []);
  assert.deepEqual(titles([open], Date.parse(open.starts_at) + LONGEST_TALK - 1), ["Open"]);
  assert.deepEqual(titles([session("First", "Hall A", -20, null), session("Second", "Hall A", -5, null)]), ["Second"]);
});

test("the agenda of a room names what is on there and what is next there", () => {
  const sessions = [session("On", "Hall A", -10, 10), session("Else", "Hall B", 5, 10), session("Next", "Hall A", 15, 30), session("Later", "Hall A", 30, 40)];
  const { now, next } = agenda(sessions, "Hall A", NOW);
  assert.deepEqual([now, next].map((list) => list.map(({ title }) => title)), [["On"], ["Next"]]);
  assert.equal(agenda(sessions, "", NOW).next[0].title, "Else");
});

test("a screen tells its name while it is asked to, even when it is dark", () => {
  assert.equal(scene({ screen: screen({ dark: true }, { identify_until: at(0.1) }) }).sign, true);
  assert.equal(scene({ screen: screen({}, { identify_until: at(0) }) }).sign, false);
  assert.equal(scene({ screen: screen({}, { identify_until: null }) }).sign, false);
});
