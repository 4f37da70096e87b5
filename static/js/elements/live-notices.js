// What the hosts tell everybody: announcements first, then lines. Slides are for the walls.

import { styled } from "../core/scene.js";
import { el } from "./dom.js";
import { arrange } from "./live-keyed.js";
import { richText } from "./rich-text.js";

function noticeNode({ style, title, text, spans }) {
  const words = el("span", "notice__text", richText(text, spans ?? []));
  const node = el("p", `notice notice--${style === "announcement" ? "loud" : "line"}`, title ? el("bdi", "notice__title", title) : null, title ? " " : null, words);
  node.dir = "auto";
  return node;
}

/** Draws into one element; what stays is not touched, so that nothing is read out twice and no link loses focus. */
export class Notices {
  #place; #nodes = new Map();

  constructor(place) { this.#place = place; }

  draw(notices, nowMs) {
    const list = [...styled(notices, "announcement", nowMs), ...styled(notices, "line", nowMs)];
    const nodes = new Map(list.map((notice) => [JSON.stringify(notice), notice]));
    for (const key of this.#nodes.keys()) if (!nodes.has(key)) this.#nodes.delete(key);
    for (const [key, notice] of nodes) if (!this.#nodes.has(key)) this.#nodes.set(key, noticeNode(notice));
    arrange(this.#place, [...nodes.keys()].map((key) => this.#nodes.get(key)));
  }
}
