// What the room sees: the wall in small, and the health of the sources.

import { sourceName, sourceState } from "./desk-view.js";
import { el } from "./dom.js";

const WALL_WIDTH = 1920;
const WALL_HEIGHT = 1080;

/** The real wall page in a frame of 1920 × 1080, scaled to the width there is; loaded only once it can be seen. */
export function preview(box, slug) {
  const frame = el("iframe", "preview__frame");
  Object.assign(frame, { title: "The wall as the room sees it", width: WALL_WIDTH, height: WALL_HEIGHT, tabIndex: -1 });
  new ResizeObserver(([{ contentRect }]) => {
    if (!contentRect.width) return;
    box.style.setProperty("--scale", String(contentRect.width / WALL_WIDTH));
    if (frame.isConnected) return;
    frame.src = `/wall/${encodeURIComponent(slug)}`;
    box.append(frame);
  }).observe(box);
}

function sourceNode(source, nowMs) {
  const { tone, word, sentence } = sourceState(source, nowMs);
  const name = el("span", "source__name", sourceName(source.name));
  const node = el("li", "source", el("span", "dot"), el("p", "source__line", name, ": ", el("b", "", word)), sentence && el("p", "source__detail", sentence));
  node.dataset.tone = tone;
  return node;
}

/** Sources in words; the ones in trouble first. True when there are any such. */
export function drawSources(list, sources, nowMs) {
  const rank = { bad: 0, busy: 1, ok: 2 };
  const sorted = [...sources].sort((a, b) => rank[sourceState(a, nowMs).tone] - rank[sourceState(b, nowMs).tone] || a.name.localeCompare(b.name));
  list.replaceChildren(...sorted.map((source) => sourceNode(source, nowMs)));
  return sorted.some((source) => sourceState(source, nowMs).tone === "bad");
}
