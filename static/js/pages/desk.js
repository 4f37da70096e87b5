// The moderator desk: wires the crew socket, the queue, the selected post, the decisions and the view of the room together.

import { del, get } from "../core/api.js";
import { LiveSocket } from "../core/socket.js";
import { Store } from "../core/store.js";
import { ServiceClock } from "../core/time.js";
import { About, Claimer } from "../elements/desk-about.js";
import { Acts } from "../elements/desk-acts.js";
import { BlockField } from "../elements/desk-block.js";
import { Browse } from "../elements/desk-browse.js";
import { commandsOf } from "../elements/desk-commands.js";
import { bind, view } from "../elements/desk-controls.js";
import { Decisions } from "../elements/desk-decisions.js";
import { Detail } from "../elements/desk-detail.js";
import { Head } from "../elements/desk-head.js";
import { LinkState, watchSources } from "../elements/desk-link.js";
import { modeBefore } from "../elements/desk-log-words.js";
import { ListHead } from "../elements/desk-list-head.js";
import { PostList } from "../elements/desk-list.js";
import { ModeSwitch, modeOf } from "../elements/desk-mode.js";
import { News } from "../elements/desk-news.js";
import { drawPad, lastWords } from "../elements/desk-pad.js";
import { claimWords, tellingWord } from "../elements/desk-queue.js";
import { preview } from "../elements/desk-room.js";
import { rightSide } from "../elements/desk-side.js";
import { Talks } from "../elements/desk-talks.js";
import { toast } from "../elements/desk-toast.js";
import { TABS, tabOf, telling } from "../elements/desk-view.js";
import { setText } from "../elements/dom.js";
import { watching } from "../elements/live-view.js";

const TICK = 15_000;
const HEARTBEAT = 1_000;
const ORDER = "hallway.desk.order";
const WALL = "wall";
const byId = (id) => document.getElementById(id);
const slug = decodeURIComponent(location.pathname.split("/").filter(Boolean)[1] ?? "");
const narrow = matchMedia("(max-width: 899px)");

const time = new ServiceClock();
const store = new Store();
const socket = new LiveSocket({ wall: slug, audience: "crew", store });
const commands = commandsOf(slug);
const news = new News({ commands });
const talks = new Talks(store);
const modes = new ModeSwitch({ send: commands.mode });
const decisions = new Decisions({ wall: slug, storage: localStorage, send: commands.decide });
const browse = new Browse({ store, marksNow: () => acts.marks(), now: () => time.now() });
const say = (text, options) => toast(byId("toasts"), text, options);
const acts = new Acts({ commands, decisions, browse, say, moved: (id) => goTo(id), redraw: () => soon(), settled: () => { news.readLog(); about.again(); soon(); }, signIn: () => signIn() });
const about = new About({ load: commands.about, changed: () => soon() });
const claimer = new Claimer({ commands, free: (id) => claimOf(id) === "" });
const list = new PostList({ box: byId("rows-box"), list: byId("rows"), above: byId("rows-above"), below: byId("rows-below"), choose: (id) => choose(id),
  tick: (id, range) => { browse.tick(id, range); draw(); } });
const listHead = new ListHead({ tabs: byId("tabs"), groups: byId("groups"), ticked: byId("ticked"), tickAll: byId("tick-all"), tickWords: byId("tick-words"),
  tickedActs: byId("ticked-acts"), order: byId("order"), empty: byId("rows-empty"), find: byId("rows-find") });
const detail = new Detail({ box: byId("detail"), now: () => time.now(), choose: (id) => { if (browse.item(id)) { browse.openFor(id); choose(id); } else say("That post is not on this page. Search everything kept for its words."); } });
const head = new Head({ parts: { screens: byId("screens-state"), here: byId("here"), modes: byId("modes"), freeze: byId("freeze"), strip: byId("strip") },
  ask: (mode, to) => (mode === "unfreeze" ? freeze() : modes.ask(mode === "normal" ? modeBefore(news.lines, "review") ?? "hybrid" : mode, to)) });
const link = new LinkState({ state: byId("state"), words: byId("state-words"), now: () => time.now() });
const block = new BlockField({ form: byId("block"), preview: commands.preview, save: (kind, value) => acts.block(browse.selected, { [kind]: value }) });
const side = rightSide({ tabs: byId("panel-tabs"), panel: (name) => byId(`panel-${name}`), commands, news, store, acts, say, choose: (id) => openPost(id), now: () => time.now(), log: byId("log"), empty: byId("log-empty") });

let drawing = null;

const claimOf = (id) => claimWords(news.frame.claims, id, { me: acts.me, nowMs: time.now() });
const nameOf = (id) => browse.item(id)?.author.name.text ?? null;
const signIn = () => location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
const theWall = () => store.get(WALL);
const freeze = () => modes.freeze(modeBefore(news.lines, "freeze"));
const goTo = (id) => (id === null ? choose(null) : choose(id, { focus: byId("rows").contains(document.activeElement) }));

/** Draws with the next frame, however much has changed until then; a page that nobody sees has no frames. */
function soon() {
  drawing ??= document.hidden ? setTimeout(draw, 500) : requestAnimationFrame(() => draw());
}

function draw({ fresh = false } = {}) {
  drawing = null;
  if (store.seq < 0) return;
  browse.settle({ first: !narrow.matches });
  const { tabs, open } = browse.lists;
  const marks = acts.marks();
  listHead.draw(browse);
  list.draw(open, { selected: browse.selected, nowMs: time.now(), marks, claimOf, ticked: browse.ticked, isLater: (post) => browse.isLater(post) }, { fresh });
  drawPost(browse.item(browse.selected) ?? null, marks);
  drawLast();
  drawHead();
  side.draw();
  document.title = `${tabs.pending.length ? `(${tabs.pending.length}) ` : ""}${theWall()?.title ?? slug}: desk`;
}

function drawPost(post, marks) {
  about.want(post);
  claimer.on(post && tabOf(post) === "pending" && document.visibilityState === "visible" ? post.id : null);
  const mark = marks.get(post?.id);
  detail.draw(post, { mark, claim: post ? claimOf(post.id) : "", posts: store.posts(), more: post && about.of(post.id), talk: post && talks.of(post) });
  drawPad(byId("pad"), post, { mark, undo: acts.last(), some: browse.ticked.size, lit: post && theWall()?.spotlight?.id === post.id,
    later: post && browse.isLater(post), ticked: post && browse.ticked.has(post.id) });
}

function drawLast() {
  const latest = acts.latest();
  byId("last").hidden = latest === null;
  if (latest === null) return;
  const { words, proof, undo } = lastWords(latest, { nameOf, proofs: news.frame.proofs });
  setText(byId("last-words"), words);
  setText(byId("announce"), words);
  setText(byId("last-proof"), proof);
  byId("last-proof").dataset.tone = proof && !proof.startsWith("gone") ? "bad" : "";
  byId("last-undo").hidden = !undo;
}

function drawHead() {
  const { since, why, by, mode } = news.set;
  const ours = mode === modes.mode ? { since, why, by } : {};
  head.mode({ mode: modes.mode, ...ours, unsent: modes.unsent, slide: theWall()?.frozen_to === "slide" });
  head.screens(news.frame.screens, time.now());
  head.here(news.frame.here, acts.me);
}

function choose(id, { focus = true } = {}) {
  browse.choose(id);
  draw();
  list.reveal({ focus: focus && !narrow.matches });
  if (!narrow.matches || id === null) return;
  if (document.body.dataset.view === "list") history.pushState({ view: "detail" }, "");
  view("detail");
  byId("detail").focus({ preventScroll: true });
}

function openPost(id) {
  if (!browse.item(id)) return say("That post is not here any more.");
  browse.openFor(id);
  byId("words").value = browse.words;
  return choose(id);
}

function move(step) {
  const next = browse.step(step);
  if (next) choose(next);
}

function openTab(name) {
  browse.open(name);
  draw({ fresh: true });
}

function askBlock(kind) {
  const item = browse.item(browse.selected);
  if (!item) return;
  const { pending, approved } = browse.lists.tabs;
  block.ask(kind, kind === "word" ? tellingWord(item, { waiting: pending, shown: approved }) : telling(item));
}

async function findAll() {
  const before = browse.found ? browse.found.items.at(-1)?.no ?? null : null;
  await acts.try(() => commands.find(browse.words, before), ({ items, more }) => {
    browse.found = { items: [...(browse.found?.items ?? []), ...items], more };
    browse.choose(null);
    draw({ fresh: before === null });
  });
}

function search(words) {
  [browse.words, browse.found] = [words, null];
  draw({ fresh: true });
}

const does = {
  show: () => acts.act("show"), hide: () => acts.act("hide"), later: () => acts.later(), pin: () => acts.pin(), tie: () => acts.tie(), undo: () => acts.undo(),
  spotlight: () => acts.spotlight(theWall()?.spotlight), blockPerson: () => acts.decide("block"), blockWord: () => askBlock("word"), blockDomain: () => askBlock("domain"),
  tick: (range) => { if (browse.selected) { browse.tick(browse.selected, range === "range"); draw(); } }, untick: () => { browse.untick(); draw(); },
  freeze, calm: () => side.calm(), next: () => move(1), previous: () => move(-1), tab: (index) => openTab(TABS[index]),
  search: () => { view("list"); byId("words").focus(); }, help: () => { byId("menu").open = false; byId("help").showModal(); },
};

decisions.addEventListener("change", soon);
decisions.addEventListener("signed-out", signIn);
decisions.addEventListener("answered", ({ detail: { entry, answer } }) => {
  if (entry.verb === "block") say(`Blocked ${nameOf(entry.id) ?? "that person"}, with all of theirs.`, { act: ["Undo", () => acts.takeBack(entry)] });
  if (entry.verb === "undo" && answer.changed === false) say("That was so already.");
  news.readLog();
  about.again();
});
decisions.addEventListener("refused", ({ detail: { error } }) => acts.refuse(error));
decisions.addEventListener("unsent", () => {
  say(`Not sent yet: ${decisions.unsent} ${decisions.unsent === 1 ? "decision is" : "decisions are"} kept and sent as soon as the service answers.`);
});
modes.addEventListener("change", soon);
modes.addEventListener("done", () => { news.readSet(); news.readLog(); });
modes.addEventListener("refused", ({ detail: { error } }) => acts.refuse(error));
news.addEventListener("change", soon);
news.addEventListener("log", () => acts.learn(news.lines));
news.addEventListener("set", () => { if (news.set.mode) modes.learn(news.set.mode); });

store.addEventListener("change", ({ detail: { changed, gone } }) => {
  setText(byId("title"), theWall()?.title ?? slug);
  acts.reached(store.seq);
  browse.settle({ first: !narrow.matches });
  news.forget(gone);
  const items = changed.map((id) => store.get(id));
  if (items.some(({ kind }) => kind === "wall")) { modes.learn(modeOf(theWall())); news.readSet(); }
  if (news.tells(items)) news.readLog();
  soon();
});
socket.addEventListener("pulse", ({ detail: frame }) => { time.sync(frame.now); setText(byId("watching"), watching(frame.viewers)); });
socket.addEventListener("desk", ({ detail: frame }) => news.hear(frame));

const drawState = () => link.draw({ live: socket.state === "live", began: store.seq >= 0 });

const NO_SUCH_WALL = 4404;
const NOT_ALLOWED = 1008;
socket.addEventListener("state", ({ detail: { state, code } }) => {
  if (code === NOT_ALLOWED) return signIn();
  drawState();
  if (code === NO_SUCH_WALL) say(`There is no wall called “${slug}”. This page asks again every minute.`);
  if (state === "live") decisions.flush();
});
window.addEventListener("online", () => decisions.flush());

async function begin() {
  try {
    const { name = "", role } = await get("/session");
    if (role === "screen") return signIn();
    acts.me = name;
    setText(byId("who"), name ? `You are ${name}, ${role}` : `You are ${role}`);
    byId("crew-link").hidden = role !== "owner";
  } catch (error) {
    if (error.status === 401 || error.status === 403) return signIn();
    say(`${error.message} ${error.hint}`.trim());
  }
  socket.start();
  decisions.flush();
  preview(byId("preview"), slug);
  watchSources({ list: byId("sources"), button: byId("wall-button"), ask: commands.sources, now: () => time.now(), signIn });
  setInterval(() => { list.tick(time.now()); detail.tick(); drawState(); soon(); }, TICK);
  setInterval(() => head.screens(news.frame.screens, time.now()), HEARTBEAT);
}

bind({ does, on: {
  tab: openTab, mode: (mode) => modes.ask(mode), words: search, find: findAll, back: () => list.reveal({ focus: true }),
  group: (reason) => { browse.filter(reason); draw({ fresh: true }); },
  tickAll: (all) => { if (all) browse.tickAll(); else browse.untick(); draw(); },
  order: () => { browse.oldest = !browse.oldest; localStorage.setItem(ORDER, browse.oldest ? "oldest" : "newest"); draw({ fresh: true }); },
  left: (key) => (browse.lists.open.length || key === "Escape" ? move(0) : findAll()),
  signOut: () => del("/session").then(signIn, (error) => say(error.message)),
} });
browse.oldest = localStorage.getItem(ORDER) === "oldest";
byId("open-wall").href = `/wall/${encodeURIComponent(slug)}`;
begin();
