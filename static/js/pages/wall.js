// The wall page: wires the connection, the store and the elements together, and keeps the room's clockwork.

import { lookOf } from "../core/look.js";
import { Restart } from "../core/restart.js";
import { LiveSocket } from "../core/socket.js";
import { Store } from "../core/store.js";
import { ServiceClock } from "../core/time.js";
import { Awake } from "../elements/wall-awake.js";
import "../elements/wall-board.js";
import "../elements/wall-head.js";
import "../elements/wall-join.js";
import { Reporter } from "../elements/wall-report.js";
import { Stage } from "../elements/wall-stage.js";
import "../elements/wall-strip.js";
import "../elements/wall-ticker.js";

const SECOND = 1_000;
const TICK = 500;
const AGES = 30 * SECOND;
const ORBIT = 60 * SECOND;
const ORBIT_STEPS = 8;
const JOIN_MOVES = 3600 * SECOND;
const SETTLED = 200;
/** A screen is told which it is right after it connects. */
const KNOWN_WITHIN = 10 * SECOND;
const NO_SUCH_WALL = 4404;

const slug = decodeURIComponent(location.pathname.split("/").filter(Boolean)[1] ?? "");
const asked = new URLSearchParams(location.search);
/** In a frame of the desk it is a picture of the wall, and no screen of the venue. */
const embedded = self !== top;
const find = (name) => document.querySelector(name);
const [head, board, ticker, strip, slide, empty, card, words] =
  ["wall-head", "wall-board", "wall-ticker", "wall-strip", "#slide", "#empty", "#join", "#words"].map(find);

const clock = new ServiceClock();
const store = new Store();
const socket = new LiveSocket({ wall: slug, audience: "public", screen: !embedded, store });
const stage = new Stage({ store, board, root: document, preview: embedded });
const reporter = new Reporter({ socket, store });
const awake = new Awake();
const restart = new Restart({ memory: sessionStorage, key: `hallway.reload.${slug}`, reload: () => location.reload(),
  probe: () => fetch(location.href, { cache: "no-store" }).then(({ ok }) => ok, () => false) });

board.setUp({ store, clock });

let looks = "";
/** Theme, size of the type and columns; the posts are laid out anew only when one of them changes. */
function look(now) {
  const wanted = lookOf({ wall: store.wall, state: stage.screen?.state, asked });
  const key = JSON.stringify(wanted);
  if (key === looks) return;
  looks = key;
  document.documentElement.dataset.theme = wanted.theme;
  document.documentElement.style.setProperty("--scale", wanted.scale);
  board.setLook(wanted, now);
}

/** What is in front of the posts at this moment, and whether posts may come in. */
function showStage() {
  stage.draw(clock.now(), performance.now());
  if (restart.due) board.still = true;
}

function showFrame() {
  const { calm } = stage.scene;
  head.show(store.wall, calm ? [] : store.sessions(), clock.now());
  ticker.show({ wall: store.wall, notices: store.notices(), more: calm ? 0 : board.pacer.more, nowMs: clock.now() });
  strip.show({ socket, store, pacer: board.pacer, motion: board.motion, awake, stage });
}

function showJoin() {
  if (!store.wall) return;
  [slide, empty, card].forEach((join) => join.show(store.wall));
  const isEmpty = store.posts().length === 0;
  empty.hidden = !isEmpty;
  card.hidden = isEmpty;
  document.title = store.wall.title;
}

store.addEventListener("change", ({ detail }) => {
  const now = performance.now();
  words.hidden = true;
  stage.drop(detail.gone);
  look(now);
  showJoin();
  showStage();
  board.take(detail, now);
  showFrame();
  reporter.changed(now);
});
/** `frame` is what the desk says to this screen; null: the service does not know it as one (any more), and it is a page like all others. */
function become(frame) {
  stage.screen = frame;
  reporter.screen = frame !== null;
  if (Number.isInteger(frame?.reload)) restart.heard(frame.reload);
  look(performance.now());
  showStage();
  showFrame();
}

let unknown = null;
socket.addEventListener("screen", ({ detail }) => { clearTimeout(unknown); become(detail); });
socket.addEventListener("state", ({ detail: { state } }) => {
  clearTimeout(unknown);
  if (state === "live" && stage.screen) unknown = setTimeout(() => become(null), KNOWN_WITHIN);
});
socket.addEventListener("pulse", ({ detail }) => {
  clock.sync(detail.now);
  strip.pulse(detail);
});
/** Only a screen with nothing to show yet says why; one that shows posts goes on and looks alive. */
socket.addEventListener("state", ({ detail: { code, full } }) => {
  if (store.wall || !(full || code === NO_SUCH_WALL)) return;
  words.textContent = full ? "Many people are here already. This page tries again by itself."
    : `There is no wall called “${slug}”. This page asks again once a minute.`;
  words.hidden = false;
});

/** The whole page wanders a few pixels, so that nothing burns in. */
let step = 0;
function orbit() {
  step = (step + 1) % ORBIT_STEPS;
  const angle = (2 * Math.PI * step) / ORBIT_STEPS;
  const radius = (4 * innerHeight) / 1080;
  document.body.style.translate = `${Math.round(radius * Math.cos(angle))}px ${Math.round(radius * Math.sin(angle))}px`;
}

/** Since when nothing has moved, or null: a reload waits for that, and for a service that is there. */
function quietSince() {
  const { frozen, spotlight, slide: shown } = stage.scene;
  const busy = frozen || spotlight || shown || socket.state !== "live" || document.getAnimations().length > 0;
  return busy ? null : board.quietSince;
}

function tick() {
  const now = performance.now();
  showStage();
  board.tick(now);
  showFrame();
  if (restart.due) restart.tick(now, quietSince());
}

addEventListener("keydown", (event) => { if (event.key === "d") strip.hidden = !strip.hidden; });
let resizing = null;
addEventListener("resize", () => {
  clearTimeout(resizing);
  resizing = setTimeout(() => board.relayout(performance.now()), SETTLED);
});

setInterval(tick, TICK);
setInterval(() => board.age(clock.now()), AGES);
setInterval(orbit, ORBIT);
setInterval(() => board.moveJoin(), JOIN_MOVES);
// Cards are measured: the face must be there first, and what a late one changes is measured again.
await document.fonts.load('500 1em "Inter Variable"');
document.fonts.addEventListener("loadingdone", () => board.refit());
look(performance.now());
showStage();
showFrame();
if (!embedded) awake.start();
socket.start();
