// The attendee view: wires store, socket, reader and the page's parts together.

import { LiveSocket } from "../core/socket.js";
import { Store } from "../core/store.js";
import { ServiceClock, clock } from "../core/time.js";
import { setText } from "../elements/dom.js";
import { Anchor, pageScroller } from "../elements/live-anchor.js";
import { Announcer } from "../elements/live-announcer.js";
import { Chips } from "../elements/live-chips.js";
import { Feed } from "../elements/live-feed.js";
import { isOpen, readFilter, writeFilter } from "../elements/live-filter.js";
import { drawPeople, drawSessions, drawWall, drawWatching } from "../elements/live-head.js";
import { keepLetters, lettersOn, listen, walk } from "../elements/live-keys.js";
import { Notices } from "../elements/live-notices.js";
import { Reader } from "../elements/live-reader.js";
import { OwnServer } from "../elements/live-server.js";
import { away, newPosts } from "../elements/live-view.js";

/** Milliseconds without a connection before the reader is told; short gaps are nobody's business. */
const OFFLINE_AFTER = 20_000;
/** Milliseconds a connection must hold to count as one. */
const SETTLED_AFTER = 3_000;
const TICK = 15_000;
const NO_SUCH_WALL = 4404;

const byId = (id) => document.getElementById(id);
const slug = decodeURIComponent(location.pathname.split("/").filter(Boolean)[1] ?? "");
const time = new ServiceClock();
const store = new Store();
const socket = new LiveSocket({ wall: slug, store });
const header = document.querySelector(".top");
const scroller = pageScroller(() => header.getBoundingClientRect().bottom);
const feed = new Feed({ pinned: byId("pinned"), feed: byId("feed"), now: () => time.now() });
const anchor = new Anchor(() => feed.cards(), scroller);
feed.anchor = anchor;

let touchedAt = performance.now();
const touched = () => { touchedAt = performance.now(); };

/** Somebody reads: a card in view has focus, words are selected, or the page is not looked at (then posts wait for the return). */
function reading() {
  const card = document.activeElement?.closest("post-card");
  const selected = !document.getSelection().isCollapsed && byId("main").contains(document.getSelection().anchorNode);
  return document.hidden || selected || Boolean(card && anchor.sees(card));
}

const reader = new Reader({ store, feed, anchor, reading, filter: readFilter(location.search), away: () => performance.now() - touchedAt });
const server = new OwnServer();
const notices = new Notices(byId("notices"));
const announcer = new Announcer((count) => setText(byId("announce"), newPosts(count)));
const chips = new Chips(byId("chips"), (filter) => look(filter));
const tag = () => store.wall?.hashtags[0] ?? slug;

function look(filter) {
  history.replaceState(null, "", `${location.pathname}${writeFilter(filter, location.search)}${location.hash}`);
  reader.look(filter);
}

function drawEmpty({ shown, pinned, waiting, older }) {
  const none = shown.length + pinned.length + waiting === 0;
  const open = isOpen(reader.filter);
  byId("empty").hidden = !none;
  setText(byId("empty-line"), open ? `Be the first: #${tag()}` : "No post matches.");
  setText(byId("empty-hint"), open ? "Posts with the tag appear here within moments." : "New ones that do will appear here.");
  byId("empty-compose").hidden = !open;
  byId("clear").hidden = open;
  byId("end").hidden = none || older;
  setText(byId("end"), open ? "These are all posts so far that this page keeps." : "These are all posts that match.");
}

/** The post that the address names: somebody followed a link to it. */
let sought = location.hash.slice(1);

function seek() {
  const card = sought && feed.card(sought);
  if (!card) return;
  sought = "";
  card.focus();
}

reader.addEventListener("drawn", ({ detail }) => {
  byId("loading").hidden = true;
  byId("compose").hidden = false;
  byId("feed").setAttribute("aria-busy", "false");
  byId("pill").hidden = detail.waiting === 0 || reader.paused;
  setText(byId("pill"), newPosts(detail.waiting));
  drawEmpty(detail);
  if (!reader.paused) announcer.add(detail.arrived);
  seek();
});

function drawAround() {
  if (store.wall) anchor.hold(() => drawWall(store.wall));
  drawSessions(store.sessions(), time.now());
  drawPeople(store.posts());
  chips.draw(store.posts(), reader.filter);
  anchor.hold(() => notices.draw(store.notices(), time.now()));
}

store.addEventListener("change", drawAround);
socket.addEventListener("pulse", ({ detail }) => {
  time.sync(detail.now);
  if (!reader.paused) drawWatching(detail.viewers);
});

let lostAt = null;
let offline = null;
let full = false;
let settled = null;

function banner(text) {
  anchor.hold(() => { setText(byId("banner"), text); byId("banner").hidden = text === ""; });
}

/** Back for good: a frame has come, or the connection has held for a moment (a full house lets in and closes at once). */
function connected() {
  clearTimeout(offline);
  lostAt = offline = null;
  full = false;
  if (byId("banner").textContent) banner("");
}

const tellAway = () => banner(away({ full, until: store.seq < 0 ? null : clock(lostAt) }));

/** A full house is told at once, for the wait is a long one; a lost connection only when it stays lost. */
function lost(detail) {
  if (offline === null) {
    lostAt = time.now();
    offline = setTimeout(tellAway, OFFLINE_AFTER);
  }
  if (detail.state !== "waiting") return;
  full = detail.full;
  if (full || byId("banner").textContent) tellAway();
}

socket.addEventListener("pulse", connected);
socket.addEventListener("state", ({ detail }) => {
  clearTimeout(settled);
  if (detail.state === "live") settled = setTimeout(connected, SETTLED_AFTER);
  else if (detail.code !== NO_SUCH_WALL) lost(detail);
  else {
    clearTimeout(offline);
    banner(`There is no wall called “${slug}”. This page asks again every minute.`);
  }
});

function currentPost() {
  const card = document.activeElement?.closest("post-card");
  return card?.post ?? null;
}

const act = { reply: (post) => server.reply(post), boost: (post) => server.boost(post) };
document.addEventListener("click", ({ target }) => {
  const name = target.closest?.("[data-act]")?.dataset.act;
  if (name) act[name](target.closest("post-card").post);
});

const answer = (name) => () => { const post = currentPost(); if (post?.network !== "mastodon") return false; return act[name](post); };
listen({
  next: () => walk(feed.cards(), 1, (card) => anchor.sees(card)),
  previous: () => walk(feed.cards(), -1, (card) => anchor.sees(card)),
  letIn: () => reader.letIn(),
  reply: answer("reply"),
  boost: answer("boost"),
  filter: () => byId("words").focus(),
  help: () => byId("help").showModal(),
  leave: () => document.activeElement.blur(),
  before: () => byId("words").focus(),
  after: () => byId("own-server").focus(),
}, { inFeed: (target) => byId("main").contains(target) });

byId("words").value = reader.filter.words;
byId("words").addEventListener("input", () => look({ ...reader.filter, words: byId("words").value }));
byId("clear").addEventListener("click", () => { byId("words").value = ""; look({ words: "", media: false, languages: new Set() }); chips.draw(store.posts(), reader.filter); });
byId("pill").addEventListener("click", () => reader.letIn());
byId("compose").addEventListener("click", () => server.compose(tag()));
byId("empty-compose").addEventListener("click", () => server.compose(tag()));
byId("help-button").addEventListener("click", () => byId("help").showModal());
byId("help-close").addEventListener("click", () => byId("help").close());
byId("letters").checked = lettersOn();
byId("letters").addEventListener("change", ({ target }) => keepLetters(target.checked));
byId("pause").addEventListener("click", () => {
  reader.pause(!reader.paused);
  byId("pause").setAttribute("aria-pressed", String(reader.paused));
  setText(byId("pause"), reader.paused ? "Paused" : "Pause");
});

for (const name of ["pointerdown", "pointermove", "keydown", "wheel", "touchmove"]) document.addEventListener(name, touched, { passive: true });
document.addEventListener("visibilitychange", touched);
document.addEventListener("scroll", () => anchor.scrolled(), { passive: true });
window.addEventListener("resize", () => anchor.remember());
new IntersectionObserver(([{ isIntersecting }]) => { if (isIntersecting) reader.more(); }, { rootMargin: "1200px" }).observe(document.querySelector(".foot"));
setInterval(() => {
  feed.tick();
  drawSessions(store.sessions(), time.now());
  anchor.hold(() => notices.draw(store.notices(), time.now()));
}, TICK);
socket.start();
