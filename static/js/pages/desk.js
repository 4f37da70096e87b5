// The moderator desk: wires the crew socket, the list, the selected post, the decisions and the view of the room together.

import { del, get, post } from "../core/api.js";
import { LiveSocket } from "../core/socket.js";
import { Store } from "../core/store.js";
import { ServiceClock, ago } from "../core/time.js";
import { Decisions } from "../elements/desk-decisions.js";
import { Detail, isApart } from "../elements/desk-detail.js";
import { listen } from "../elements/desk-keys.js";
import { PostList } from "../elements/desk-list.js";
import { Log, drawSources, preview } from "../elements/desk-room.js";
import { toast } from "../elements/desk-toast.js";
import { STATUS, TABS, afterAction, isShared, neighbour, tabOf, tabsOf } from "../elements/desk-view.js";
import { setText } from "../elements/dom.js";
import { keepLetters, lettersOn } from "../elements/live-keys.js";
import { watching } from "../elements/live-view.js";

const SOURCES_EVERY = 10_000;
const TICK = 15_000;
const byId = (id) => document.getElementById(id);
const slug = decodeURIComponent(location.pathname.split("/").filter(Boolean)[1] ?? "");
const wallPath = `/walls/${encodeURIComponent(slug)}`;
const narrow = matchMedia("(max-width: 899px)");

const time = new ServiceClock();
const store = new Store();
const socket = new LiveSocket({ wall: slug, audience: "crew", store });
const decisions = new Decisions({ wall: slug, storage: localStorage, send: (id, verb) => post(`${wallPath}/posts/${encodeURIComponent(id)}/${verb}`) });
const list = new PostList({ box: byId("rows-box"), list: byId("rows"), choose: (id) => choose(id), markOf: (id) => decisions.mark(id), now: () => time.now() });
const detail = new Detail({ box: byId("detail"), pad: byId("pad"), now: () => time.now() });
const log = new Log(byId("log"), (entry) => undo(entry));

let tab = null;
let selected = null;
let interrupted = false;
let words = "";
let lostAt = null;

const say = (text, options) => toast(byId("toasts"), text, options);
const view = (name) => { document.body.dataset.view = name; };

function signIn() {
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
}

/** The ids of the list as it is shown now. */
const ids = () => tabsOf(store.posts(), words)[tab].map(({ id }) => id);

/** Those that a key can lead to: a post that has just been decided on stays in the list for a moment, but is behind us. */
function within() {
  const leaving = ({ verb, state }) => (verb === "hide" || verb === "show") && state !== "unsent";
  return ids().filter((id) => id === selected || !leaving(decisions.mark(id) ?? {}));
}

/** A post that goes away leaves nothing selected, so that a key on its way does not hit another one. */
function select(posts) {
  if (selected !== null && !store.get(selected)) {
    selected = null;
    interrupted = true;
  } else if (selected === null && !interrupted && !narrow.matches) {
    selected = posts[0]?.id ?? null;
  }
}

function draw({ fresh = false } = {}) {
  if (store.seq < 0) return;
  const tabs = tabsOf(store.posts(), words);
  tab ??= tabs.pending.length ? "pending" : "approved";
  select(tabs[tab]);
  for (const button of byId("tabs").children) {
    button.setAttribute("aria-pressed", String(button.dataset.tab === tab));
    const { length } = tabs[button.dataset.tab];
    button.toggleAttribute("data-none", length === 0);
    setText(button.querySelector(".tab__count"), String(length));
  }
  list.draw(tabs[tab], selected, { fresh });
  setText(byId("rows-empty"), tabs[tab].length ? "" : words ? "No post matches." : `Nothing is ${STATUS[tab].toLowerCase()}.`);
  detail.draw(store.get(selected) ?? null, { mark: decisions.mark(selected), posts: store.posts(), undo: decisions.last });
  log.draw(decisions.log, (id) => store.get(id)?.author.name.text ?? null);
  byId("log-empty").hidden = decisions.log.length > 0;
  document.title = `${tabs.pending.length ? `(${tabs.pending.length}) ` : ""}${store.wall?.title ?? slug}: desk`;
}

function choose(id, { focus = true } = {}) {
  selected = id;
  interrupted = false;
  draw();
  list.reveal({ focus: focus && !narrow.matches });
  if (!narrow.matches) return;
  if (document.body.dataset.view === "list") history.pushState({ view: "detail" }, "");
  view("detail");
  byId("detail").focus({ preventScroll: true });
}

function move(step) {
  const next = selected === null ? within()[0] : neighbour(within(), selected, step);
  if (next) choose(next);
}

function openTab(name) {
  tab = name;
  selected = null;
  interrupted = false;
  draw({ fresh: true });
}

/** Takes a decision on the selected post and goes on to the next. A key pressed twice does no harm. */
function decide(verb) {
  const item = store.get(selected);
  const mark = decisions.mark(selected);
  const status = { hide: "hidden", show: "approved" }[mark?.verb] ?? (item && tabOf(item));
  if (!item || (verb === "hide" && status === "hidden") || (verb === "show" && status === "approved")) return;
  const next = verb === "hide" || verb === "show" ? afterAction(within(), selected) : selected;
  decisions.decide(selected, verb, item.status);
  setText(byId("announce"), `${verb}: ${item.author.name.text}`);
  if (next && next !== selected) choose(next, { focus: byId("rows").contains(document.activeElement) });
  else draw();
}

function pin() {
  const mark = decisions.mark(selected);
  const pinned = mark?.verb === "pin" || (store.get(selected)?.pinned && mark?.verb !== "unpin");
  decide(pinned ? "unpin" : "pin");
}

/** Sets one of several posts of a note apart from the others, or puts it back. */
function tie() {
  const item = store.get(selected);
  if (item && isShared(item)) decide(isApart(item, decisions.mark(selected)) ? "together" : "apart");
}

function undo(entry = decisions.last) {
  const item = entry && store.get(entry.id);
  if (!entry) return say("There is nothing to undo.");
  if (!item) return say("That post is gone: its author or its server took it back.");
  if (Decisions.undoes(entry) === null) {
    say("This post was waiting before you hid it. Press A to show it, or leave it hidden.");
    tab = tabOf(item);
  } else {
    decisions.undo(entry, item.status);
  }
  choose(entry.id);
}

const does = {
  show: () => decide("show"), hide: () => decide("hide"), pin, tie, undo: () => undo(),
  next: () => move(1), previous: () => move(-1), tab: (index) => openTab(TABS[index]),
  search: () => { view("list"); byId("words").focus(); }, help: () => byId("help").showModal(),
};

decisions.addEventListener("change", () => draw());
decisions.addEventListener("signed-out", signIn);
decisions.addEventListener("refused", ({ detail: { error } }) => say(`${error.message} ${error.hint}`.trim(), { stays: true }));
decisions.addEventListener("unsent", () => {
  say(`Not sent yet: ${decisions.unsent} ${decisions.unsent === 1 ? "decision is" : "decisions are"} kept and sent as soon as the service answers.`);
});

store.addEventListener("change", () => {
  setText(byId("title"), store.wall?.title ?? slug);
  decisions.settle(store.seq);
  draw();
});
socket.addEventListener("pulse", ({ detail: frame }) => { time.sync(frame.now); setText(byId("watching"), watching(frame.viewers)); });

function drawState() {
  const live = socket.state === "live";
  lostAt = live ? null : (lostAt ?? time.now());
  byId("state").dataset.tone = live ? "ok" : "bad";
  const age = lostAt === null ? "" : ago(new Date(lostAt).toISOString(), time.now());
  const since = age && age !== "now" ? ` for ${age}` : "";
  setText(byId("state-words"), live ? "Live" : store.seq < 0 ? "Connecting …" : `No connection${since}. What you decide is kept.`);
}

const NO_SUCH_WALL = 4404;
const NOT_ALLOWED = 1008;
socket.addEventListener("state", ({ detail: { state, code } }) => {
  if (code === NOT_ALLOWED) return signIn();
  drawState();
  if (code === NO_SUCH_WALL) say(`There is no wall called “${slug}”. This page asks again every minute.`);
  if (state === "live") decisions.flush();
});
window.addEventListener("online", () => decisions.flush());

async function lookAtSources() {
  try {
    const trouble = drawSources(byId("sources"), await get(`${wallPath}/sources`), time.now());
    byId("wall-button").dataset.tone = trouble ? "bad" : "ok"; // on a phone the list is behind it
  } catch (error) {
    if (error.status === 401) signIn();
    else console.info("The sources cannot be asked just now.", error);
  }
}

async function begin() {
  try {
    await get("/session");
  } catch (error) {
    if (error.status === 401 || error.status === 403) return signIn();
    say(`${error.message} ${error.hint}`.trim());
  }
  socket.start();
  decisions.flush();
  preview(byId("preview"), slug);
  lookAtSources();
  setInterval(lookAtSources, SOURCES_EVERY);
  setInterval(() => { list.tick(); detail.tick(); drawState(); }, TICK);
}

listen(does);
byId("tabs").addEventListener("click", ({ target }) => { const name = target.closest("[data-tab]")?.dataset.tab; if (name) openTab(name); });
byId("pad").addEventListener("click", ({ target }) => {
  const button = target.closest("[data-do]");
  if (button && button.getAttribute("aria-disabled") !== "true") does[button.dataset.do]();
});
byId("words").addEventListener("input", () => { words = byId("words").value; draw({ fresh: true }); });
byId("words").addEventListener("keydown", ({ key }) => { if (key === "Escape" || key === "Enter") move(0); });
byId("back").addEventListener("click", () => history.back());
window.addEventListener("popstate", () => { view("list"); list.reveal({ focus: true }); });
byId("wall-button").addEventListener("click", () => {
  const room = document.body.dataset.view !== "room";
  byId("wall-button").setAttribute("aria-pressed", String(room));
  view(room ? "room" : "list");
});
byId("open-wall").href = `/wall/${encodeURIComponent(slug)}`;
byId("help-close").addEventListener("click", () => byId("help").close());
byId("letters").checked = lettersOn();
byId("letters").addEventListener("change", ({ target }) => keepLetters(target.checked));
byId("sign-out").addEventListener("click", () => del("/session").then(signIn, (error) => say(error.message)));
begin();
