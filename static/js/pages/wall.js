// The wall page: wires the connection, the store and the elements together, and keeps the room's clockwork.

import { LiveSocket } from "../core/socket.js";
import { Store } from "../core/store.js";
import { ServiceClock } from "../core/time.js";
import "../elements/wall-board.js";
import "../elements/wall-head.js";
import "../elements/wall-join.js";
import "../elements/wall-strip.js";
import "../elements/wall-ticker.js";

const SECOND = 1_000;
const TICK = 500;
const AGES = 30 * SECOND;
const ORBIT = 60 * SECOND;
const ORBIT_STEPS = 8;
const SLIDE_EVERY = 600 * SECOND;
const SLIDE_FOR = 12 * SECOND;
const JOIN_MOVES = 3600 * SECOND;
const SETTLED = 200;
const NO_SUCH_WALL = 4404;
const SCALES = [0.4, 1.6];
const THEMES = new Set(["dark", "light", "auto"]);

const slug = decodeURIComponent(location.pathname.split("/").filter(Boolean)[1] ?? "");
const asked = new URLSearchParams(location.search);
const scale = Math.min(SCALES[1], Math.max(SCALES[0], Number(asked.get("scale")) || 1));
const find = (name) => document.querySelector(name);
const [head, board, ticker, strip, slide, empty, card, words] =
  ["wall-head", "wall-board", "wall-ticker", "wall-strip", "#slide", "#empty", "#join", "#words"].map(find);

const clock = new ServiceClock();
const store = new Store();
const socket = new LiveSocket({ wall: slug, audience: "public", store });

if (THEMES.has(asked.get("theme"))) document.documentElement.dataset.theme = asked.get("theme");
document.documentElement.style.setProperty("--scale", scale);
board.setUp({ store, clock, scale });

function showFrame() {
  head.show(store.wall, store.sessions(), clock.now());
  ticker.show({ wall: store.wall, notices: store.notices(), more: board.pacer.more, nowMs: clock.now() });
  strip.show({ socket, store, pacer: board.pacer, motion: board.motion });
}

function showJoin() {
  if (!store.wall) return;
  [slide, empty, card].forEach((join) => join.show(store.wall));
  const isEmpty = store.posts().length === 0;
  empty.hidden = !isEmpty;
  card.hidden = isEmpty;
  document.title = store.wall.title;
}

/** Two frames later the change is on the glass. */
function reportPainted(since) {
  const { seq } = store;
  requestAnimationFrame(() => requestAnimationFrame(() => socket.sendSeen(seq, performance.now() - since)));
}

store.addEventListener("change", ({ detail }) => {
  const now = performance.now();
  words.hidden = true;
  showJoin();
  board.take(detail, now);
  showFrame();
  reportPainted(now);
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

function showSlide() {
  if (!store.posts().length) return;
  slide.classList.add("is-shown");
  setTimeout(() => slide.classList.remove("is-shown"), SLIDE_FOR);
}

addEventListener("keydown", (event) => { if (event.key === "d") strip.hidden = !strip.hidden; });
let resizing = null;
addEventListener("resize", () => {
  clearTimeout(resizing);
  resizing = setTimeout(() => board.relayout(performance.now()), SETTLED);
});

setInterval(() => { board.tick(performance.now()); showFrame(); }, TICK);
setInterval(() => board.age(clock.now()), AGES);
setInterval(orbit, ORBIT);
setInterval(showSlide, SLIDE_EVERY);
setInterval(() => board.moveJoin(), JOIN_MOVES);
// Cards are measured: the face must be there first, and what a late one changes is measured again.
await document.fonts.load('500 1em "Inter Variable"');
document.fonts.addEventListener("loadingdone", () => board.refit());
showFrame();
socket.start();
