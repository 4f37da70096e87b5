// What the room sees and what the desk did: the wall in small, the health of the sources, the log of decisions.

import { clock } from "../core/time.js";
import { Decisions } from "./desk-decisions.js";
import { sourceName, sourceState } from "./desk-view.js";
import { el, setText } from "./dom.js";
import { arrange } from "./live-keyed.js";

const WALL_WIDTH = 1920;
const WALL_HEIGHT = 1080;
const DID = { hide: "Hid", show: "Showed", pin: "Pinned", unpin: "Unpinned", apart: "Set apart", together: "Put together" };

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

const ENDINGS = { sending: "on the way", unsent: "not yet sent", sent: "", done: "", refused: "refused" };

function ending({ state, undone }) {
  return ENDINGS[state] || (undone ? "taken back" : "");
}

/** The log of one's decisions, newest first, each with its undo. */
export class Log {
  #list; #undo; #nodes = new Map();

  constructor(list, undo) {
    this.#list = list;
    this.#undo = undo;
  }

  /** `nameOf(id)` is the author as people know them, or null when the post is gone. */
  draw(entries, nameOf) {
    arrange(this.#list, entries.map((entry) => this.#put(entry, nameOf(entry.id))));
    const keys = new Set(entries.map(({ key }) => key));
    for (const key of this.#nodes.keys()) if (!keys.has(key)) this.#nodes.delete(key);
  }

  #put(entry, name) {
    const known = this.#nodes.get(entry.key) ?? this.#build(entry);
    this.#nodes.set(entry.key, known);
    setText(known.name, name ?? "a post that is gone");
    setText(known.state, ending(entry));
    known.node.dataset.state = entry.state;
    known.button.hidden = entry.undone || entry.undoes || entry.state === "refused" || name === null || Decisions.undoes(entry) === null;
    known.button.setAttribute("aria-label", `Undo: ${DID[entry.verb]} ${name}`);
    return known.node;
  }

  #build(entry) {
    const [name, state, button] = [el("bdi", "log__name"), el("span", "log__state"), el("button", "button log__undo", "Undo")];
    const time = el("time", "log__time", clock(entry.at));
    time.dateTime = new Date(entry.at).toISOString();
    button.type = "button";
    button.addEventListener("click", () => this.#undo(entry));
    const line = el("p", "log__line", time, " ", DID[entry.verb], " ", name, " ", state);
    return { name, state, button, node: el("li", "log__row", line, button) };
  }
}
